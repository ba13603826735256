import { formatPath } from '../../diagnostics/diagnostics';
import type { Path } from '../../diagnostics/source';
import type { DataDiskDraft, DiskDraft, SettingsBlock } from './draft';
import { limitOf, presetsOf } from './keys';
import type { DataDiskInput, VmSettings } from './schema';
import { dataDisk } from './schema-nodes';

/** The disk that Talos is installed on. */
export const OS_DISK = { name: 'os', slot: 0, serial: 'os', volume: false, longhorn: false } as const;

/** Where a disk is attached, unless an adopted VM has it elsewhere. */
export const scsiOf = (slot: number): string => `scsi${slot}`;

const PRESETS = presetsOf(dataDisk.shape);

/** Slots of data disks. */
export const SLOTS = limitOf(dataDisk.shape.slot);

export const isSlot = (slot: number): boolean =>
  Number.isInteger(slot) && slot >= SLOTS.min && slot <= SLOTS.max;

/** Keys of a block that say all about its data disks: who writes either one replaces both. */
export const DATA_DISK_KEYS = ['data_disk_size_gb', 'data_disks'] as const;

/**
 * The data disks that a block says, each in the long form: `data_disk_size_gb` is one of them, and names, serial numbers and
 * interfaces are filled in. A disk of size 0 is none.
 */
export function dataDisksOf({ path, values }: SettingsBlock): DataDiskDraft[] {
  const { data_disk_size_gb: short, data_disks: listed = [] } = values as VmSettings;
  const only = listed.length === 1 && !short;
  const expand = (own: Path, isOnly: boolean, sizeGb: number | undefined, written: DataDiskInput) => {
    const slot = written.slot ?? (isOnly ? PRESETS.slot : undefined);
    // Nothing derives from a slot that a rule refuses.
    const sound = slot !== undefined && isSlot(slot) ? slot : undefined;
    const name = written.name ?? (sound === undefined ? undefined : `data-${sound}`);
    return {
      name,
      slot,
      interface: written.interface ?? (sound === undefined ? undefined : scsiOf(sound)),
      sizeGb,
      storage: written.storage || undefined,
      serial: written.serial ?? name,
      volume: written.volume ?? PRESETS.volume,
      longhorn: written.longhorn ?? PRESETS.longhorn,
      written,
      label: formatPath(own),
      path: [...path, ...own],
    };
  };
  return [
    ...(short ? [expand(['data_disk_size_gb'], true, short, {})] : []),
    ...listed.map((disk, i) => expand(['data_disks', i], only, disk.size_gb, disk)),
  ].filter(({ sizeGb }) => sizeGb !== 0);
}

/** Where a key of a disk is written; where the disk is, if nobody wrote it. */
export const placeOf = (
  { written, path }: Pick<DiskDraft, 'written' | 'path'>,
  key: keyof DataDiskInput,
): Path => (written[key] === undefined ? path : [...path, key]);
