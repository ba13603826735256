import type { Cluster, Disk, Image, Nic, Node, Server } from '../cluster';
import type { DataDiskInput, DefinitionDraft } from './schema';
import type { VmIdRange } from '../identity/vm-id';
import type { Path, Source } from '../../diagnostics/source';
import type { Role } from '../roles';

/** A block of VM settings as written: a node, a pool, or defaults. */
export interface SettingsBlock {
  readonly path: Path;
  readonly values: Readonly<Record<string, unknown>>;
}

/** A node on its way to `Node`: what derives from missing or broken values is undefined. */
export interface NodeDraft extends Omit<Node, 'index' | 'server' | 'vmId' | 'disks' | 'nics' | 'image'> {
  readonly index: number | undefined;
  readonly server: ServerDraft | undefined;
  readonly vmId: number | undefined;
  readonly disks: readonly DiskDraft[];
  readonly nics: readonly NicDraft[];
  readonly image: ImageDraft | undefined;
  /** Where the node is written: a list item, or its pool. */
  readonly path: Path;
  /** Path of the value in force for a key: of the node, its pool, a default, or of the node where nobody wrote it. */
  where(key: string): Path;
  /** Whether anybody wrote the key. */
  has(key: string): boolean;
}

export type DiskDraft = Omit<Disk, 'storage' | 'slot' | 'interface' | 'name' | 'serial'> & {
  readonly storage: string | undefined;
  /** Undefined where several data disks leave it open. */
  readonly slot: number | undefined;
  /** Undefined where they follow from a slot that is open, or is none. */
  readonly interface: string | undefined;
  readonly name: string | undefined;
  readonly serial: string | undefined;
  /** What `data_disks` says of it. */
  readonly written: DataDiskInput;
  /** Where it is written: an item of `data_disks`, or a key with a size. */
  readonly path: Path;
};

/** A data disk as a block of settings has it, whichever form is written. */
export interface DataDiskDraft extends Omit<DiskDraft, 'purpose' | 'format' | 'sizeGb'> {
  /** Undefined where what is written is no size. */
  readonly sizeGb: number | undefined;
  /** Where it is written within its block: `data_disks[0]`, or `data_disk_size_gb`. */
  readonly label: string;
}

export type NicDraft = Omit<Nic, 'mac' | 'ip' | 'bridge' | 'prefix'> & {
  readonly mac: string | undefined;
  readonly ip: string | undefined;
  readonly bridge: string | undefined;
  readonly prefix: number | undefined;
  readonly macPath: Path;
  readonly ipPath: Path;
  /** Whether MAC and address derive from the index instead of being written. */
  readonly derivedMac: boolean;
  readonly derivedIp: boolean;
};

export type ServerDraft = Server & { readonly path: Path };

export type ImageDraft = Image & {
  readonly path: Path;
  /** How many sources the definition gives; exactly one is right. */
  readonly sources: readonly string[];
};

/** A cluster on its way to `Cluster`, with what rules need to point at its definition. */
export interface ClusterDraft extends Omit<Cluster, 'servers' | 'nodes' | 'images' | 'pciMappings'> {
  readonly definition: DefinitionDraft;
  readonly source: Source;
  readonly servers: readonly ServerDraft[];
  readonly nodes: readonly NodeDraft[];
  readonly images: readonly ImageDraft[];
  readonly pciMappings: readonly PciMappingDraft[];
  readonly vmIdRanges: Readonly<Record<Role, VmIdRangeDraft>>;
  readonly macPrefix: string;
  /** All blocks of VM settings, in the order of the definition. */
  readonly settings: readonly SettingsBlock[];
  /** The data disks of each of these blocks that has some. */
  readonly dataDisks: readonly (readonly DataDiskDraft[])[];
  /** Paths that the shape check took out, as text: what they lack is told already. */
  readonly broken: ReadonlySet<string>;
}

export type VmIdRangeDraft = VmIdRange & { readonly path: Path; readonly written: boolean };

export interface PciMappingDraft {
  readonly name: string;
  readonly path: Path;
  readonly comment?: string;
  readonly mediatedDevices: boolean;
  readonly devices: readonly {
    readonly server: ServerDraft | undefined;
    readonly path: string;
    readonly id: string;
    readonly iommuGroup?: number;
    readonly subsystemId?: string;
  }[];
}
