import { placeOf } from '../cluster/definition/data-disks';
import type { ClusterDraft } from '../cluster/definition/draft';
import type { Path } from '../diagnostics/source';
import { storageKeys } from '../cluster/resolve/servers';
import { ROLES } from '../cluster/roles';
import { BRIDGE, CLUSTER, MAPPING, nameProblem, NODE, STORAGE, type NameForm } from './lib/proxmox-names';
import { clusterRule, error, written, type Finding } from './lib/rule';

export const proxmoxName = clusterRule(
  'proxmox-name',
  'Storages, nodes, bridges, clusters and PCI mappings of Proxmox have names that it takes',
  function* (cluster) {
    yield* ofServers(cluster);
    yield* named(
      ['storage_network', 'bridge'],
      cluster.definition.storage_network?.bridge || undefined,
      BRIDGE,
    );
    for (const key of ['storage_os_override', 'storage_data_override'] as const)
      for (const { path, value } of written(cluster, key)) yield* named(path, value || undefined, STORAGE);
    for (const disk of cluster.dataDisks.flat())
      yield* named(placeOf(disk, 'storage'), disk.storage, STORAGE);
    for (const { path, value } of written(cluster, 'gpu_mappings'))
      for (const [i, mapping] of value.entries()) yield* named([...path, i], mapping, MAPPING);
  },
);

const STORAGES = [
  ...new Set(ROLES.flatMap((role) => [...storageKeys(role, 'os'), ...storageKeys(role, 'data')])),
  'storage_images' as const,
];

function* ofServers({ definition, servers }: ClusterDraft): Generator<Finding> {
  for (const { key, path } of servers) {
    const server = definition.proxmox_servers?.[key] ?? {};
    yield* named([...path, 'node_name'], server.node_name, NODE);
    yield* named([...path, 'network_bridge'], server.network_bridge, BRIDGE);
    // What is empty counts as not written.
    yield* named([...path, 'storage_bridge'], server.storage_bridge || undefined, BRIDGE);
    yield* named([...path, 'proxmox_cluster'], server.proxmox_cluster || undefined, CLUSTER);
    for (const storage of STORAGES) yield* named([...path, storage], server[storage] || undefined, STORAGE);
  }
}

function* named(path: Path, name: string | undefined, form: NameForm): Generator<Finding> {
  const problem = name === undefined ? undefined : nameProblem(name, form);
  if (problem !== undefined) yield error(path, problem);
}
