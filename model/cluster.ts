import type { Role } from './roles';

/**
 * A cluster with everything filled in: what the constructs build and the scripts read. `resolve()` makes it from a
 * definition; the rules have found nothing wrong with it.
 */
export interface Cluster {
  readonly name: string;
  /** `vX.Y.Z` */
  readonly talosVersion: string;
  /** Talos version that the cluster was created with: it decides the form of machine configurations. */
  readonly talosContract: string;
  readonly kubernetesVersion?: string;
  /** All servers, sorted by key, also those without nodes. */
  readonly servers: readonly Server[];
  readonly network: Network;
  /** Nodes by role, then name. */
  readonly nodes: readonly Node[];
  /** Images that some node boots from, sorted by key. */
  readonly images: readonly Image[];
  /** PCI mappings that this cluster owns, sorted by name. */
  readonly pciMappings: readonly PciMapping[];
  readonly resourcePool?: ResourcePool;
  readonly backend: Backend;
  /** Whether plans ask the servers before they change something. */
  readonly guards: boolean;
  readonly omniEndpoint?: string;
  readonly omni: OmniSettings;
  /** Machine configuration of all nodes. */
  readonly config: MachineConfig;
  /** By place in the template: control planes, `workers`, `gpu-workers`, then node pools by name; none without nodes. */
  readonly machineSets: readonly MachineSet[];
  readonly postApplyCommand?: string;
}

/** What a cluster is in Omni besides its machines. Absent: the default of Omni. */
export interface OmniSettings {
  readonly diskEncryption?: boolean;
  readonly workloadProxy?: boolean;
  readonly embeddedDiscovery?: boolean;
  /** Go duration; absent means no backups. */
  readonly backupInterval?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Machine configuration as one level (cluster, machine set, node) adds it to those above. */
export interface MachineConfig {
  /** Complete: what holds at this level, whether written here or above. */
  readonly systemExtensions: readonly string[];
  /** Complete, as extensions. */
  readonly kernelArgs: readonly string[];
  readonly sysctls: Readonly<Record<string, string>>;
  readonly nodeLabels: Readonly<Record<string, string>>;
  /** Talos patches of the user by name. */
  readonly patches: Readonly<Record<string, unknown>>;
}

/** Nodes that Omni keeps together: all control planes, the listed workers or GPU workers, or the workers of a pool. */
export interface MachineSet {
  /** `control-planes`, `workers`, `gpu-workers` or the name of a pool; Omni calls the set `<cluster>-<name>`. */
  readonly name: string;
  readonly role: Role;
  readonly config: MachineConfig;
}

export interface Server {
  readonly key: string;
  /** `https://host:port/` */
  readonly endpoint: string;
  readonly nodeName: string;
  /**
   * What shares VMIDs, mappings and pools with this server: its Proxmox cluster, or the server alone. Two servers with
   * the same site never get the same VMID.
   */
  readonly site: string;
  /** Short name of the site, for addresses: the Proxmox cluster, or the key of a standalone server. */
  readonly siteName: string;
  /** Former key, whose resources in the state are those of this server. */
  readonly renamedFrom?: string;
  readonly tokenId?: string;
  readonly insecure: boolean;
  readonly minTls: string;
  readonly caFile?: string;
  /** Storages that the definition names for disks, also where no node has one, sorted. */
  readonly diskStorages: readonly string[];
  /** Storage that images are downloaded to. */
  readonly imageStorage: string;
}

/** The management network. */
export interface Network {
  /** As written, e.g. 192.168.10.0/24. */
  readonly subnet: string;
  readonly prefix: number;
  readonly gateway: string;
  readonly dnsServers: readonly string[];
}

export interface Node {
  readonly name: string;
  readonly role: Role;
  /** Number within the role, from 0; identity derives from it. */
  readonly index: number;
  readonly server: Server;
  readonly vmId: number;
  /** SMBIOS UUID in lower case; absent on an adopted VM, which keeps its own. */
  readonly uuid?: string;
  readonly cpuCores: number;
  readonly cpuType: string;
  readonly memoryMb: number;
  /** OS disk first, then data disks by slot. */
  readonly disks: readonly Disk[];
  /** Management NIC first. */
  readonly nics: readonly Nic[];
  readonly image: Image;
  readonly bios: 'ovmf' | 'seabios';
  readonly machine: 'q35' | 'pc';
  readonly secureBoot: boolean;
  /** Whether the address is on the cloud-init drive from first boot. */
  readonly nocloud: boolean;
  readonly gpuMappings: readonly string[];
  /** For people; "" when none. */
  readonly gpuPciId: string;
  readonly agent: boolean;
  readonly startOnBoot: boolean;
  readonly started: boolean;
  readonly protection: boolean;
  readonly rebootAfterUpdate: boolean;
  /** Whether Proxmox HA keeps the VM running, and so may move it within its Proxmox cluster. */
  readonly ha: boolean;
  readonly startup?: { readonly order?: number; readonly upDelay?: number; readonly downDelay?: number };
  /** Sorted, without duplicates. */
  readonly tags: readonly string[];
  readonly systemExtensions: readonly string[];
  /** Name of its machine set. */
  readonly machineSet: string;
  /** What the node adds to its machine set. */
  readonly config: MachineConfig;
}

export interface Disk {
  readonly purpose: 'os' | 'data';
  readonly name: string;
  /** 0 for the OS disk. */
  readonly slot: number;
  /** `scsi<slot>` */
  readonly interface: string;
  readonly storage: string;
  readonly sizeGb: number;
  readonly format: 'raw' | 'qcow2';
  /** At most 20 characters, unique in the VM; Talos selects the disk by it. */
  readonly serial: string;
  /** Whether Talos formats and mounts it. */
  readonly volume: boolean;
  readonly longhorn: boolean;
}

export interface Nic {
  readonly network: 'management' | 'storage';
  readonly bridge: string;
  /** 0 is untagged. */
  readonly vlanId: number;
  /** Upper case. */
  readonly mac: string;
  readonly mtu?: number;
  /** Without prefix. */
  readonly ip: string;
  readonly prefix: number;
  readonly version: 4 | 6;
  /** On the management NIC only. */
  readonly gateway?: string;
}

/** Where a VM boots from. */
export interface Image {
  readonly key: string;
  readonly source: ImageSource;
  readonly platform: 'nocloud' | 'metal';
  /** Talos version as far as the definition or a name tells. */
  readonly version?: string;
}

export type ImageSource =
  /** Existing file, by server key: `storage:iso/name.iso`. */
  | { readonly kind: 'iso'; readonly files: Readonly<Record<string, string>> }
  | Download
  | { readonly kind: 'pxe' };

/** Downloaded once per server. */
export interface Download {
  readonly kind: 'download';
  /** The address, or the name of the sensitive variable that holds it. */
  readonly url: { readonly literal: string } | { readonly variable: string };
  readonly fileName: string;
  /** An ISO goes into the CD drive; a disk image is imported as OS disk. */
  readonly content: 'iso' | 'import';
  readonly checksum?: { readonly algorithm: string; readonly value: string };
}

export interface PciMapping {
  readonly name: string;
  readonly comment?: string;
  readonly devices: readonly {
    readonly server: Server;
    readonly path: string;
    readonly id: string;
    readonly iommuGroup?: number;
    readonly subsystemId?: string;
  }[];
}

export interface ResourcePool {
  readonly id: string;
  readonly create: boolean;
  readonly comment?: string;
}

export interface Backend {
  readonly type: string;
  /** With Terraform's own keys. */
  readonly config: Readonly<Record<string, unknown>>;
}
