import { z } from 'zod';
import { INVENTORY_FORMAT_VERSION, type InventoryMachine } from '../cluster/outputs';
import { ROLES } from '../cluster/roles';

/** One machine of output `machine_inventory`, as read back. Keys that a later version adds are dropped. */
export const inventoryMachineSchema: z.ZodType<InventoryMachine> = z.object({
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
