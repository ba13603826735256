import type { Cluster, Disk, Image, Nic, Node, PciMapping, Server } from '../cluster';
import { dataDisksOf } from '../definition/data-disks';
import { withPresets } from '../definition/keys';
import { definitionSchema, type DefinitionDraft } from '../definition/schema';
import type {
  ClusterDraft,
  ImageDraft,
  ServerDraft,
  SettingsBlock,
  VmIdRangeDraft,
} from '../definition/draft';
import type { Source } from '../../diagnostics/source';
import { parseVmIdRange } from '../identity/vm-id';
import { parseSubnet } from '../../support/net';
import { ROLE_FACTS, ROLES, type Role } from '../roles';
import { withV } from '../../support/text';
import { resolveBackend } from './backend';
import { resolveImages } from './images';
export { localBackend } from './backend';
import { clusterConfig, resolveMachineSets } from './machine-config';
import { resolveManagement } from './management';
import { resolveManifests } from './omni';
import { resolveNodes, type NodeContext } from './nodes';
import { resolvePciMappings, resolveServers } from './servers';
import { withSchematics } from './schematics';
import { resolveParts } from './state-parts';

/**
 * Fills in a definition: defaults, identities, addresses, storages. It never fails: what cannot be derived stays
 * undefined, and a rule says why.
 *
 * @param broken paths that the shape check took out of the definition
 */
export function resolve(
  definition: DefinitionDraft,
  source: Source,
  broken: ReadonlySet<string> = new Set(),
): ClusterDraft {
  const name = definition.cluster_name ?? '';
  const filled = withPresets(definitionSchema.shape, definition);
  const servers = resolveServers(definition);
  const written = resolveImages(definition, servers);
  const context: NodeContext = {
    name,
    definition,
    servers,
    images: written,
    vmIdRanges: resolveRanges(definition),
    macPrefix: filled.mac_address_prefix,
  };
  const { network_config: network, resource_pool: pool } = definition;
  const { images, nodes } = withSchematics(written, resolveNodes(context), definition);
  const settings = settingsBlocks(definition);
  const backend = resolveBackend(definition, name);
  const stateSplit = filled.state_split;
  return {
    ...context,
    images,
    ...(definition.renamed_from ? { renamedFrom: definition.renamed_from } : {}),
    source,
    talosVersion: definition.talos_version ?? '',
    talosContract: definition.talos_contract ?? definition.talos_version ?? '',
    ...(definition.kubernetes_version ? { kubernetesVersion: withV(definition.kubernetes_version) } : {}),
    network: {
      subnet: network?.subnet ?? '',
      prefix: parseSubnet(network?.subnet ?? '')?.prefix ?? 0,
      gateway: network?.gateway ?? '',
      dnsServers: network?.dns_servers ?? [],
    },
    nodes,
    pciMappings: resolvePciMappings(definition, servers),
    ...(pool?.id
      ? {
          resourcePool: {
            id: pool.id,
            create: pool.create ?? false,
            ...(pool.comment ? { comment: pool.comment } : {}),
          },
        }
      : {}),
    backend,
    stateSplit,
    parts: resolveParts({ name, definition, servers, nodes, backend }, stateSplit),
    guards: filled.guards,
    management: resolveManagement(definition, nodes),
    manifests: resolveManifests(definition),
    config: clusterConfig(definition),
    machineSets: resolveMachineSets(definition, nodes),
    ...(definition.post_apply?.command ? { postApplyCommand: definition.post_apply.command } : {}),
    settings,
    dataDisks: settings.map(dataDisksOf).filter((disks) => disks.length > 0),
    broken,
  };
}

/**
 * The cluster of a draft in which the rules found no error.
 * @throws Error if something is missing all the same: then a rule is missing, which is a bug of ours.
 */
