import { DEFAULT_MAC_PREFIX, isMacPrefix, macAddress } from '../../cluster/identity/mac';
import type { Path } from '../../diagnostics/source';
import { storageKeys } from '../../cluster/resolve/servers';
import type { Role, RoleKey } from '../../cluster/roles';
import type { EraFacts } from './eras';
import { isHclMap, type TfvarsValues } from './variables';

/**
 * Nodes of one list with the identity that the starter derived from their position, written out: from here on it no
 * longer moves when the list does.
 */
export function convertNodes(
  key: RoleKey,
  role: Role,
  input: TfvarsValues,
  facts: EraFacts,
  onDiskWithoutStorage: (path: Path) => void,
): unknown {
  const nodes = input[key];
  if (!Array.isArray(nodes)) return nodes;
  const prefix = input['mac_address_prefix'] ?? DEFAULT_MAC_PREFIX;
  return nodes.map((node: unknown, index) => {
    if (!isHclMap(node)) return node;
    const { name, proxmox_server, ip_address, mac_address, ...rest }: Record<string, unknown> = node;
    if (Number(rest['data_disk_size_gb']) > 0 && !hasDataStorage(node, role, input['proxmox_servers'])) {
      rest['data_disk_size_gb'] = 0;
      onDiskWithoutStorage([key, index, 'data_disk_size_gb']);
    }
    return defined({
      name,
      index,
      proxmox_server,
      ip_address,
      mac_address:
        typeof mac_address === 'string'
          ? mac_address.toUpperCase()
          : (mac_address ?? derived(prefix, role, index)),
      vm_id: facts.vmIds === undefined ? undefined : facts.vmIds[key] + index,
      gpu_mappings: role === 'gpu-worker' ? [...facts.gpuMappings] : undefined,
      ...rest,
    });
  });
}

/** Whether any of the starter's keys names a storage for the data disk of a node. Its own example has a size without one. */
function hasDataStorage(node: TfvarsValues, role: Role, servers: unknown): boolean {
  const server = isHclMap(servers) ? servers[String(node['proxmox_server'])] : undefined;
  // An unknown server is another problem, and reported as such.
  if (!isHclMap(server)) return true;
  return [node['storage_data_override'], ...storageKeys(role, 'data').map((name) => server[name])].some(
    Boolean,
  );
}

/** A broken prefix derives nothing: it is reported once, where it stands. */
const derived = (prefix: unknown, role: Role, index: number): string | undefined =>
  typeof prefix === 'string' && isMacPrefix(prefix) ? macAddress(prefix, role, index) : undefined;

/** The map without the keys that have no value. */
export const defined = (values: TfvarsValues): Record<string, unknown> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
