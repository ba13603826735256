import type { GuestConfig } from './answers';
import { properties } from './config';

/** What only the configuration of a VM on its server says, and no plan: the provider fills it in, or leaves it out. */
export interface LiveMachine {
  /**
   * Disks without option `aio`, as the web interface makes them. The provider reads `io_uring` in its place, so that no plan
   * shows it, and writes it with the next change of any disk, which needs a power-off.
   */
  readonly disksWithoutAio: readonly string[];
  /** Whether disks change while the VM runs. */
  readonly hotplugsDisks: boolean;
  /** Volumes in the CD drives: `local:iso/talos.iso`. */
  readonly cds: readonly string[];
}

/** What the servers say of VMs by the names of their nodes, and why it is not known of others. */
export interface LiveMachines {
  readonly machines: ReadonlyMap<string, LiveMachine>;
  readonly problems: readonly string[];
}

const DRIVE = /^(ide|sata|scsi|virtio)\d+$/;

/** Reads the answer of a server, with what waits for a restart: the provider reads the same. */
export function liveMachine(config: GuestConfig): LiveMachine {
  const drives = Object.entries(config)
    .filter(([key]) => DRIVE.test(key))
    .map(([key, value]) => ({ key, ...drive(value) }));
  return {
    disksWithoutAio: drives.filter(({ isCd, hasAio }) => !isCd && !hasAio).map(({ key }) => key),
    hotplugsDisks: hotplugs(config['hotplug'], 'disk'),
    cds: drives.flatMap(({ isCd, volume }) => (isCd && volume !== undefined ? [volume] : [])),
  };
}

function drive(value: string): { volume: string | undefined; isCd: boolean; hasAio: boolean } {
  const { first, file, media, aio } = properties(value);
  return { volume: first ?? file, isCd: media === 'cdrom', hasAio: aio !== undefined };
}

/** `network,disk,usb` where nothing is written; `1` is that too, and `0` nothing at all. */
const hotplugs = (value = '1', feature: string): boolean =>
  (value === '1' ? 'network,disk,usb' : value).split(/[,;\s]+/).includes(feature);
