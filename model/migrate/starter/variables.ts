/** Type that the starter declared for a variable or an attribute. */
type Kind = 'text' | 'number' | 'flag' | 'texts';

type Kinds = Readonly<Record<string, Kind>>;

const TOP: Kinds = {
  talos_template_name: 'text',
  boot_method: 'text',
  talos_iso: 'text',
  talos_gpu_iso: 'text',
  talos_version: 'text',
  cluster_name: 'text',
  mac_address_prefix: 'text',
  vm_start_on_boot: 'flag',
  vm_protection: 'flag',
  vm_qemu_agent: 'flag',
};

const NETWORK: Kinds = { subnet: 'text', gateway: 'text', dns_servers: 'texts', vlan_id: 'number' };

const SERVER: Kinds = {
  api_url: 'text',
  api_token_id: 'text',
  api_token_secret: 'text',
  node_name: 'text',
  tls_insecure: 'flag',
  network_bridge: 'text',
  storage_os: 'text',
  storage_data: 'text',
  storage_control_plane_os: 'text',
  storage_control_plane_data: 'text',
  storage_worker_os: 'text',
  storage_worker_data: 'text',
  storage_gpu_worker_os: 'text',
  storage_gpu_worker_data: 'text',
};

const NODE: Kinds = {
  name: 'text',
  proxmox_server: 'text',
  ip_address: 'text',
  mac_address: 'text',
  cpu_cores: 'number',
  memory_mb: 'number',
  os_disk_size_gb: 'number',
  data_disk_size_gb: 'number',
  storage_os_override: 'text',
  storage_data_override: 'text',
  gpu_pci_id: 'text',
};

/** Keys whose empty text means "none" or "choose for me", as if they were absent. `talos_iso` is none: there it is PXE. */
const EMPTY_IS_ABSENT = /^(storage_.*|mac_address|gpu_pci_id)$/;

export type TfvarsValues = Readonly<Record<string, unknown>>;

export const isHclMap = (value: unknown): value is TfvarsValues =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * The variables as Terraform handed them to the starter: it turns `"4"` into 4 and 4 into `"4"` where the type of the
 * variable wants it, and takes null for absent. What does not fit stays as it is, for the schema to report.
 */
export function asDeclared(values: TfvarsValues): TfvarsValues {
  const top = convert(values, TOP);
  const result: Record<string, unknown> = { ...top };
  if (isHclMap(top['network_config'])) result['network_config'] = convert(top['network_config'], NETWORK);
  if (isHclMap(top['proxmox_servers'])) {
    result['proxmox_servers'] = Object.fromEntries(
      Object.entries(top['proxmox_servers']).map(([key, server]) => [
        key,
        isHclMap(server) ? convert(server, SERVER) : server,
      ]),
    );
  }
  for (const key of ['control_planes', 'workers', 'gpu_workers']) {
    const nodes = top[key];
    if (Array.isArray(nodes)) {
      result[key] = nodes.map((node: unknown) => (isHclMap(node) ? convert(node, NODE) : node));
    }
  }
  return result;
}

/** Declared keys first, in the order of the declaration: the HCL parser sorts them. */
function convert(values: TfvarsValues, kinds: Kinds): TfvarsValues {
  const order = [...Object.keys(kinds), ...Object.keys(values)];
  return Object.fromEntries(
    [...new Set(order)].flatMap((key) => {
      const value = Object.hasOwn(values, key) ? values[key] : undefined;
      if (value === undefined || value === null) return [];
      const kind = Object.hasOwn(kinds, key) ? kinds[key] : undefined;
      if (kind === undefined) return [[key, value]];
      if (value === '' && EMPTY_IS_ABSENT.test(key)) return [];
      return [
        [
          key,
          kind === 'texts' && Array.isArray(value) ? value.map((v) => cast(v, 'text')) : cast(value, kind),
        ],
      ];
    }),
  );
}

function cast(value: unknown, kind: Kind): unknown {
  if (kind === 'text') return typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
  if (typeof value !== 'string') return value;
  if (kind === 'number' && /^-?\d+(\.\d+)?$/.test(value)) return Number(value);
  if (kind === 'flag' && /^(true|false)$/.test(value)) return value === 'true';
  return value;
}
