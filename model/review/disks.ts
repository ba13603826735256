import type { LiveMachine } from '../proxmox/machine';
import type { Context } from './context';
import type { Change, DiskRisk } from './types';
import type { Effect } from '../terraform/arguments';
import { asList, asNumber, asText, asValues, same, type Values } from '../terraform/values';

const IGNORED = new Set(['path_in_datastore', 'file_id', 'import_from', 'interface']);

/** Disks of a VM by interface. */
function disksOf(vm: Values): Map<string, Values> {
  return new Map(asList(vm['disk']).map((disk) => [asText(asValues(disk)['interface']), asValues(disk)]));
}

/** What the server has to do with a change of disks that the plan alone would not tell. */
export interface DiskEffects {
  /** Of any change: `restart` where the provider also writes options that the disks do not have yet. */
  readonly any: Effect;
  /** Of a disk that grows. */
  readonly growth: Effect;
}

/** Where the server was not asked, a VM that was adopted is taken for one that the web interface made. */
export function diskEffects(name: string, after: Values, context: Context): DiskEffects {
  const any = lacksAio(name, after, context) ? 'restart' : 'hot';
  const growth = context.live.get(name)?.hotplugsDisks === false ? 'restart' : any;
  return { any, growth };
}

/** Whether the provider would write option `aio` of disks with their next change. */
export function lacksAio(name: string, after: Values, { live, nodes }: Context): boolean {
  const machine = live.get(name);
  return machine ? slotsWithoutAio(after, machine).length > 0 : nodes.get(name)?.adopted === true;
}

export function slotsWithoutAio(after: Values, machine?: LiveMachine): string[] {
  const kept = disksOf(after);
  return machine?.disksWithoutAio.filter((slot) => kept.has(slot)) ?? [];
}

/** Whether anything about the disks changes. */
export const changesDisks = (before: Values, after: Values): boolean => diskChanges(before, after).length > 0;

const HOT: DiskEffects = { any: 'hot', growth: 'hot' };

/** What changes about the disks. A removed one is detached at once, while the VM runs. */
export function diskChanges(before: Values, after: Values, effects = HOT): Change[] {
  const [old, now] = [disksOf(before), disksOf(after)];
  return [...new Set([...old.keys(), ...now.keys()])].flatMap((slot): Change[] => {
    const [from, to] = [old.get(slot), now.get(slot)];
    if (from && to) return changesOf(slot, from, to, effects.growth);
    return [
      {
        what: `disk ${slot}`,
        from: from ? describe(from) : 'none',
        to: to ? describe(to) : 'none',
        effect: effects.any,
      },
    ];
  });
}

function changesOf(slot: string, from: Values, to: Values, growth: Effect): Change[] {
  const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])];
  return keys
    .filter((key) => !IGNORED.has(key) && !same(from[key], to[key]))
    .map((key): Change => {
      const [a, b] = [from[key], to[key]];
      if (key === 'size')
        return { what: `disk ${slot}`, from: `${asNumber(a)} GB`, to: `${asNumber(b)} GB`, effect: growth };
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
