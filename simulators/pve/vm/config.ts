/** Sets and deletes keys of a VM's configuration. */
import { createHash, randomUUID } from 'node:crypto';
import { failure } from '../errors';
import { parseBootOrder, printBootOrder } from '../formats/boot';
import { isCdrom, isCloudInit, isDriveKey, parseDrive } from '../formats/drive';
import { parseNic, printNic } from '../formats/nic';
import { splitList } from '../formats/property-string';
import { normalizeTags } from '../formats/tags';
import { byKey, storedValue, type VmConfig } from '../formats/vm-config';
import type { Call } from '../server/call';
import type { SiteState } from '../store/site';
import type { Vm } from '../store/types';
import { freeVolume, isReferenced, releaseDrive, remove, resolveDrive } from './drives';
import { assertBootOrder } from './rules';

/** Parameters of create and update that are no keys of the configuration. */
const NO_CONFIG = new Set([
  ...[
    'node',
    'vmid',
    'pool',
    'delete',
    'digest',
    'skiplock',
    'force',
    'start',
    'storage',
    'archive',
    'unique',
  ],
  ...['bwlimit', 'background_delay', 'revert', 'ha-managed', 'live-restore', 'import-working-storage'],
]);

/** The keys that a request sets (with the value sent) and deletes (undefined); `cdrom` is another name of `ide2`. */
export function changesOf(call: Call): Map<string, string | undefined> {
  const changes = new Map<string, string | undefined>();
  for (const key of splitList(call.optional('delete') ?? '')) changes.set(key, undefined);
  for (const key of Object.keys(call.params)) {
    if (NO_CONFIG.has(key)) continue;
    if (changes.has(key)) throw failure(`you can't use '-${key}' and '-delete ${key}' at the same time`);
    changes.set(key === 'cdrom' ? 'ide2' : key, key === 'cdrom' ? cdrom(call.text(key)) : call.text(key));
  }
  return changes;
}

const cdrom = (value: string): string => (value.includes('media=') ? value : `${value},media=cdrom`);

/** Applies changes; nothing is changed if one of them is refused. */
export function applyChanges(
  state: SiteState,
  vm: Vm,
  changes: ReadonlyMap<string, string | undefined>,
): void {
  const edit: Edit = { state, vm, config: { ...vm.config }, released: [] };
  const before = new Set(state.volumes().map(({ volid }) => volid));
  try {
    for (const [key, value] of changes) if (value === undefined) deleteKey(edit, key);
    const keys = [...changes.keys()].filter((key) => changes.get(key) !== undefined).sort(byKey);
    for (const key of keys) setKey(edit, key, changes.get(key) ?? '');
    if (changes.get('boot') !== undefined) assertBootOrder(edit.config);
    else addToBootOrder(edit.config, keys);
  } catch (error) {
    const made = state.volumes(vm.vmid).filter(({ volid }) => !before.has(volid));
    for (const { volid } of made) freeVolume(state, vm.node, volid);
    throw error;
  }
  vm.config = edit.config;
  for (const volid of edit.released) if (!isReferenced(vm.config, volid)) freeVolume(state, vm.node, volid);
}

/** A CD drive that is set joins an order that there is, so that it can be booted from. */
function addToBootOrder(config: VmConfig, keys: readonly string[]): void {
  const order = parseBootOrder(String(config['boot'] ?? ''));
  const added = keys.filter((key) => {
    if (!isDriveKey(key) || order.includes(key)) return false;
    const drive = parseDrive(String(config[key]));
    return isCdrom(drive) && !isCloudInit(drive);
  });
  if (order.length > 0 && added.length > 0) config['boot'] = printBootOrder([...order, ...added]);
}

/** A change in the making. */
interface Edit {
  readonly state: SiteState;
  readonly vm: Vm;
  readonly config: VmConfig;
  /** Volumes to free when everything else is done. */
  readonly released: string[];
}

function deleteKey({ config, released }: Edit, key: string): void {
  const value = config[key];
  // Deleting what is not there is fine.
  if (value === undefined) return;
  remove(config, key);
  if (/^unused\d+$/.test(key)) released.push(parseDrive(String(value)).file);
  if (!isDriveKey(key)) return;
  release(config, released, String(value));
  const order = parseBootOrder(String(config['boot'] ?? ''));
  if (!order.includes(key)) return;
  const rest = order.filter((device) => device !== key);
  // An empty order is none.
  if (rest.length === 0) remove(config, 'boot');
  else config['boot'] = printBootOrder(rest);
}

function setKey(edit: Edit, key: string, value: string): void {
  if (isDriveKey(key)) setDrive(edit, key, value);
  else if (value === '' && (key === 'tags' || key === 'description')) remove(edit.config, key);
  else edit.config[key] = normalize(key, value);
}

function normalize(key: string, value: string): string | number {
  if (key === 'tags') return normalizeTags(value);
  if (/^net\d+$/.test(key)) return printNic(parseNic(value));
  if (key === 'vmgenid' && value === '1') return randomUUID();
  return storedValue(key, value);
}

function setDrive({ state, vm, config, released }: Edit, key: string, value: string): void {
  const before = config[key];
  const stored = resolveDrive({ state, vm, key }, value);
  const { file } = parseDrive(stored);
  config[key] = stored;
  // A disk that was unused is so no longer.
  for (const [other, text] of Object.entries(config)) {
    if (/^unused\d+$/.test(other) && text === file) remove(config, other);
  }
  if (before !== undefined && parseDrive(String(before)).file !== file)
    release(config, released, String(before));
}

function release(config: VmConfig, released: string[], value: string): void {
  const volid = releaseDrive(config, value);
  if (volid !== undefined) released.push(volid);
}

/** Changes with the configuration: requests may name it to be sure that nobody else changed something. */
export const digestOf = (config: Readonly<VmConfig>): string =>
  createHash('sha1')
    .update(JSON.stringify(Object.entries(config).sort(([a], [b]) => byKey(a, b))))
    .digest('hex');

export function assertDigest(vm: Vm, digest: string | undefined): void {
  if (digest !== undefined && digest !== digestOf(vm.config)) {
    throw failure('detected modified configuration - file changed by other user? Try again.');
  }
}

/** Keys that a running VM takes at once with the default `hotplug`; the others need a restart. */
const HOT =
  /^(net\d+|scsi\d+|virtio\d+|ide\d+|sata\d+|unused\d+|usb\d+|name|tags|description|onboot|protection|startup|ipconfig\d+|nameserver|searchdomain|ci[a-z]+|sshkeys|lock|template)$/;

/** The keys whose value a running VM has not taken yet. */
export function pendingKeys({ status, booted, config }: Vm): string[] {
  if (status !== 'running' || !booted) return [];
  const keys = new Set([...Object.keys(booted), ...Object.keys(config)]);
  return [...keys].filter((key) => !HOT.test(key) && booted[key] !== config[key]).sort(byKey);
}
