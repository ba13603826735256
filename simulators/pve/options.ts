/** What a simulation is made of. Everything has a default: `startPve({ sites: [{ name: 'pve1' }] })` is a server. */
import type { AgentMode, ContentType, MappingKind, PciDevice, Storage } from './store/types';
import type { AccessLog } from './server/access-log';
import type { StorageLockTimes } from './storage-locks';

export interface PveOptions {
  /** Each is a standalone server or one cluster. Sites share nothing: the same VMID may exist on all of them. */
  readonly sites: readonly SiteOptions[];
  /**
   * Checks each request against the API schema of Proxmox, which is fetched as a Python package. Where that is not
   * to be had, it says so and goes on without; with `CI=true` the start fails.
   * @default true
   */
  readonly strict?: boolean;
  /** Called for each answered request. */
  readonly onRequest?: (entry: AccessLog) => void;
  /** Serves `/control`: faults, requests and state over HTTP, without authentication. @default false */
  readonly control?: boolean;
}

export interface SiteOptions {
  readonly name: string;
  /** @default one node with the name of the site */
  readonly nodes?: readonly NodeOptions[];
  /** @default `terraform@pve!test`, which may do everything, with the secret DEFAULT_SECRET */
  readonly tokens?: readonly TokenOptions[];
  /** Users that may log in with a password; `root@pam` may also set what only root can. @default none */
  readonly users?: readonly UserOptions[];
  /** 8.x and 9.x differ in HA groups and in privileges. @default '9.1.1' */
  readonly version?: string;
  /** How long tasks take: all of them, or by type (`{ qmcreate: 3000 }`). @default 0: done at once */
  readonly taskMs?: number | Readonly<Record<string, number>>;
  /** How long a request waits for the lock of a VM before `got timeout`. @default 10000 */
  readonly lockMs?: number;
  /** How requests wait for the lock of a storage. @default 10 s, asked for each second, as in Proxmox */
  readonly storageLock?: Partial<StorageLockTimes>;
  /** Names of CPU models of one's own, without `custom-`. @default none */
  readonly cpuModels?: readonly string[];
  /** Guest agents of VMs that have one enabled; per VM: `state.vms.get(id).agent`. @default 'none' */
  readonly agent?: AgentMode;
  /** Pools that are there from the start. */
  readonly pools?: readonly string[];
  /** Mappings that are there from the start. */
  readonly mappings?: readonly MappingOptions[];
  /** What download-url finds on the Internet. @default every URL of a host that is not loopback exists */
  readonly web?: WebOptions;
}

export interface NodeOptions {
  readonly name: string;
  /** @default 0: a free port */
  readonly port?: number;
  /** @default ['vmbr0'] */
  readonly bridges?: readonly (string | BridgeOptions)[];
  /** @default `local` and `local-lvm`, as a new installation has them */
  readonly storages?: readonly StorageOptions[];
  /** Devices that mappings may name. @default none */
  readonly pci?: readonly PciDevice[];
  /** @default 16 */
  readonly cpus?: number;
  /** @default 128 */
  readonly memoryGib?: number;
  /** Seconds that its clock is ahead. @default 0 */
  readonly clockAhead?: number;
  /** A node of a cluster that is off; `state.node('pve2').offline` later. @default false */
  readonly offline?: boolean;
}

export interface BridgeOptions {
  readonly name: string;
  /** @default false */
  readonly vlanAware?: boolean;
  /** @default none, which is 1500 */
  readonly mtu?: number;
  /** @default `eno1` for the first bridge of a node, none for the others */
  readonly ports?: readonly string[];
}

export interface MappingOptions {
  readonly id: string;
  /** @default 'pci' */
  readonly kind?: MappingKind;
  /** `id=10de:2204,node=pve1,path=0000:01:00.0` */
  readonly map: readonly string[];
}

export type StorageType = Storage['type'];

export interface StorageOptions {
  readonly id: string;
  /** @default 'dir' */
  readonly type?: StorageType;
  /** @default what the type can hold; iso, vztmpl and backup for `local`, as the installer leaves it */
  readonly content?: readonly ContentType[];
  /** @default true */
  readonly enabled?: boolean;
  /** Whether the node reaches it. @default true */
  readonly active?: boolean;
  /** One storage for all nodes of the site that have it. @default true for nfs and rbd */
  readonly shared?: boolean;
  /** @default 1000 */
  readonly sizeGib?: number;
  /** Milliseconds that making a volume takes, with the lock of the storage held. @default 0 */
  readonly allocateMs?: number;
  /** For `lvm` in version 9: volumes may be qcow2. @default false */
  readonly snapshotAsVolumeChain?: boolean;
  /** Files and volumes that are there from the start. */
  readonly volumes?: readonly VolumeOptions[];
}

export interface VolumeOptions {
  /** With or without `storage:`: `iso/talos.iso`, `vm-100-disk-0`. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Size inside an image file of `import`, where it differs. */
  readonly virtualSize?: number;
}

export interface TokenOptions {
  /** `user@realm!tokenid` */
  readonly id: string;
  /** @default DEFAULT_SECRET */
  readonly secret?: string;
  /** On `/`, so everywhere that `acl` says nothing else. @default all that the version has */
  readonly privileges?: readonly string[];
  /** Privileges by path; the deepest path wins, as with roles that propagate. */
  readonly acl?: Readonly<Record<string, readonly string[]>>;
}

export interface UserOptions {
  /** `root@pam` */
  readonly id: string;
  readonly password: string;
  readonly privileges?: readonly string[];
  readonly acl?: Readonly<Record<string, readonly string[]>>;
}

export interface WebOptions {
  /** By URL. `status` other than 200 fails the download. */
  readonly files?: Readonly<Record<string, WebFile>>;
  /** Whether an URL that is not listed exists too. Loopback URLs are really fetched. @default true */
  readonly others?: boolean;
}

export interface WebFile {
  readonly status?: number;
  /** Bytes. @default 100 MiB */
  readonly size?: number;
  readonly mimetype?: string;
  /** By algorithm: `{ sha256: '…' }`. One that is asked for and not given here counts as right. */
  readonly checksums?: Readonly<Record<string, string>>;
}

/** Obviously not a secret. */
export const DEFAULT_SECRET = '00000000-0000-4000-8000-000000000000';
export const DEFAULT_TOKEN = 'terraform@pve!test';
