import { error } from '../../rules/rule';
import { someOf } from '../../rules/lib/places';
import { list } from '../../text';
import { liveCheck, need, type LiveContext } from '../check';
import { holds } from '../permissions';
import { bridgeUses, imagesOf, storageUses } from '../places';

/** Privileges that a request of the provider needs on a path, or on one of several. */
interface Needed {
  readonly path: string;
  readonly privileges: readonly string[];
  /** Where the same privilege does as well. */
  readonly or?: string;
}

export const privileges = liveCheck('live-server-access', 'privileges', function* (context) {
  const { server, live } = context;
  const permissions = need(live.permissions);
  /** Paths that lack the same. */
  const lacking = new Map<string, string[]>();
  for (const { path, privileges: names, or } of neededPrivileges(context)) {
    const missing = names.filter(
      (name) => !holds(permissions, path, name) && !(or !== undefined && holds(permissions, or, name)),
    );
    if (missing.length === 0) continue;
    const key = list(missing);
    lacking.set(key, [...new Set([...(lacking.get(key) ?? []), path])]);
  }
  for (const [names, paths] of lacking) {
    yield error(
      [...server.path, 'api_url'],
      `token "${live.tokenId}" lacks ${names} on ${someOf(paths)}; run: pveum role modify <role of the token> --append --privs "${names.replaceAll(',', '')}"`,
    );
  }
});

const VM = [
  ...['VM.Allocate', 'VM.Audit', 'VM.Config.CPU', 'VM.Config.Disk', 'VM.Config.HWType', 'VM.Config.Memory'],
  ...['VM.Config.Network', 'VM.Config.Options', 'VM.PowerMgmt'],
];

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
  }
  const used = new Set(storageUses(context).map(({ storage }) => storage));
  for (const storage of used)
    yield { path: `/storage/${storage}`, privileges: ['Datastore.AllocateSpace', 'Datastore.Audit'] };
  // Guards of a plan see nothing, and refuse nothing, where the token may not look.
  for (const storage of cluster.guards ? server.diskStorages : [])
    if (!used.has(storage)) yield { path: `/storage/${storage}`, privileges: ['Datastore.Audit'] };
  if (nodes.some(({ ha }) => ha)) yield { path: '/', privileges: ['Sys.Audit', 'Sys.Console'] };
  yield* imagePrivileges(context);
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
  yield { path: storage, privileges: ['Datastore.AllocateTemplate', 'Datastore.Audit'] };
  // Sys.AccessNetwork of the node does as well as the two of the root.
  if (holds(need(live.permissions), `/nodes/${server.nodeName}`, 'Sys.AccessNetwork')) return;
  yield { path: '/', privileges: ['Sys.Audit', 'Sys.Modify'] };
}

const isImport = ({ source }: { source: { kind: string; content?: string } }): boolean =>
  source.content === 'import';

const agentPrivilege = (version: string): string =>
  version.startsWith('8.') ? 'VM.Monitor' : 'VM.GuestAgent.Audit';

function isLocal({ live }: LiveContext, bridge: string): boolean {
  return (
    live.interfaces.ok && live.interfaces.value.some(({ iface, type }) => iface === bridge && type !== 'vnet')
  );
}
