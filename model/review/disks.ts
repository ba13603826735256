import type { Change, DiskRisk } from './types';
import { asList, asNumber, asText, asValues, same, type Values } from './values';

const IGNORED = new Set(['path_in_datastore', 'file_id', 'import_from', 'interface']);

/** Disks of a VM by interface. */
function disksOf(vm: Values): Map<string, Values> {
  return new Map(asList(vm['disk']).map((disk) => [asText(asValues(disk)['interface']), asValues(disk)]));
}

/** What changes about the disks. A removed one is detached at once, while the VM runs. */
export function diskChanges(before: Values, after: Values): Change[] {
  const [old, now] = [disksOf(before), disksOf(after)];
  return [...new Set([...old.keys(), ...now.keys()])].flatMap((slot): Change[] => {
    const [from, to] = [old.get(slot), now.get(slot)];
    if (from && to) return changesOf(slot, from, to);
    return [
      {
        what: `disk ${slot}`,
        from: from ? describe(from) : 'none',
        to: to ? describe(to) : 'none',
        effect: 'hot',
      },
    ];
  });
}

function changesOf(slot: string, from: Values, to: Values): Change[] {
  const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])];
  return keys
    .filter((key) => !IGNORED.has(key) && !same(from[key], to[key]))
    .map((key): Change => {
      const [a, b] = [from[key], to[key]];
      if (key === 'size')
        return { what: `disk ${slot}`, from: `${asNumber(a)} GB`, to: `${asNumber(b)} GB`, effect: 'hot' };
      const what = key === 'datastore_id' ? `storage of disk ${slot}` : `${key} of disk ${slot}`;
      return { what, from: asText(a) || 'none', to: asText(b) || 'none', effect: 'restart' };
    });
}

const describe = (disk: Values): string => `${asNumber(disk['size'])} GB on ${asText(disk['datastore_id'])}`;

const risk = (slot: string, disk: Values, what: DiskRisk['what']): DiskRisk => ({
  disk: slot,
  gb: asNumber(disk['size']),
  storage: asText(disk['datastore_id']),
  what,
});

/** All disks of a VM that goes. */
export const destroyedDisks = (before: Values): DiskRisk[] =>
  [...disksOf(before)].map(([slot, disk]) => risk(slot, disk, 'destroyed'));

/** Disks of a VM that stays, whose contents are at risk or on the move. */
export function disksAtRisk(before: Values, after: Values): DiskRisk[] {
  const now = disksOf(after);
  return [...disksOf(before)].flatMap(([slot, disk]) => {
    const next = now.get(slot);
    if (!next) return [risk(slot, disk, 'detached')];
    if (asNumber(next['size']) < asNumber(disk['size'])) return [risk(slot, disk, 'shrunk')];
    return same(disk['datastore_id'], next['datastore_id']) ? [] : [risk(slot, disk, 'moved')];
  });
}

/** Whether a disk grows, which Proxmox refuses while another change waits for a restart. */
export function growsDisk(before: Values, after: Values): boolean {
  const old = disksOf(before);
  return [...disksOf(after)].some(([slot, disk]) => {
    const from = old.get(slot);
    return from !== undefined && asNumber(disk['size']) > asNumber(from['size']);
  });
}
