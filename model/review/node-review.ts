import { vmArgument } from '../terraform/arguments';
import { afterOf, beforeOf, reasonsOf, roleOfVm, serverOf, type Context } from './context';
import { destroyedDisks, diskEffects, disksAtRisk } from './disks';
import { actionOf, type ResourceChange } from '../terraform/plan';
import type { Action, Change, DiskRisk, Level, NodeReview, Power } from './types';
import { asNumber, asText, block, isUnset, type Values } from '../terraform/values';
import { vmChanges } from './vm-changes';

/** What happens to a node; `undefined` if nothing. */
export function nodeReview(resource: ResourceChange, context: Context): NodeReview | undefined {
  const { change, address, previous_address, deposed } = resource;
  const [old, now] = [beforeOf(change), afterOf(change)];
  const [before, after] = [old.masked(), now.masked()];
  const name = asText(after['name']) || asText(before['name']) || resource.name;
  const action = nodeAction(resource, name, context);
  if (!action || deposed !== undefined) return undefined;

  const gone = action === 'remove' || action === 'forget';
  const both = !isUnset(change.before) && !isUnset(change.after);
  const reasons = action === 'replace' ? reasonsOf(resource, (path) => vmArgument(path).label) : [];
  const changes = both
    ? vmChanges(old, now, diskEffects(name, after, context)).map((one) => replacing(one, reasons))
    : [];
  const data = dataAtRisk(action, before, after);
  const power = powerOf(action, before, after, changes);
  return {
    name,
    role: roleOfVm(name, isUnset(after) ? before : after, context),
    server: placeOf(name, gone ? before : after, gone, context),
    address,
    vmid: asNumber(gone ? before['vm_id'] : after['vm_id']),
    action,
    level: levelOf(action, power, data, changes),
    power,
    changes,
    reasons,
    data,
    ...sizes(before, gone ? {} : after),
    origin: previous_address ?? change.importing?.id ?? '',
  };
}

function nodeAction(resource: ResourceChange, name: string, context: Context): Action | undefined {
  const action = actionOf(resource);
  if (action !== 'create') return action;
  if (context.taken.has(name)) return 'take';
  return context.vanished.has(name) ? 'lost' : action;
}

const replacing = (change: Change, reasons: readonly string[]): Change =>
  reasons.includes(change.what) ? { ...change, effect: 'replace' } : change;

/** Where it is, if it goes, or else where the definition has it. */
function placeOf(name: string, vm: Values, gone: boolean, { cluster, nodes, recorded }: Context): string {
  const [defined, last] = [nodes.get(name)?.server.key, recorded.get(name)?.server];
  return !gone && defined !== undefined ? defined : serverOf(vm, cluster, last, defined);
}

const sizes = (before: Values, after: Values) => ({
  cores: { from: coresOf(before), to: coresOf(after) },
  mb: { from: memoryOf(before), to: memoryOf(after) },
});

export const coresOf = (vm: Values): number =>
  asNumber(block(vm, 'cpu')['cores']) * (asNumber(block(vm, 'cpu')['sockets']) || 1);

export const memoryOf = (vm: Values): number => asNumber(block(vm, 'memory')['dedicated']);

function dataAtRisk(action: Action, before: Values, after: Values): DiskRisk[] {
  if (action === 'remove' || action === 'replace') return destroyedDisks(before);
  return action === 'update' || action === 'import' ? disksAtRisk(before, after) : [];
}

function powerOf(action: Action, before: Values, after: Values, changes: readonly Change[]): Power {
  if (action === 'remove') return before['started'] === true ? 'stops' : 'keeps';
  if (action === 'replace') return before['started'] === true ? 'restarts' : 'starts';
  if (action === 'create' || action === 'lost') return after['started'] === true ? 'starts' : 'keeps';
  if (action !== 'update' && action !== 'import') return 'keeps';
  if (before['started'] !== true) return after['started'] === true ? 'starts' : 'keeps';
  if (after['started'] !== true) return 'stops';
  if (!changes.some(({ effect }) => effect === 'restart')) return 'keeps';
  return after['reboot_after_update'] === true ? 'restarts' : 'later';
}

/** Arguments that a machine is known by, outside of Proxmox. */
export const isIdentity = ({ what }: Change): boolean => what.startsWith('MAC of') || what === 'SMBIOS UUID';

function levelOf(action: Action, power: Power, data: readonly DiskRisk[], changes: readonly Change[]): Level {
  if (['remove', 'replace', 'lost', 'import'].includes(action)) return 'high';
  if (data.some(({ what }) => what !== 'moved') || changes.some(isIdentity)) return 'high';
  if (action === 'forget' || power === 'restarts' || power === 'later' || power === 'stops') return 'medium';
  return 'low';
}
