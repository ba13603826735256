import type { DataDiskInput } from '../cluster/definition/schema';
import type { SettingsBlock } from '../cluster/definition/draft';
import { clusterRule, error, type Finding } from './lib/rule';

const MAX_SLOT = 30;

export const diskSlot = clusterRule(
  'disk-slot',
  'Data disks have SCSI slots 1 to 30, each once; one of several says its slot',
  function* ({ settings }) {
    for (const block of settings) {
      if (block.values['data_disks'] !== undefined) yield* slotsOf(block);
    }
  },
);

const isSlot = (slot: number): boolean => Number.isInteger(slot) && slot >= 1 && slot <= MAX_SLOT;

function* slotsOf({ path, values }: SettingsBlock): Generator<Finding> {
  const all = values['data_disks'] as DataDiskInput[];
  const disks = [...all.entries()].filter(([, { size_gb }]) => size_gb !== 0);
  const short = Boolean(values['data_disk_size_gb']);

  const reserved = new Set(disks.flatMap(([, { slot }]) => slot ?? []).filter(isSlot));
  if (short) reserved.add(1);
  const free = (): string => {
    let slot = 1;
    while (reserved.has(slot)) slot++;
    // Kept, so that the next disk without a slot is offered another one.
    reserved.add(slot);
    return slot > MAX_SLOT ? 'no slot is left; a VM has at most 30 data disks' : `write slot: ${slot}`;
  };

  const owners = new Map<number, string>(short ? [[1, 'data_disk_size_gb']] : []);
  for (const [i, disk] of disks) {
    const at = [...path, 'data_disks', i];
    if (disk.slot === undefined) {
      if (all.length > 1 || short)
        yield error(at, `a node with several data disks gives each its slot; ${free()}`);
    } else if (!isSlot(disk.slot)) {
      yield error([...at, 'slot'], `slot ${disk.slot} is outside 1-${MAX_SLOT}; ${free()}`);
    } else {
      const owner = owners.get(disk.slot);
      if (owner) yield error([...at, 'slot'], `slot ${disk.slot} is taken by ${owner}; ${free()}`);
      else owners.set(disk.slot, `data_disks[${i}]`);
    }
  }
}
