import type { ClusterDraft } from '../cluster/definition/draft';
import type { Path } from '../diagnostics/source';
import { storageKeys } from '../cluster/resolve/servers';
import { ROLES } from '../cluster/roles';
import { clusterRule, error, written, type Finding } from './lib/rule';

/** What Proxmox takes for a name, as its own parameter checks have it. */
interface NameForm {
  readonly what: string;
  readonly pattern: RegExp;
  readonly rule: string;
  readonly example: string;
}

const STORAGE: NameForm = {
  what: 'storage',
  pattern: /^[A-Za-z][A-Za-z0-9._-]*[A-Za-z0-9]$/,
  rule: 'starts with a letter and has letters, digits, "-", "_" and "."',
  example: 'local-lvm',
};
const NODE: NameForm = {
  what: 'Proxmox node',
  pattern: /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/,
  rule: 'has letters, digits and inner hyphens',
  example: 'pve1',
};
const BRIDGE: NameForm = {
  what: 'bridge',
  pattern: /^[\w.-]+$/,
  rule: 'has letters, digits, "-", "_" and "."',
  example: 'vmbr0',
};
const CLUSTER: NameForm = {
  what: 'Proxmox cluster',
  pattern: /^[A-Za-z0-9][\w.-]*$/,
  rule: 'has letters, digits, "-", "_" and "."',
  example: 'datacenter',
};
const MAPPING: NameForm = {
  what: 'PCI mapping',
  pattern: /^[A-Za-z][\w-]+$/,
  rule: 'starts with a letter and has at least two letters, digits, "-" and "_"',
  example: 'rtx3090',
};

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
    for (const { path, value } of written(cluster, 'data_disks'))
      for (const [i, { storage }] of value.entries())
        yield* named([...path, i, 'storage'], storage || undefined, STORAGE);
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

function* named(
  path: Path,
  name: string | undefined,
  { what, pattern, rule, example }: NameForm,
): Generator<Finding> {
  if (name === undefined || pattern.test(name)) return;
  yield error(path, `"${name}" is not a valid name for a ${what}, which ${rule}; write it like ${example}`);
}
