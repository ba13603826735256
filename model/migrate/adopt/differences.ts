import { COMPUTED } from '../../terraform/arguments';
import type { ResourceChange } from '../../terraform/plan';
import { asList, asValues, type Values } from '../../terraform/values';
import { isSingle } from '../../cluster/adopted';

/** What an adoption does on purpose, and why nobody needs to fear it. */
export const WANTED: Readonly<Record<string, string>> = {
  tags: 'tags of the cluster, by which the guards know the VM; those it has stay',
  scsi_hardware:
    'lsi, which Proxmox takes where nothing is written, is written out; nothing needs to restart for it',
  reboot_after_update: 'known to Terraform only: the provider does not restart VMs by itself',
  stop_on_destroy: 'known to Terraform only',
  purge_on_destroy: 'known to Terraform only',
  delete_unreferenced_disks_on_destroy: 'known to Terraform only: disks that the VM does not refer to stay',
  migrate: 'known to Terraform only',
};

/** Differences in these would make another VM, or lose a disk: never ignored, so that the proof fails. */
const VITAL =
  /^(name|node_name|vm_id|disk\.\w+\.(interface|datastore_id|import_from)|network_device\.net0\.mac_address)$/;

/**
 * What a plan would change in an adopted VM beyond what is wanted, as entries of `ignore_changes`, sorted. Also the CD drive,
 * which the provider does not read at import: it would write there what is in it already, and speak of a restart.
 */
export const unwantedChanges = (resource: ResourceChange): string[] =>
  planChanges(resource).filter((entry) => !VITAL.test(entry));

/** All that a plan would change in a VM beyond what is wanted. */
export function planChanges({ change }: ResourceChange): string[] {
  const [before, after] = [asValues(change.before), asValues(change.after)];
  const unknown = asValues(change.after_unknown);
  return Object.keys(after)
    .filter((key) => !COMPUTED.has(key) && unknown[key] !== true)
    .flatMap((key) => changed(key, before[key], after[key]))
    .filter((entry) => !(entry in WANTED))
    .sort();
}

function changed(key: string, before: unknown, after: unknown): string[] {
  if (same(before, after)) return [];
  if (key === 'disk')
    return inSlots(key, asList(before), asList(after), ({ interface: slot }) => String(slot));
  if (key === 'network_device')
    return asList(before).length === asList(after).length
      ? inSlots(key, asList(before), asList(after), (_, i) => `net${i}`)
      : [key];
  if (!isSingle(key) || asList(before).length !== 1 || asList(after).length !== 1) return [key];
  return leaves(asList(before)[0], asList(after)[0]).map((leaf) => `${key}.${leaf}`);
}

/** Both lists are in the order of the slots; where they differ, the proof fails for the slot itself. */
function inSlots(
  key: string,
  before: readonly unknown[],
  after: readonly unknown[],
  slot: (values: Values, i: number) => string,
): string[] {
  return after.flatMap((item, i) =>
    leaves(before[i], item).map((leaf) => `${key}.${slot(asValues(item), i)}.${leaf}`),
  );
}

function leaves(before: unknown, after: unknown): string[] {
  const [old, now] = [asValues(before), asValues(after)];
  return Object.keys(now).filter((key) => !same(folded(key, old[key]), folded(key, now[key])));
}

/** Letters of a MAC address may be small on the server; it is the same address. */
const folded = (key: string, value: unknown): unknown =>
  key === 'mac_address' && typeof value === 'string' ? value.toUpperCase() : value;

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a ?? null) === JSON.stringify(b ?? null);
