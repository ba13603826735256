import { error } from '../../rules/lib/rule';
import { someOf } from '../../rules/lib/places';
import { list } from '../../support/text';
import { liveCheck, need, type LiveContext } from '../lib/check';
import { holds } from '../../proxmox/permissions';
import { bridgeUses, imagesOf, storageUses } from '../lib/places';
import { atLeast } from '../../proxmox/version';

/** Privileges that a request of the provider needs on a path, or on one of several. */
interface Needed {
  readonly path: string;
  readonly privileges: readonly string[];
  /** Where the same privilege does as well. */
  readonly or?: string;
  /** Where the role of the token would give too much: what asks for it, and the role that gives it on the path alone. */
  readonly alone?: {
    readonly why: string;
    readonly grant: (user: string, paths: readonly string[]) => string;
  };
}

/** Paths that lack the same, for the same reason. */
interface Lacking {
  readonly names: readonly string[];
  readonly paths: string[];
  readonly alone: Needed['alone'];
}

export const privileges = liveCheck('live-server-access', 'privileges', function* (context) {
  const { server, live } = context;
  const permissions = need(live.permissions);
  const lacking = new Map<string, Lacking>();
  for (const { path, privileges: names, or, alone } of neededPrivileges(context)) {
    const missing = names.filter(
      (name) => !holds(permissions, path, name) && !(or !== undefined && holds(permissions, or, name)),
    );
    if (missing.length === 0) continue;
    const key = `${list(missing)} ${alone?.why ?? ''}`;
    const same = lacking.get(key) ?? { names: missing, paths: [], alone };
    if (!same.paths.includes(path)) same.paths.push(path);
    lacking.set(key, same);
  }
  for (const lack of lacking.values()) yield error([...server.path, 'api_url'], lackText(live.tokenId, lack));
});

function lackText(tokenId: string, { names, paths, alone }: Lacking): string {
  const lacks = `token "${tokenId}" lacks ${list(names)} on ${someOf(paths)}`;
  if (!alone)
    return `${lacks}; run: pveum role modify <role of the token> --append --privs "${names.join(' ')}"`;
  return `${lacks}: ${alone.why}; run: ${alone.grant(tokenId.split('!')[0] ?? '', paths)}`;
}

const VM = [
  ...['VM.Allocate', 'VM.Audit', 'VM.Config.CPU', 'VM.Config.Disk', 'VM.Config.HWType', 'VM.Config.Memory'],
  ...['VM.Config.Network', 'VM.Config.Options', 'VM.PowerMgmt'],
];

/** The built-in role has the four privileges of storages and no others; on `/` it could remove the storages themselves. */
const FILES: Needed['alone'] = {
  why: 'images are downloaded, replaced and removed there',
  grant: (user, paths) =>
    paths.map((path) => `pveum aclmod ${path} -user ${user} -role PVEDatastoreAdmin`).join('; '),
};

const TAGS: Needed['alone'] = {
  why: 'from Proxmox VE 9.2 on, the tags of a new VM are checked before it is in its pool',
  grant: (user, paths) => {
    const ids = paths.map((path) => path.replace('/vms/', '')).join(' ');
    return `pveum role add TalosTags -privs VM.Config.Options; for id in ${ids}; do pveum aclmod /vms/$id -user ${user} -role TalosTags; done`;
  },
};

const STARTUP: Needed['alone'] = {
  why: 'startup decides when other guests of the host start',
  grant: () =>
    'pveum role modify <role of the token on /> --append --privs Sys.Modify, or take startup out of the definition',
};

