import type { Role } from './roles';

/**
 * A cluster with everything filled in: what the constructs build and the scripts read. `resolve()` makes it from a
 * definition; the rules have found nothing wrong with it.
 */
export interface Cluster {
  /** Name of the cluster, of its stack and of its state. */
  readonly name: string;
  /** Former name, which identities go on deriving from. */
  readonly renamedFrom?: string;
  /** `vX.Y.Z` */
  readonly talosVersion: string;
  /** Talos version that the cluster was created with: it decides the form of machine configurations. */
  readonly talosContract: string;
  /** `vX.Y.Z`; absent where the definition does not say. */
  readonly kubernetesVersion?: string;
  /** All servers, sorted by key, also those without nodes. */
  readonly servers: readonly Server[];
  /** Management network of all nodes. */
  readonly network: Network;
  /** Nodes by role, then name. */
  readonly nodes: readonly Node[];
  /** Images that some node boots from, sorted by key. */
  readonly images: readonly Image[];
  /** PCI mappings that this cluster owns, sorted by name. */
  readonly pciMappings: readonly PciMapping[];
  /** Proxmox resource pool of all VMs; absent means none. */
  readonly resourcePool?: ResourcePool;
  /** Where the Terraform state lives. */
  readonly backend: Backend;
  /** How the state is split: one for all, one per Proxmox server, or one per machine set. */
  readonly stateSplit: StateSplit;
  /**
   * The stacks that hold the VMs where the state is split, in the order of servers or machine sets, also those without
   * nodes: their state may still hold one. None otherwise. What nodes share stays in the stack of the cluster's own name.
   */
  readonly parts: readonly StatePart[];
  /** Whether plans ask the servers before they change something. */
  readonly guards: boolean;
  /** Address of the Omni that manages the cluster; absent means none. */
  readonly omniEndpoint?: string;
  /** What the cluster is in Omni. */
  readonly omni: OmniSettings;
  /** Put into Kubernetes when the cluster starts. */
  readonly manifests: readonly Manifest[];
  /** Machine configuration of all nodes. */
  readonly config: MachineConfig;
  /** By place in the template: control planes, `workers`, `gpu-workers`, then node pools by name; none without nodes. */
  readonly machineSets: readonly MachineSet[];
  /** Run after each apply that changed the inventory; absent means none. */
  readonly postApplyCommand?: string;
}

/** What a cluster is in Omni besides its machines. Absent: the default of Omni. */
export interface OmniSettings {
  /** Disks are encrypted with keys that Omni keeps. */
  readonly diskEncryption?: boolean;
  /** Omni publishes services of the cluster. */
  readonly workloadProxy?: boolean;
  /** Members find each other through Omni. */
  readonly embeddedDiscovery?: boolean;
  /** Go duration; absent means no backups. */
  readonly backupInterval?: string;
  /** Labels of the cluster in Omni. */
  readonly labels: Readonly<Record<string, string>>;
  /** Annotations of the cluster in Omni. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Whether members may find each other through the public service. */
  readonly publicDiscovery?: boolean;
  /** Omni leaves Kubernetes nodes alone that it does not know. */
  readonly nodeAuditSkip?: boolean;
  /** Backup of etcd that the cluster was made from. */
  readonly restore?: RestoreSource;
  /** What must succeed before an upgrade of Talos goes on, by name. */
  readonly healthchecks: readonly Healthcheck[];
}

/** A backup of etcd in Omni. */
export interface RestoreSource {
  /** UUID that Omni gave the cluster. */
  readonly clusterUuid: string;
  /** Name of the backup. */
  readonly snapshot: string;
}

/** A Kubernetes Job that gates upgrades of Talos. */
export interface Healthcheck {
  /** Name within the cluster. */
  readonly name: string;
  /** File with the Job, from the folder of the definition. */
  readonly jobFile: string;
  /** Go duration between two tries; absent means that of Omni. */
  readonly interval?: string;
}

/** A file with Kubernetes objects. */
export interface Manifest {
  /** From the folder of the definition. */
  readonly file: string;
  /** Applied once, or kept as in the file. */
  readonly mode: 'one-time' | 'full';
}

/** Machine configuration as one level (cluster, machine set, node) adds it to those above. */
export interface MachineConfig {
  /** Complete: what holds at this level, whether written here or above. */
  readonly systemExtensions: readonly string[];
  /** Complete, as extensions. */
  readonly kernelArgs: readonly string[];
  /** Kernel parameters that this level adds. */
  readonly sysctls: Readonly<Record<string, string>>;
  /** Kubernetes node labels that this level adds. */
  readonly nodeLabels: Readonly<Record<string, string>>;
  /** Talos patches of the user by name. */
  readonly patches: Readonly<Record<string, unknown>>;
}

