import type { DataDiskDraft } from '../cluster/definition/draft';
import { isSlot, placeOf, SLOTS } from '../cluster/definition/data-disks';
import { clusterRule, error, type Finding } from './lib/rule';

export const diskSlot = clusterRule(
  'disk-slot',
  `Data disks have SCSI slots ${SLOTS.min} to ${SLOTS.max}, each once; one of several says its slot`,
  function* ({ dataDisks }) {
    for (const disks of dataDisks) yield* slotsOf(disks);
  },
);

function* slotsOf(disks: readonly DataDiskDraft[]): Generator<Finding> {
  const reserved = new Set(disks.flatMap(({ slot }) => slot ?? []).filter(isSlot));
  const free = (): string => {
    let slot = SLOTS.min;
    while (reserved.has(slot)) slot++;
    // Kept, so that the next disk without a slot is offered another one.
    reserved.add(slot);
    return slot > SLOTS.max
      ? `no slot is left; a VM has at most ${SLOTS.max} data disks`
      : `write slot: ${slot}`;
  };

  const owners = new Map<number, string>();
  for (const disk of disks) {
    const { slot, label } = disk;
    const at = placeOf(disk, 'slot');
    const owner = slot === undefined ? undefined : owners.get(slot);
    if (slot === undefined) yield error(at, `a node with several data disks gives each its slot; ${free()}`);
    else if (!isSlot(slot)) yield error(at, `slot ${slot} is outside ${SLOTS.min}-${SLOTS.max}; ${free()}`);
    else if (owner) yield error(at, `slot ${slot} is taken by ${owner}; ${free()}`);
    else owners.set(slot, label);
  }
}
