import type { Role } from '../cluster/roles';

/** Output `machine_inventory`, by name of the machine. */
export type Inventory = Readonly<Record<string, InventoryMachine>>;

/** One machine of the inventory: the contract with the post-apply steps. No value is ever null. */
export interface InventoryMachine {
  /** Version of this shape. */
  readonly format_version: 1;
  /** Name of the node. */
  readonly hostname: string;
  /** Name of its cluster. */
  readonly cluster: string;
  /** Key of its server in the definition. */
  readonly proxmox_server: string;
  /** Name of the Proxmox node. */
  readonly proxmox_node: string;
  /** What it is for. */
  readonly role: Role;
  /** Index within its role. */
  readonly index: number;
  /** Proxmox VMID. */
  readonly vm_id: number;
  /** Lower case, as Omni reports it; "" for an adopted VM whose UUID the definition does not know. */
  readonly smbios_uuid: string;
  /** Of the first NIC. */
  readonly ip_address: string;
  /** Of the management network. */
  readonly gateway: string;
  /** Of the first NIC, upper case. */
  readonly mac_address: string;
  /** Cores of its CPU. */
  readonly cpu_cores: number;
  /** Memory in MB. */
  readonly memory_mb: number;
  /** Size of the OS disk. */
  readonly os_disk_gb: number;
  /** All data disks together; 0 means none. */
  readonly data_disk_gb: number;
  /** Whether it has one at least. */
  readonly has_data_disk: boolean;
  /** Of the management network. */
  readonly dns_servers: readonly string[];
  /** "" when none. */
  readonly gpu_pci_id: string;
  /** Names of PCI mappings. */
  readonly gpu_mappings: readonly string[];
  /** The first is that of the management network. */
  readonly nics: readonly InventoryNic[];
  /** The OS disk and the data disks. */
  readonly disks: readonly InventoryDisk[];
}

/** A network interface of a machine. */
export interface InventoryNic {
  /** `management` or `storage`. */
  readonly network: string;
  /** Upper case. */
  readonly mac_address: string;
  /** Static address. */
  readonly ip_address: string;
  /** Length of the prefix of its subnet. */
  readonly prefix: number;
  /** "" on a network without one. */
  readonly gateway: string;
  /** Bridge of the Proxmox node. */
  readonly bridge: string;
  /** 0 means untagged. */
  readonly vlan_id: number;
  /** 0 means that of the bridge. */
  readonly mtu: number;
}

/** A disk of a machine. */
export interface InventoryDisk {
  /** Name within the VM. */
  readonly name: string;
  /** `os` or `data`. */
  readonly purpose: string;
  /** Where it is attached, e.g. scsi0. */
  readonly interface: string;
  /** Talos finds the disk by it. */
  readonly serial: string;
  /** Size in GB. */
  readonly size_gb: number;
  /** Proxmox storage. */
  readonly storage: string;
}
