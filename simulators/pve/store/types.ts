/** What a site consists of. All of it may be read and changed by tests, which is what "out of band" means. */
import type { VmConfig } from '../formats/vm-config';

/** `none`: never answers · `up`: answers while the VM runs · `{ afterMs }`: some time after the start. */
export type AgentMode = 'none' | 'up' | { readonly afterMs: number };

/** A device of a server, as its kernel spells it: in lower case. */
export interface PciDevice {
  /** `0000:01:00.0`; a mapping may leave out the function. */
  readonly path: string;
  /** `10de:2204` */
  readonly id: string;
  readonly subsystemId?: string;
  /** @default -1: the server has no IOMMU, or it is off */
  readonly iommuGroup?: number;
  /** Whether it can be divided. @default false */
  readonly mdev?: boolean;
}

export type ContentType = 'images' | 'rootdir' | 'iso' | 'vztmpl' | 'backup' | 'snippets' | 'import';

export interface Volume {
  /** `local-lvm:vm-1000-disk-0` */
  readonly volid: string;
  readonly content: ContentType;
  readonly format: string;
  /** Bytes; for an image file of `import` the size of the file. */
  size: number;
  /** What the disk in an image file has, where it differs from the file. */
  readonly virtualSize?: number;
  /** Owner, for disks. */
  readonly vmid?: number;
  /** The template volume that a linked clone needs. */
  readonly parent?: string;
}

export interface Storage {
  readonly id: string;
  readonly type: 'dir' | 'nfs' | 'lvm' | 'lvmthin' | 'zfspool' | 'rbd';
  readonly content: readonly ContentType[];
  readonly shared: boolean;
  readonly enabled: boolean;
  active: boolean;
  /** Bytes. A test makes a storage full by changing it. */
  total: number;
  /** Milliseconds that making a volume takes, with the lock of the storage held. */
  allocateMs: number;
  /** Of LVM in version 9: snapshots are volumes, and volumes may be qcow2. */
  readonly snapshotAsVolumeChain?: boolean;
  /** By volid. */
  readonly volumes: Map<string, Volume>;
}

export interface NetworkInterface {
  readonly iface: string;
  readonly type: string;
  /** Keys of the API: address, cidr, bridge_ports, mtu … */
  readonly settings: Record<string, string>;
  /** Not yet applied by a reload. */
  pending: boolean;
}

export interface Node {
  readonly name: string;
  readonly cpus: number;
  /** Bytes. */
  readonly memory: number;
  readonly pci: readonly PciDevice[];
  /** Seconds. */
  clockAhead: number;
  /** A node of a cluster that is off: the others answer, and say that it is gone. */
  offline: boolean;
  /** By id. A shared storage is the same object on each node. */
  readonly storages: Map<string, Storage>;
  readonly interfaces: Map<string, NetworkInterface>;
}

export interface Vm {
  readonly vmid: number;
  node: string;
  status: 'running' | 'stopped';
  config: VmConfig;
  /** What a running VM was started with: a key that differs needs a restart, unless it is hot-pluggable. */
  booted?: VmConfig;
  /** `clone`, `create` …: other changes are refused. */
  lock?: string;
  /** Overrides the site's. */
  agent?: AgentMode;
  /** Milliseconds since 1970. */
  startedAt?: number;
  /** Functions of devices of the host that it runs with: `0000:01:00.0`. */
  devices?: readonly string[];
}

/** A VM that is destroyed was stopped before. */
export interface PowerChange {
  readonly vm: Vm;
  readonly to: 'running' | 'stopped' | 'destroyed';
}

export interface Pool {
  readonly poolid: string;
  comment?: string;
  readonly vms: Set<number>;
  readonly storages: Set<string>;
}

export interface Mapping {
  readonly id: string;
  readonly kind: MappingKind;
  description?: string;
  /** Property strings, one per node and device. */
  map: string[];
  mdev?: boolean;
}

export type MappingKind = 'pci' | 'usb' | 'dir';

export type HaKind = 'groups' | 'resources' | 'rules';

/** As it is answered: numbers where Proxmox answers numbers. */
export type HaEntry = Record<string, string | number>;

export interface Task {
  readonly upid: string;
  readonly node: string;
  readonly pid: number;
  readonly pstart: number;
  readonly type: string;
  readonly id: string;
  readonly user: string;
  readonly starttime: number;
  status: 'running' | 'stopped';
  exitstatus?: string;
  readonly log: string[];
}

export interface Account {
  /** `user@realm` or `user@realm!tokenid` */
  readonly id: string;
  secret: string;
  /** By path; `/` at least. */
  acl: Record<string, readonly string[]>;
}