/** Machines that Omni keeps together: all control planes, the listed workers or GPU workers, a pool, or some of a machine class. */
export interface MachineSet {
  /** `control-planes`, `workers`, `gpu-workers`, or the name of a pool or set; Omni calls the set `<cluster>-<name>`. */
  readonly name: string;
  /** Role of all its nodes. */
  readonly role: Role;
  /** Nodes of the definition that name the set as theirs, or machines that Omni chooses. */
  readonly members: 'nodes' | MachineClassMembers;
  /** What the set is in Omni besides. */
  readonly omni: MachineSetSettings;
  /** What the set adds to the cluster. */
  readonly config: MachineConfig;
}

/** Members of a machine set that Omni takes from a machine class. */
export interface MachineClassMembers {
  /** Name of the class. */
  readonly machineClass: string;
  /** How many of them. */
  readonly size: number | 'unlimited';
}

/** What a machine set is in Omni besides its machines. Absent: the default of Omni. */
export interface MachineSetSettings {
  /** Of Talos. */
  readonly upgradeStrategy?: Rollout;
  /** Of machine configurations. */
  readonly updateStrategy?: Rollout;
  /** Of machines that leave. */
  readonly deleteStrategy?: Rollout;
  /** Labels of the set in Omni. */
  readonly labels: Readonly<Record<string, string>>;
  /** Annotations of the set in Omni. */
  readonly annotations: Readonly<Record<string, string>>;
}

/** How many machines of a set at a time. */
export interface Rollout {
  /** rolling: some at a time; unset: all at once. */
  readonly type: 'rolling' | 'unset';
  /** Absent: one. */
  readonly maxParallelism?: number;
}

/** What the machine of a node is in Omni. */
export interface OmniMachine {
  /** Omni changes nothing on it. */
  readonly locked: boolean;
  /** Device that Talos is installed on; absent means the OS disk. */
  readonly installDisk?: string;
  /** The same as a CEL expression. */
  readonly installDiskSelector?: string;
  /** Labels of the membership in Omni. */
  readonly labels: Readonly<Record<string, string>>;
  /** Annotations of the membership in Omni. */
  readonly annotations: Readonly<Record<string, string>>;
}

/** A Proxmox VE server. */
export interface Server {
  /** Name of the server in the definition; provider alias and token variable are named by it. */
  readonly key: string;
  /** `https://host:port/` */
  readonly endpoint: string;
  /** Name of the Proxmox node. */
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
  /** `user@realm!name` that the API token must have; absent means any. */
  readonly tokenId?: string;
  /** Whether its certificate is taken unchecked. */
  readonly insecure: boolean;
  /** Oldest TLS version, e.g. 1.3. */
  readonly minTls: string;
  /** CA bundle of its certificate; absent means that of the system. */
  readonly caFile?: string;
  /** Storages that the definition names for disks, also where no node has one, sorted. */
  readonly diskStorages: readonly string[];
  /** Storage that images are downloaded to. */
  readonly imageStorage: string;
  /** Set where other servers have this very storage too: what is in it is downloaded once, for all of them. */
  readonly sharedImages?: SharedImages;
}

/** An image storage that several servers have in common. */
export interface SharedImages {
  /** Key of the storage in the definition; addresses are named by it. */
  readonly name: string;
  /** Keys of all servers that download to it, sorted; the first does it for all, whether it has nodes or not. */
  readonly servers: readonly string[];
}

/** The management network. */
export interface Network {
  /** As written, e.g. 192.168.10.0/24. */
  readonly subnet: string;
  /** Length of the prefix of the subnet. */
  readonly prefix: number;
  /** Address of the gateway. */
  readonly gateway: string;
  /** Addresses of DNS servers. */
  readonly dnsServers: readonly string[];
}