export function complete(draft: ClusterDraft): Cluster {
  const bug = (what: string): never => {
    throw new Error(`bug: ${what} of cluster ${draft.name} is undefined, and no rule said so`);
  };
  const servers = new Map(draft.servers.map((server) => [server, withoutPath(server)]));
  const images = new Map(draft.images.map((image) => [image, withoutSources(image)]));
  const nodes = draft.nodes.map((node): Node => {
    const { path, where, has, ...rest } = node;
    return {
      ...rest,
      index: node.index ?? bug(`index of ${node.name}`),
      server: (node.server && servers.get(node.server)) ?? bug(`server of ${node.name}`),
      vmId: node.vmId ?? bug(`VMID of ${node.name}`),
      image: (node.image && images.get(node.image)) ?? bug(`image of ${node.name}`),
      disks: node.disks.map(({ path: _, written, ...disk }): Disk => {
        const slot = disk.slot ?? bug(`slot of a disk of ${node.name}`);
        return {
          ...disk,
          slot,
          interface: disk.interface ?? bug(`interface of a disk of ${node.name}`),
          name: disk.name ?? bug(`name of a disk of ${node.name}`),
          serial: disk.serial ?? bug(`serial number of a disk of ${node.name}`),
          storage: disk.storage ?? bug(`storage of ${node.name}`),
        };
      }),
      nics: node.nics.map(({ macPath, ipPath, derivedMac, derivedIp, ...nic }): Nic => ({
        ...nic,
        bridge: nic.bridge ?? bug(`bridge of ${node.name}`),
        mac: nic.mac ?? bug(`MAC of ${node.name}`),
        ip: nic.ip ?? bug(`address of ${node.name}`),
        prefix: nic.prefix ?? bug(`subnet of ${node.name}`),
      })),
    };
  });
  const used = new Set<Image>(nodes.map((node) => node.image));
  const { definition, source, settings, dataDisks, vmIdRanges, macPrefix, broken, ...rest } = draft;
  return {
    ...rest,
    servers: [...servers.values()],
    nodes,
    images: [...images.values()].filter((image) => used.has(image)),
    pciMappings: draft.pciMappings.map(({ path: _, ...mapping }): PciMapping => ({
      ...mapping,
      devices: mapping.devices.map((device) => ({
        ...device,
        server: (device.server && servers.get(device.server)) ?? bug(`server of ${mapping.name}`),
      })),
    })),
  };
}

const withoutPath = ({ path: _, ...server }: ServerDraft): Server => server;
const withoutSources = ({ path: _, sources: __, ...image }: ImageDraft): Image => image;

function resolveRanges(definition: DefinitionDraft): Record<Role, VmIdRangeDraft> {
  const range = (role: Role): VmIdRangeDraft => {
    const { key, vmIdRange } = ROLE_FACTS[role];
    const written = definition.defaults?.[key]?.vm_id_range;
    const parsed = parseVmIdRange(written ?? '') ?? parseVmIdRange(vmIdRange);
    return {
      ...(parsed ?? { first: 0, last: 0 }),
      path: ['defaults', key, 'vm_id_range'],
      written: written !== undefined,
    };
  };
  return {
    'control-plane': range('control-plane'),
    worker: range('worker'),
    'gpu-worker': range('gpu-worker'),
  };
}

function settingsBlocks(definition: DefinitionDraft): SettingsBlock[] {
  const blocks: SettingsBlock[] = [{ path: [], values: definition }];
  for (const key of ['all', ...ROLES.map((role) => ROLE_FACTS[role].key)] as const) {
    const values = definition.defaults?.[key];
    if (values) blocks.push({ path: ['defaults', key], values });
  }
  for (const key of [...ROLES.map((role) => ROLE_FACTS[role].key), 'node_pools'] as const) {
    for (const [i, values] of (definition[key] ?? []).entries()) blocks.push({ path: [key, i], values });
  }
  for (const [name, values] of Object.entries(definition.omni?.machine_sets ?? {}))
    blocks.push({ path: ['omni', 'machine_sets', name], values });
  return blocks;
}
