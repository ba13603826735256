import { scsiOf } from '../cluster/definition/data-disks';
import type { Server } from '../cluster/server';
import { loneVmMac, loneVmUuid } from '../cluster/identity/lone-vm';
import { VM_DEFAULTS, type Vm, type VmDisk, type VmNic } from '../cluster/vm';
import { byBytes } from '../support/text';

/**
 * A VM as one writes it in TypeScript. What is left out is as in `VM_DEFAULTS`, or follows from the server and the VMID. A `Vm` is
 * such props too, with nothing left out.
 */
export interface VmProps extends Partial<Omit<Vm, 'name' | 'server' | 'vmId' | 'disks' | 'nics'>> {
  /** Proxmox VMID: with its server, it is what identities of the VM derive from. */
  readonly vmId: number;
  /** The first is the OS disk, unless another one says that it is. */
  readonly disks: readonly VmDiskProps[];
  /** The first is net0. @default none */
  readonly nics?: readonly VmNicProps[];
}

/** A disk of a VM. */
export interface VmDiskProps {
  /** Proxmox storage. */
  readonly storage: string;
  /** Size in GB. */
  readonly sizeGb: number;
  /** @default os for the first, data for the others */
  readonly purpose?: 'os' | 'data';
  /** SCSI slot, which is the identity of the disk. @default 0 for the OS disk, 1 for a data disk if there is just one */
  readonly slot?: number;
  /** Where the disk is attached, on an adopted VM that has it elsewhere. @default scsi<slot> */
  readonly interface?: string;
  /** Name of the disk within its VM. @default os, or data-<slot> */
  readonly name?: string;
  /** The guest knows the disk by it; at most 20 characters. @default the name */
  readonly serial?: string;
  /** @default raw */
  readonly format?: 'raw' | 'qcow2';
}

/** A network interface of a VM. */
export interface VmNicProps {
  /** Bridge of the Proxmox node. */
  readonly bridge: string;
  /** @default derived from the server, the VMID and the place of the NIC; an adopted VM says which it has */
  readonly mac?: string;
  /** VLAN tag. @default 0, untagged */
  readonly vlanId?: number;
  /** @default that of the bridge */
  readonly mtu?: number;
}

/** A slot that nobody has written, where several disks leave it open; what checks the VM says so. */
const OPEN = -1;

/** Fills in a VM. It never fails: what is wrong with the result is for `vmProblems()` to say. */
export function resolveVm(name: string, server: Server, props: VmProps): Vm {
  const { vmId, disks, nics = [], uuid, startup, tags = [], ignoreChanges = [], gpuMappings = [] } = props;
  const { adopted = VM_DEFAULTS.adopted } = props;
  const ownUuid = uuid?.toLowerCase() ?? (adopted ? undefined : loneVmUuid(server, vmId));
  return {
    ...settingsOf(props),
    name,
    server,
    vmId,
    ...(ownUuid === undefined ? {} : { uuid: ownUuid }),
    ignoreChanges,
    disks: disks.map((disk, i) => resolveDisk(disk, i, disks)),
    nics: nics.map(({ bridge, mac, vlanId = 0, mtu }, i): VmNic => ({
      bridge,
      vlanId,
      mac: mac?.toUpperCase() ?? (adopted ? '' : loneVmMac(server, vmId, i)),
      ...(mtu === undefined ? {} : { mtu }),
    })),
    gpuMappings,
    ...(startup ? { startup } : {}),
    tags: [...new Set(tags)].sort(byBytes),
  };
}

type Settings = Pick<Vm, keyof typeof VM_DEFAULTS>;

/** What has a constant default. */
const settingsOf = (props: Partial<Settings>): Settings =>
  Object.fromEntries(
    Object.entries(VM_DEFAULTS).map(([key, value]) => [key, props[key as keyof Settings] ?? value]),
  ) as unknown as Settings;

function resolveDisk(disk: VmDiskProps, place: number, all: readonly VmDiskProps[]): VmDisk {
  const others = all.some(({ purpose }) => purpose === 'os');
  const { purpose = place === 0 && !others ? 'os' : 'data', storage, sizeGb, format = 'raw' } = disk;
  const slot = disk.slot ?? (purpose === 'os' ? 0 : all.length === 2 ? 1 : OPEN);
  const name = disk.name ?? (purpose === 'os' ? 'os' : `data-${slot}`);
  return {
    purpose,
    name,
    slot,
    interface: disk.interface ?? scsiOf(slot),
    storage,
    sizeGb,
    format,
    serial: disk.serial ?? name,
  };
}

/** Whether nobody has said where the disk is. */
export const isOpen = ({ slot }: VmDisk): boolean => slot === OPEN;
