import { z } from 'zod';
import type { Cluster, Node } from '../cluster/cluster';
import { ROLES } from '../cluster/roles';
import type { Inventory, InventoryMachine } from './inventory';

export type { Inventory, InventoryMachine } from './inventory';

/** Version of the shape of an inventory entry. Readers refuse a version they do not know. */
export const INVENTORY_FORMAT_VERSION = 1;

/** Keys that a later version adds are dropped by readers. */
const machine = z.object({
  format_version: z.literal(INVENTORY_FORMAT_VERSION),
  hostname: z.string().min(1),
  cluster: z.string().min(1),
  proxmox_server: z.string(),
  proxmox_node: z.string(),
  role: z.enum(ROLES),
  index: z.number(),
  vm_id: z.number(),
  smbios_uuid: z.string(),
  ip_address: z.string(),
  gateway: z.string(),
  mac_address: z.string().min(1),
  cpu_cores: z.number(),
  memory_mb: z.number(),
  os_disk_gb: z.number(),
  data_disk_gb: z.number(),
  has_data_disk: z.boolean(),
  dns_servers: z.array(z.string()),
  gpu_pci_id: z.string(),
  gpu_mappings: z.array(z.string()),
  nics: z.array(
    z.object({
      network: z.string(),
      mac_address: z.string().min(1),
      ip_address: z.string(),
      prefix: z.number(),
      gateway: z.string(),
      bridge: z.string(),
      vlan_id: z.number(),
      mtu: z.number(),
    }),
  ),
  disks: z.array(
    z.object({
      name: z.string(),
      purpose: z.string(),
      interface: z.string(),
      serial: z.string(),
      size_gb: z.number(),
      storage: z.string(),
    }),
  ),
});

/** An entry, as read back. */
export const inventoryMachineSchema: z.ZodType<InventoryMachine> = machine;

/** What a cluster puts out. */
export function machineInventory(cluster: Cluster): Inventory {
  return Object.fromEntries(cluster.nodes.map((node) => [node.name, inventoryMachine(cluster, node)]));
}

function inventoryMachine(cluster: Cluster, node: Node): InventoryMachine {
  const nic = node.nics[0];
  if (!nic) throw new Error(`bug: node ${node.name} has no NIC`);
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

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