/** A node of the cluster, and the VM that it is. */
export interface Node {
  /** Name of the VM and hostname. */
  readonly name: string;
  /** What the node is in the cluster. */
  readonly role: Role;
  /** Number within the role, from 0; identity derives from it. */
  readonly index: number;
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
  readonly disks: readonly Disk[];
  /** Management NIC first. */
  readonly nics: readonly Nic[];
  /** What the VM boots from. */
  readonly image: Image;
  /** Firmware; ovmf is UEFI. */
  readonly bios: 'ovmf' | 'seabios';
  /** Chipset; pc is i440fx. */
  readonly machine: 'q35' | 'pc';
  /** SCSI controller. */
  readonly scsiHardware: string;
  /** Whether UEFI Secure Boot is on, with a TPM 2.0. */
  readonly secureBoot: boolean;
  /** Whether the address is on the cloud-init drive from first boot. */
  readonly nocloud: boolean;
  /** PCI mappings passed to the VM. */
  readonly gpuMappings: readonly string[];
  /** For people; "" when none. */
  readonly gpuPciId: string;
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
  /** Talos system extensions: the complete list. */
  readonly systemExtensions: readonly string[];
  /** Name of its machine set. */
  readonly machineSet: string;
  /** What its machine is in Omni. */
  readonly omni: OmniMachine;
  /** What the node adds to its machine set. */
  readonly config: MachineConfig;
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
export interface Disk {
  /** os is the disk that Talos is installed on. */
  readonly purpose: 'os' | 'data';
  /** Name of the disk within its node. */
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
  /** At most 20 characters, unique in the VM; Talos selects the disk by it. */
  readonly serial: string;
  /** Whether Talos formats and mounts it. */
  readonly volume: boolean;
  /** Whether Longhorn keeps its data there. */
  readonly longhorn: boolean;
}

/** A network interface of a VM. */
export interface Nic {
  /** Network that it is in. */
  readonly network: 'management' | 'storage';
  /** Bridge of the Proxmox node. */
  readonly bridge: string;
  /** 0 is untagged. */
  readonly vlanId: number;
  /** Upper case. */
  readonly mac: string;
  /** MTU; absent means that of the bridge. */
  readonly mtu?: number;
  /** Without prefix. */
  readonly ip: string;
  /** Length of the prefix. */
  readonly prefix: number;
  /** IP version of the address. */
  readonly version: 4 | 6;
  /** On the management NIC only. */
  readonly gateway?: string;
}

/** Where a VM boots from. */
export interface Image {
  /** Name of the image in the definition. */
  readonly key: string;
  /** Where it comes from. */
  readonly source: ImageSource;
  /** Talos platform: nocloud reads the cloud-init drive, metal does not. */
  readonly platform: 'nocloud' | 'metal';
  /** Talos version as far as the definition or a name tells. */
  readonly version?: string;
}

/** Where an image comes from. */
export type ImageSource = IsoFiles | Download | Pxe;

/** An ISO that somebody has put there. */
export interface IsoFiles {
  /** Existing files. */
  readonly kind: 'iso';
  /** `storage:iso/name.iso` by server key. */
  readonly files: Readonly<Record<string, string>>;
}

/** No image: the VM boots from the network. */
export interface Pxe {
  /** Network boot. */
  readonly kind: 'pxe';
}

/** Downloaded once per server. */
export interface Download {
  /** Downloaded by the Proxmox server. */
  readonly kind: 'download';
  /** The address, or the name of the sensitive variable that holds it. */
  readonly url:
    | {
        /** The address. */
        readonly literal: string;
      }
    | {
        /** Name of the Terraform variable. */
        readonly variable: string;
      };
  /** Name of the file in the storage. */
  readonly fileName: string;
  /** An ISO goes into the CD drive; a disk image is imported as OS disk. */
  readonly content: 'iso' | 'import';
  /** What the file must have; absent means unchecked. */
  readonly checksum?: Checksum;
}

/** Checksum of a file. */
export interface Checksum {
  /** E.g. sha256. */
  readonly algorithm: string;
  /** In hexadecimal. */
  readonly value: string;
}

/** A PCI resource mapping of Proxmox. */
export interface PciMapping {
  /** Name that VMs refer to. */
  readonly name: string;
  /** For people. */
  readonly comment?: string;
  /** Whether the devices can be split into mediated devices. */
  readonly mediatedDevices: boolean;
  /** Devices behind the name, on the servers that have one. */
  readonly devices: readonly PciDevice[];
}

/** A device behind a PCI mapping. */
export interface PciDevice {
  /** Server that it is in. */
  readonly server: Server;
  /** Address, e.g. 0000:01:00.0; lower case, as the ids. */
  readonly path: string;
  /** Vendor and device, e.g. 10de:2684. */
  readonly id: string;
  /** IOMMU group; absent means unchecked. */
  readonly iommuGroup?: number;
  /** Vendor and device of the subsystem; absent means unchecked. */
  readonly subsystemId?: string;
}

/** A Proxmox resource pool. */
export interface ResourcePool {
  /** Id of the pool. */
  readonly id: string;
  /** Whether the cluster makes and owns it. */
  readonly create: boolean;
  /** For people. */
  readonly comment?: string;
}

/** How the state of a cluster is split: not at all, per Proxmox server, or per machine set. */
export type StateSplit = 'none' | 'server' | 'machine_set';

/** A stack of a split cluster, with a state of its own. */
export interface StatePart {
  /** `<cluster>-<server>` or `<cluster>-<machine set>` */
  readonly stack: string;
  /** Where its state lives. */
  readonly backend: Backend;
  /** Names of the nodes whose VMs it holds. */
  readonly nodes: readonly string[];
}

/** A backend of Terraform. */
export interface Backend {
  /** Type as Terraform calls it, e.g. s3. */
  readonly type: string;
  /** With Terraform's own keys. */
  readonly config: Readonly<Record<string, unknown>>;
}
