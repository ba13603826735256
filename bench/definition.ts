import { stringify } from 'yaml';

/** Roles of a benchmark cluster of `n` nodes: 3 control planes, the rest workers, over three servers. */
export interface BenchNode {
  readonly name: string;
  readonly role: 'control-plane' | 'worker' | 'gpu-worker';
  readonly server: string;
  readonly index: number;
}

/** A role has at most 65,536 nodes: what is more becomes GPU workers. */
const MOST_WORKERS = 60_000;

const SERVERS = ['pve1', 'pve2', 'pve3'] as const;

export function benchNodes(n: number): BenchNode[] {
  return Array.from({ length: n }, (_, i) => {
    const control = i < 3;
    const gpu = i - 3 >= MOST_WORKERS;
    const index = control ? i : gpu ? i - 3 - MOST_WORKERS : i - 3;
    return {
      name: `${control ? 'cp' : gpu ? 'gpu' : 'worker'}-${index + 1}`,
      role: control ? 'control-plane' : gpu ? 'gpu-worker' : 'worker',
      server: SERVERS[i % 3] ?? 'pve1',
      index,
    };
  });
}

/** A definition of `n` nodes, each on a line of its own, as a user would write it. */
export function benchDefinition(n: number): string {
  const nodes = benchNodes(n);
  const large = n > MOST_WORKERS;
  const line = ({ name, server }: BenchNode) => `  - { name: ${name}, proxmox_server: ${server} }\n`;
  const server = (key: string, i: number) => ({
    api_url: `https://10.0.0.${i + 1}:8006/`,
    node_name: key,
    network_bridge: 'vmbr0',
    storage_os: 'local-lvm',
    storage_data: 'tank',
  });
  const head = stringify({
    cluster_name: 'bench',
    talos_version: 'v1.11.5',
    backend: { type: 'local', config: { path: '../../../state/bench.tfstate' } },
    proxmox_servers: Object.fromEntries(SERVERS.map((key, i) => [key, server(key, i)])),
    network_config: {
      subnet: large ? '10.0.0.0/8' : '10.0.0.0/16',
      gateway: '10.0.255.254',
      dns_servers: ['10.0.255.254'],
    },
    images: { talos: { iso: 'local:iso/talos-v1.11.5-nocloud-amd64.iso' } },
    defaults: {
      control_planes: { first_ip: '10.0.1.1', vm_id_range: '1000-1099' },
      workers: { first_ip: '10.0.2.1', vm_id_range: '2000-99999', data_disk_size_gb: 200 },
      ...(large
        ? { gpu_workers: { first_ip: '10.2.0.1', vm_id_range: '100000-199999', gpu_mappings: [] } }
        : {}),
    },
  });
  const list = (role: BenchNode['role']) =>
    nodes
      .filter((node) => node.role === role)
      .map(line)
      .join('');
  return `${head}control_planes:\n${list('control-plane')}workers:\n${list('worker')}${large ? `gpu_workers:\n${list('gpu-worker')}` : ''}`;
}
