import type { NodeDraft } from '../cluster/definition/draft';
import type { Path } from '../diagnostics/source';
import { ROLE_FACTS } from '../cluster/roles';
import { lacking } from './lib/lacking';
import { oneOf } from './lib/names';
import { clusterRule, error, isBroken, written, type Finding } from './lib/rule';

export const serverRefUnknown = clusterRule(
  'server-ref-unknown',
  'Every node and every PCI device names a server of `proxmox_servers`',
  function* (cluster) {
    const { definition, nodes } = cluster;
    const map = definition.proxmox_servers;
    if (map === undefined) return;
    const keys = cluster.servers.map(({ key }) => key);
    if (keys.length === 0) {
      const brokenOne = [...cluster.broken].some((path) => path.startsWith('proxmox_servers.'));
      if (!brokenOne) {
        yield error(['proxmox_servers'], 'no server; add one with api_url, node_name and network_bridge');
      }
      return;
    }
    const known = new Set(keys);
    function* check(path: Path, key: string): Generator<Finding> {
      if (known.has(key) || isBroken(cluster, ['proxmox_servers', key])) return;
      yield error(path, `no server "${key}"; ${oneOf(key, keys)}`);
    }

    for (const { path, value } of written(cluster, 'proxmox_server')) yield* check(path, value);
    for (const [name, { devices }] of Object.entries(definition.pci_mappings ?? {})) {
      for (const [i, { proxmox_server: key }] of (devices ?? []).entries()) {
        if (key !== undefined) yield* check(['pci_mappings', name, 'devices', i, 'proxmox_server'], key);
      }
    }
    if (keys.length === 1) return;
    const open = nodes.filter((node) => !node.has('proxmox_server'));
    yield* lacking(cluster, open, 'proxmox_server', (who, [node]: [NodeDraft, ...NodeDraft[]]) => {
      const place = `defaults.${ROLE_FACTS[node.role].key}`;
      return `no proxmox_server for ${who}, and there are ${keys.length} servers; name one of ${keys.slice(0, 8).join(', ')} here or in ${place}`;
    });
  },
);