/** All that the provider does on one server, as Proxmox asks for it. */
function* neededPrivileges(context: LiveContext): Generator<Needed> {
  const { cluster, server, nodes } = context;
  const pool = cluster.resourcePool;
  for (const node of nodes) {
    const { vmId, image, nocloud } = node;
    const drives = nocloud || (image && image.source.kind !== 'pxe' && !isImport(image));
    yield {
      path: `/vms/${vmId}`,
      privileges: [
        ...VM,
        ...(drives ? ['VM.Config.CDROM'] : []),
        ...(nocloud ? ['VM.Config.Cloudinit'] : []),
        ...(node.agent ? [agentPrivilege(context.live.version)] : []),
      ],
      ...(pool ? { or: `/pool/${pool.id}` } : {}),
    };
    // Tags are checked before a new VM is in its pool.
    if (pool && atLeast(context.live.version, 9, 2))
      yield { path: `/vms/${vmId}`, privileges: ['VM.Config.Options'], alone: TAGS };
  }
  // The order in which guests start is that of the host.
  if (nodes.some(({ startup }) => startup)) yield { path: '/', privileges: ['Sys.Modify'], alone: STARTUP };
  const used = new Set(storageUses(context).map(({ storage }) => storage));
  for (const storage of used)
    yield { path: `/storage/${storage}`, privileges: ['Datastore.AllocateSpace', 'Datastore.Audit'] };
  // Guards of a plan see nothing, and refuse nothing, where the token may not look.
  for (const storage of cluster.guards ? server.diskStorages : [])
    if (!used.has(storage)) yield { path: `/storage/${storage}`, privileges: ['Datastore.Audit'] };
  if (nodes.some(({ ha }) => ha)) yield { path: '/', privileges: ['Sys.Audit', 'Sys.Console'] };
  yield* imagePrivileges(context);
  if (atLeast(context.live.version, 9, 2))
    for (const name of customModels(nodes))
      yield { path: `/mapping/cpu/${name}`, privileges: ['Mapping.Use'] };
  for (const { bridge, vlanId } of bridgeUses(context)) {
    // An SDN network has a zone of its own, which this list does not tell.
    if (!isLocal(context, bridge)) continue;
    const path = `/sdn/zones/localnetwork/${bridge}`;
    yield { path: vlanId === 0 ? path : `${path}/${vlanId}`, privileges: ['SDN.Use'], or: path };
  }
  for (const mapping of new Set(nodes.flatMap(({ gpuMappings }) => gpuMappings)))
    yield { path: `/mapping/pci/${mapping}`, privileges: ['Mapping.Use'] };
  for (const { name, devices } of cluster.pciMappings) {
    if (!devices.some((device) => device.server?.key === server.key)) continue;
    yield { path: '/mapping/pci', privileges: ['Mapping.Modify'] };
    yield { path: `/mapping/pci/${name}`, privileges: ['Mapping.Modify'] };
  }
  if (pool)
    yield { path: `/pool/${pool.id}`, privileges: [...(pool.create ? ['Pool.Allocate'] : []), 'Pool.Audit'] };
}

function* imagePrivileges({ server, nodes, live }: LiveContext): Generator<Needed> {
  const storage = `/storage/${server.imageStorage}`;
  const images = imagesOf(nodes);
  for (const { source } of images) {
    if (source.kind !== 'iso') continue;
    yield {
      path: `/storage/${source.files[server.key]?.split(':')[0] ?? ''}`,
      privileges: ['Datastore.Audit'],
    };
  }
  if (!images.some(({ source }) => source.kind === 'download')) return;
  yield { path: storage, privileges: ['Datastore.Audit'] };
  yield { path: storage, privileges: ['Datastore.Allocate', 'Datastore.AllocateTemplate'], alone: FILES };
  // Sys.AccessNetwork of the node does as well as the two of the root.
  if (holds(need(live.permissions), `/nodes/${server.nodeName}`, 'Sys.AccessNetwork')) return;
  yield { path: '/', privileges: ['Sys.Audit', 'Sys.Modify'] };
}

/** Names of CPU models that somebody defined on the servers. */
const customModels = (nodes: LiveContext['nodes']): Set<string> =>
  new Set(nodes.flatMap(({ cpuType }) => /^custom-(.+)$/.exec(cpuType)?.[1] ?? []));

const isImport = ({ source }: { source: { kind: string; content?: string } }): boolean =>
  source.content === 'import';

const agentPrivilege = (version: string): string =>
  version.startsWith('8.') ? 'VM.Monitor' : 'VM.GuestAgent.Audit';

function isLocal({ live }: LiveContext, bridge: string): boolean {
  return (
    live.interfaces.ok && live.interfaces.value.some(({ iface, type }) => iface === bridge && type !== 'vnet')
  );
}
