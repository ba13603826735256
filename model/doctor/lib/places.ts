import { placeOf } from '../../cluster/definition/data-disks';
import { storageKeys } from '../../cluster/resolve/servers';
import type { ClusterDraft, DiskDraft, NodeDraft, ServerDraft } from '../../cluster/definition/draft';
import type { Path } from '../../diagnostics/source';
import type { Image } from '../../cluster/cluster';
import type { LiveContext } from './check';

/** Where the storage of a disk is written: at the disk, as override, or at the server. */
function storagePath({ definition }: ClusterDraft, node: NodeDraft, disk: DiskDraft): Path {
  const { server } = node;
  const { purpose } = disk;
  if (disk.written.storage) return placeOf(disk, 'storage');
  if (node.has(`storage_${purpose}_override`)) return node.where(`storage_${purpose}_override`);
  const written = definition.proxmox_servers?.[server?.key ?? ''];
  const key = storageKeys(node.role, purpose).find((name) => written?.[name]) ?? `storage_${purpose}`;
  return [...(server?.path ?? []), key];
}

/** A place where a definition names a storage for disks. */
export interface StorageUse {
  readonly storage: string;
  readonly path: Path;
  readonly disks: readonly { readonly node: NodeDraft; readonly disk: DiskDraft }[];
}

/** The storages of the disks of a server, by name. */
export function storageUses({ cluster, nodes }: Pick<LiveContext, 'cluster' | 'nodes'>): StorageUse[] {
  const uses = new Map<string, { path: Path; disks: { node: NodeDraft; disk: DiskDraft }[] }>();
  for (const node of nodes) {
    for (const disk of node.disks) {
      if (disk.storage === undefined) continue;
      const use = uses.get(disk.storage) ?? { path: storagePath(cluster, node, disk), disks: [] };
      uses.set(disk.storage, use);
      use.disks.push({ node, disk });
    }
  }
  return [...uses].map(([storage, use]) => ({ storage, ...use }));
}

/** Images that nodes of a server boot from. */
export const imagesOf = (nodes: readonly NodeDraft[]): Image[] => [
  ...new Set(nodes.flatMap(({ image }) => image ?? [])),
];

/** Where the storage that images are downloaded to is written; it has a default. */
export const imageStoragePath = (server: ServerDraft): Path => [...server.path, 'storage_images'];

/** Where the VMID of a node is written, or the node. */
export const vmIdPath = (node: NodeDraft): Path => (node.has('vm_id') ? [...node.path, 'vm_id'] : node.path);

/** A use of a bridge by the NICs of a server. */
export interface BridgeUse {
  readonly bridge: string;
  readonly path: Path;
  readonly network: 'management' | 'storage';
  readonly vlanId: number;
  readonly mtu?: number;
}

/** Every combination of network and bridge once: all nodes of a server have the same. */
export function bridgeUses({ cluster, server, nodes }: LiveContext): BridgeUse[] {
  const uses = new Map<string, BridgeUse>();
  for (const { network, bridge, vlanId, mtu } of nodes.flatMap(({ nics }) => nics)) {
    if (bridge === undefined || uses.has(network)) continue;
    const own = network === 'management' ? 'network_bridge' : 'storage_bridge';
    const written = cluster.definition.proxmox_servers?.[server.key]?.[own] !== undefined;
    const path: Path = written ? [...server.path, own] : ['storage_network', 'bridge'];
    uses.set(network, { bridge, path, network, vlanId, ...(mtu === undefined ? {} : { mtu }) });
  }
  return [...uses.values()];
}

/** Section of the definition with VLAN and MTU of a network. */
export const networkKey = ({ network }: BridgeUse): string =>
  network === 'management' ? 'network_config' : 'storage_network';
