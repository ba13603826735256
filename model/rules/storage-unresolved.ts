import type { ClusterDraft, DiskDraft, NodeDraft } from '../cluster/definition/draft';
import { storageKeys } from '../cluster/resolve/servers';
import { brokenSomewhere, someOf } from './lib/places';
import { clusterRule, error, isBroken } from './lib/rule';

export const storageUnresolved = clusterRule(
  'storage-unresolved',
  'Every disk has a storage: of the disk, the node, or the server',
  function* (cluster) {
    // The repair is one key of the server, however many nodes miss it.
    const missing = new Map<string, { node: NodeDraft; disk: DiskDraft; names: Set<string> }>();
    for (const node of cluster.nodes) {
      for (const disk of node.disks) {
        if (disk.storage || !node.server || isStorageBroken(cluster, node, disk)) continue;
        const id = `${disk.purpose} ${node.server.key}`;
        const group = missing.get(id) ?? { node, disk, names: new Set() };
        missing.set(id, group);
        group.names.add(node.name);
      }
    }
    for (const { node, disk, names } of missing.values()) {
      const what =
        disk.purpose === 'os'
          ? 'OS disk'
          : names.size > 1 || disk.name === undefined
            ? 'data disk'
            : `data disk "${disk.name}"`;
      const finding = error(
        node.server?.path ?? [],
        `no storage for the ${what} of ${someOf([...names])} on "${node.server?.key}"; set storage_${disk.purpose} of the server, or storage_${disk.purpose}_override of the node`,
      );
      yield { ...finding, atKey: true };
    }
  },
);

/** Whether a storage is written but has no right form, which is told already. */
function isStorageBroken(cluster: ClusterDraft, { role, server }: NodeDraft, disk: DiskDraft): boolean {
  if (cluster.broken.size === 0) return false;
  const keys = storageKeys(role, disk.purpose).map((key) => [...(server?.path ?? []), key]);
  const own = brokenSomewhere(cluster, `storage_${disk.purpose}_override`);
  return own || [...keys, [...disk.path, 'storage']].some((path) => isBroken(cluster, path));
}
