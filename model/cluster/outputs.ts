import type { Cluster, Node } from './cluster';
import { ROLES, type Role } from './roles';
import { byBytes, count } from '../support/text';

/** Version of the shape of an inventory entry. Readers refuse a version they do not know. */
export const INVENTORY_FORMAT_VERSION = 1;

/** One machine of output `machine_inventory`: the contract with the post-apply steps. No value is ever null. */
export interface InventoryMachine {
  readonly format_version: number;
  readonly hostname: string;
  readonly cluster: string;
  readonly proxmox_server: string;
  readonly proxmox_node: string;
  readonly role: Role;
  readonly index: number;
  readonly vm_id: number;
  /** Lower case, as Omni reports it; "" for an adopted VM whose UUID the definition does not know. */
  readonly smbios_uuid: string;
  readonly ip_address: string;
  readonly gateway: string;
  /** Of the first NIC, upper case. */
  readonly mac_address: string;
  readonly cpu_cores: number;
  readonly memory_mb: number;
  readonly os_disk_gb: number;
  /** All data disks together; 0 means none. */
  readonly data_disk_gb: number;
  readonly has_data_disk: boolean;
  readonly dns_servers: readonly string[];
  /** "" when none. */
  readonly gpu_pci_id: string;
  readonly gpu_mappings: readonly string[];
  readonly nics: readonly {
    readonly network: string;
    readonly mac_address: string;
    readonly ip_address: string;
    readonly prefix: number;
    /** "" on a network without one. */
    readonly gateway: string;
    readonly bridge: string;
    readonly vlan_id: number;
    /** 0 means that of the bridge. */
    readonly mtu: number;
  }[];
  readonly disks: readonly {
    readonly name: string;
    readonly purpose: string;
    readonly interface: string;
    readonly serial: string;
    readonly size_gb: number;
    readonly storage: string;
  }[];
}

export type Inventory = Readonly<Record<string, InventoryMachine>>;

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

/** The address of the first NIC. */
const primary = (node: Node): Node['nics'][number] => {
  const nic = node.nics[0];
  if (!nic) throw new Error(`bug: node ${node.name} has no NIC`);
  return nic;
};

/** Output `machine_inventory`, by node name. */
export function machineInventory(cluster: Cluster): Inventory {
  return Object.fromEntries(cluster.nodes.map((node) => [node.name, inventoryMachine(cluster, node)]));
}

function inventoryMachine(cluster: Cluster, node: Node): InventoryMachine {
  const nic = primary(node);
  const size = (purpose: 'os' | 'data') =>
    sum(node.disks.filter((disk) => disk.purpose === purpose).map(({ sizeGb }) => sizeGb));
  return {
    format_version: INVENTORY_FORMAT_VERSION,
    hostname: node.name,
    cluster: cluster.name,
    proxmox_server: node.server.key,
    proxmox_node: node.server.nodeName,
    role: node.role,
    index: node.index,
    vm_id: node.vmId,
    smbios_uuid: node.uuid ?? '',
    ip_address: nic.ip,
    gateway: cluster.network.gateway,
    mac_address: nic.mac,
    cpu_cores: node.cpuCores,
    memory_mb: node.memoryMb,
    os_disk_gb: size('os'),
    data_disk_gb: size('data'),
    has_data_disk: size('data') > 0,
    dns_servers: cluster.network.dnsServers,
    gpu_pci_id: node.gpuPciId,
    gpu_mappings: node.gpuMappings,
    nics: node.nics.map((n) => ({
      network: n.network,
      mac_address: n.mac,
      ip_address: n.ip,
      prefix: n.prefix,
      gateway: n.gateway ?? '',
      bridge: n.bridge,
      vlan_id: n.vlanId,
      mtu: n.mtu ?? 0,
    })),
    disks: node.disks.map((d) => ({
      name: d.name,
      purpose: d.purpose,
      interface: d.interface,
      serial: d.serial,
      size_gb: d.sizeGb,
      storage: d.storage,
    })),
  };
}

/** Output `mac_to_ip_mapping`. */
export const macToIpMapping = (cluster: Cluster) =>
  Object.fromEntries(
    cluster.nodes.map((node) => {
      const { mac, ip } = primary(node);
      return [mac, { ip_address: ip, hostname: node.name, role: node.role }];
    }),
  );

/** Output `dhcp_reservations_table`: for people, and for DHCP servers that read such a list. */
export function dhcpReservationsTable(cluster: Cluster): string {
  const rows = byName(cluster.nodes).map((node) => {
    const { mac, ip } = primary(node);
    return `${mac.padEnd(19)} | ${ip.padEnd(15)} | ${node.name}`;
  });
  return [
    '# DHCP Reservations for Talos Cluster',
    '# MAC Address       | IP Address      | Hostname',
    '#-------------------+-----------------+---------------------------',
    ...rows,
  ].join('\n');
}

/** Output `vms_by_server`: every server of the definition, also one without nodes. */
export const vmsByServer = (cluster: Cluster) =>
  Object.fromEntries(
    cluster.servers.map(({ key }) => [
      key,
      byName(cluster.nodes)
        .filter((node) => node.server.key === key)
        .map((node) => ({ name: node.name, role: node.role, ip: primary(node).ip })),
    ]),
  );

/** Number of nodes by role. */
export function roleCounts(cluster: Cluster): Record<Role, number> {
  const counts = Object.fromEntries(ROLES.map((role) => [role, 0])) as Record<Role, number>;
  for (const { role } of cluster.nodes) counts[role]++;
  return counts;
}

/** Output `control_plane_endpoints`. */
export const controlPlaneEndpoints = (cluster: Cluster): string[] =>
  cluster.nodes.filter(({ role }) => role === 'control-plane').map((node) => primary(node).ip);

/** Output `cluster_summary`. */
export function clusterSummary(cluster: Cluster) {
  const counts = roleCounts(cluster);
  return {
    cluster_name: cluster.name,
    total_vms: cluster.nodes.length,
    control_plane_count: counts['control-plane'],
    worker_count: counts.worker,
    gpu_worker_count: counts['gpu-worker'],
    proxmox_servers: cluster.servers.map(({ key }) => key),
    network_subnet: cluster.network.subnet,
    network_gateway: cluster.network.gateway,
  };
}

/** Output `gpu_configuration_needed`: GPU workers whose device a person must attach. */
export const gpuConfigurationNeeded = (cluster: Cluster) =>
  cluster.nodes
    .filter((node) => node.role === 'gpu-worker' && node.gpuPciId !== '' && node.gpuMappings.length === 0)
    .map((node) => ({
      hostname: node.name,
      server: node.server.key,
      node: node.server.nodeName,
      gpu_pci_id: node.gpuPciId,
      instructions: `1. SSH to ${node.server.nodeName}, 2. Run: qm set ${node.vmId} -hostpci0 ${node.gpuPciId},pcie=1`,
    }));

/** Output `omnictl_ready`: what to do after apply. */
export function omnictlReady(cluster: Cluster): string {
  return [
    `${cluster.name} has ${count(cluster.nodes.length, 'VM')}. Next:`,
    ...(cluster.omniEndpoint ? [`  export OMNI_ENDPOINT=${cluster.omniEndpoint}`] : []),
    `  npm run discover -- ${cluster.name} --wait 10m    # until every VM has registered in Omni`,
    `  npm run generate -- ${cluster.name}`,
    `  npm run apply -- ${cluster.name}`,
  ].join('\n');
}

const byName = (nodes: readonly Node[]): Node[] => [...nodes].sort((a, b) => byBytes(a.name, b.name));
