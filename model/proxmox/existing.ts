import type { Cluster, Node, Server } from '../cluster/cluster';
import { actionOf, VM, type Plan, type ResourceChange } from '../terraform/plan';
import { asList, asText, asValues, type Values } from '../terraform/values';
import type { Guest, Mapping } from './answers';
import { properties } from './config';

/** What a site has, as far as a plan may want to make the same. */
export interface SiteObjects {
  readonly guests: readonly Guest[];
  readonly pools: readonly { readonly poolid: string; readonly comment: string }[];
  readonly mappings: readonly Mapping[];
}

/** What the servers of a cluster have. */
export interface LiveObjects {
  /** By site. */
  readonly sites: ReadonlyMap<string, SiteObjects>;
  /** Volume ids by key of the server. */
  readonly files: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Something that a plan would create, and that is there already: the state was lost, or is behind. */
export interface Existing {
  readonly kind: 'VM' | 'image' | 'PCI mapping' | 'resource pool';
  readonly name: string;
  readonly address: string;
  /** Key of the server. */
  readonly server: string;
  /** What Terraform imports it by; "" for what an apply takes over by itself. */
  readonly importId: string;
  /** Whether it is what the definition says, so that it can only be ours. */
  readonly ours: boolean;
}

/** Looks for all that a plan would create. */
export function existingIn(plan: Plan, cluster: Cluster, live: LiveObjects): Existing[] {
  return plan.resource_changes
    .filter((resource) => resource.mode === 'managed' && actionOf(resource) === 'create')
    .flatMap((resource) => FINDERS[resource.type]?.(resource, cluster, live) ?? []);
}

type Finder = (resource: ResourceChange, cluster: Cluster, live: LiveObjects) => Existing[];

const FINDERS: Readonly<Record<string, Finder>> = {
  [VM]: vm,
  proxmox_download_file: image,
  proxmox_hardware_mapping_pci: mapping,
  proxmox_virtual_environment_pool: pool,
};

const afterOf = ({ change }: ResourceChange): Values => asValues(change.after);

/** A VM with the name, the VMID and the tag of the cluster. What else has its VMID is a matter of the guards. */
function vm(resource: ResourceChange, cluster: Cluster, { sites }: LiveObjects): Existing[] {
  const { name, vm_id } = afterOf(resource);
  const node = cluster.nodes.find((one) => one.name === name);
  const guest = node && sites.get(node.server.site)?.guests.find(({ vmid }) => vmid === vm_id);
  if (!guest || !isOurs(guest, node, cluster)) return [];
  return [
    {
      kind: 'VM',
      name: node.name,
      address: resource.address,
      server: node.server.key,
      importId: '',
      ours: true,
    },
  ];
}

const isOurs = (guest: Guest, node: Node, { name, renamedFrom }: Cluster): boolean =>
  guest.type === 'qemu' &&
  guest.name === node.name &&
  (guest.tags.includes(name) || (renamedFrom !== undefined && guest.tags.includes(renamedFrom)));

/** The apply downloads it once more, in place of the file that is there. */
function image(resource: ResourceChange, { servers }: Cluster, { files }: LiveObjects): Existing[] {
  const { file_name, datastore_id, content_type } = afterOf(resource);
  const volume = `${asText(datastore_id)}:${asText(content_type)}/${asText(file_name)}`;
  const server = servers.find(({ key }) => resource.name.endsWith(`_${key}`));
  if (!server || !files.get(server.key)?.has(volume)) return [];
  return [
    {
      kind: 'image',
      name: asText(file_name),
      address: resource.address,
      server: server.key,
      importId: '',
      ours: true,
    },
  ];
}

/** The site that a resource of a whole site is of: its name is that of the object and that of the site. */
const siteOf = ({ name }: ResourceChange, object: string, { servers }: Cluster): Server | undefined =>
  servers.find(({ siteName }) => name === `${object}_${siteName}`);

function mapping(resource: ResourceChange, cluster: Cluster, { sites }: LiveObjects): Existing[] {
  const { name: value, map } = afterOf(resource);
  const name = asText(value);
  const server = siteOf(resource, name, cluster);
  const known = server && sites.get(server.site)?.mappings.find(({ id }) => id === name);
  if (!known) return [];
  const wanted = asList(map).map((device) => deviceText(asValues(device)));
  const has = known.map.map((entry) => deviceText(properties(entry)));
  return [
    {
      kind: 'PCI mapping',
      name,
      address: resource.address,
      server: server.key,
      importId: name,
      ours: !known.mdev && wanted.sort().join() === has.sort().join(),
    },
  ];
}

const deviceText = (device: Values): string =>
  ['node', 'path', 'id'].map((key) => asText(device[key]).toLowerCase()).join(' ');

function pool(resource: ResourceChange, cluster: Cluster, { sites }: LiveObjects): Existing[] {
  const { pool_id, comment } = afterOf(resource);
  const name = asText(pool_id);
  const server = siteOf(resource, name, cluster);
  const site = server && sites.get(server.site);
  const known = site?.pools.find(({ poolid }) => poolid === name);
  if (!site || !known) return [];
  const members = site.guests.filter((guest) => guest.pool === name);
  const nodes = new Map(cluster.nodes.map((node) => [node.name, node]));
  const isMine = (guest: Guest): boolean => {
    const node = nodes.get(guest.name ?? '');
    return node !== undefined && isOurs(guest, node, cluster);
  };
  const ours = members.length > 0 ? members.every(isMine) : known.comment === asText(comment);
  return [
    { kind: 'resource pool', name, address: resource.address, server: server.key, importId: name, ours },
  ];
}
