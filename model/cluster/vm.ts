import type { Server } from './server';

/** A VM with everything filled in: what Proxmox needs to know of it, whatever runs in it. */
export interface Vm {
  /** Name of the VM and hostname. */
  readonly name: string;
  /** Server that the VM is on. */
  readonly server: Server;
  /** Proxmox VMID. */
  readonly vmId: number;
  /** SMBIOS UUID in lower case; absent on an adopted VM, which keeps its own. */
  readonly uuid?: string;
  /** Whether the VM was there before the definition, so that its first apply imports it. */
  readonly adopted: boolean;
  /** Provider arguments that stay as they are on the server, e.g. `disk.scsi1.serial`. */
  readonly ignoreChanges: readonly string[];
  /** Number of cores, in one socket. */
  readonly cpuCores: number;
  /** CPU type of Proxmox. */
  readonly cpuType: string;
  /** Memory in MB. */
  readonly memoryMb: number;
  /** OS disk first, then data disks by slot. */
  readonly disks: readonly VmDisk[];
  /** In the order of their numbers: the first is net0. */
  readonly nics: readonly VmNic[];
  /** Firmware; ovmf is UEFI. */
  readonly bios: 'ovmf' | 'seabios';
  /** Chipset; pc is i440fx. */
  readonly machine: 'q35' | 'pc';
  /** SCSI controller. */
  readonly scsiHardware: string;
  /** Whether UEFI Secure Boot is on, with a TPM 2.0. */
  readonly secureBoot: boolean;
  /** PCI mappings passed to the VM. */
  readonly gpuMappings: readonly string[];
  /** Whether the QEMU guest agent is expected. */
  readonly agent: boolean;
  /** Whether the VM starts with its host. */
  readonly startOnBoot: boolean;
  /** Whether the VM runs. */
  readonly started: boolean;
  /** Whether Proxmox and Terraform refuse to remove the VM. */
  readonly protection: boolean;
  /** Whether the provider may reboot the VM for a change. */
  readonly rebootAfterUpdate: boolean;
  /** Whether Proxmox HA keeps the VM running, and so may move it within its Proxmox cluster. */
  readonly ha: boolean;
  /** Absent: as Proxmox does it. */
  readonly startup?: Startup;
  /** Sorted, without duplicates. */
  readonly tags: readonly string[];
}

/** Start and stop order on the host. */
export interface Startup {
  /** The lowest number starts first and stops last. */
  readonly order?: number;
  /** Seconds until the next VM is started. */
  readonly upDelay?: number;
  /** Seconds until the next VM is stopped. */
  readonly downDelay?: number;
}

/** A disk of a VM. */
export interface VmDisk {
  /** os is the disk that the VM boots from once something is installed on it. */
  readonly purpose: 'os' | 'data';
  /** Name of the disk within its VM. */
  readonly name: string;
  /** 0 for the OS disk. */
  readonly slot: number;
  /** `scsi<slot>`, unless an adopted VM has it elsewhere. */
  readonly interface: string;
  /** Proxmox storage. */
  readonly storage: string;
  /** Size in GB. */
  readonly sizeGb: number;
  /** Format of the volume. */
  readonly format: 'raw' | 'qcow2';
  /** At most 20 characters, unique in the VM; the guest knows the disk by it. */
  readonly serial: string;
}

/** A network interface of a VM. */
export interface VmNic {
  /** Bridge of the Proxmox node. */
  readonly bridge: string;
  /** 0 is untagged. */
  readonly vlanId: number;
  /** Upper case. */
  readonly mac: string;
  /** MTU; absent means that of the bridge. */
  readonly mtu?: number;
}

/**
 * What a VM is where nobody says otherwise, in a definition and in TypeScript alike. Each is the choice that harms least:
 * nothing restarts a VM or moves it unasked, a plan waits for no agent that may not be there, and the CPU type is one that all
 * servers of the last ten years have.
 */
export const VM_DEFAULTS = {
  adopted: false,
  cpuCores: 4,
  cpuType: 'x86-64-v2-AES',
  memoryMb: 8192,
  bios: 'ovmf',
  machine: 'q35',
  scsiHardware: 'virtio-scsi-single',
  secureBoot: false,
  agent: false,
  startOnBoot: true,
  started: true,
  protection: false,
  rebootAfterUpdate: false,
  ha: false,
} as const satisfies Partial<Vm>;
