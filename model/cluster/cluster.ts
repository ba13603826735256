import type { Management } from './management';
import type { Role } from './roles';
import type { Server } from './server';
import type { Vm, VmDisk, VmNic } from './vm';

export type { Server, SharedImages } from './server';
export type { Startup, Vm, VmDisk, VmNic } from './vm';

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
  /** What makes nodes of the VMs: Omni, talosctl, or nothing of ours. */
  readonly management: Management;
  /** Put into Kubernetes when the cluster starts. */
  readonly manifests: readonly Manifest[];
  /** Machine configuration of all nodes. */
  readonly config: MachineConfig;
  /** By place in the template: control planes, `workers`, `gpu-workers`, then node pools by name; none without nodes. */
  readonly machineSets: readonly MachineSet[];
  /** Run after each apply that changed the inventory; absent means none. */
  readonly postApplyCommand?: string;
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

/** A node of the cluster: the VM that it is, and what Talos makes of it. */
export interface Node extends Vm {
  /** What the node is in the cluster. */
  readonly role: Role;
  /** Number within the role, from 0; identity derives from it. */
  readonly index: number;
  /** OS disk first, then data disks by slot. */
  readonly disks: readonly Disk[];
  /** Management NIC first. */
  readonly nics: readonly Nic[];
  /** What the VM boots from. */
  readonly image: Image;
  /** Whether the address is on the cloud-init drive from first boot. */
  readonly nocloud: boolean;
  /** For people; "" when none. */
  readonly gpuPciId: string;
  /** Talos system extensions: the complete list. */
  readonly systemExtensions: readonly string[];
  /** Name of its machine set. */
  readonly machineSet: string;
  /** What its machine is in Omni. */
  readonly omni: OmniMachine;
  /** What the node adds to its machine set. */
  readonly config: MachineConfig;
}

/** A disk of a node. Talos selects it by its serial number. */
export interface Disk extends VmDisk {
  /** Whether Talos formats and mounts it. */
  readonly volume: boolean;
  /** Whether Longhorn keeps its data there. */
  readonly longhorn: boolean;
}

/** A network interface of a node. */
export interface Nic extends VmNic {
  /** Network that it is in. */
  readonly network: 'management' | 'storage';
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
  /** What an image factory builds it of; absent where the definition has an address. */
  readonly schematic?: ImageSchematic;
}

/** What an image factory builds an image of. */
export interface ImageSchematic {
  /** Address of the factory. */
  readonly factory: string;
  /** As every factory gives it. */
  readonly id: string;
  /** What the factory must have been given once, to the byte. */
  readonly yaml: string;
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
