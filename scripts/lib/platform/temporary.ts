import { createHash } from 'node:crypto';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { tellKeeper } from './keeper';

/** A folder for its owner only, which is gone when its work or our process ends. */
export interface TemporaryFolder {
  readonly path: string;
  remove(): void;
}

const open = new Set<string>();
let isWatching = false;

/**
 * Makes a folder for what a run needs for a while, plans and states with their secrets among it. Its name says whose it is:
 * what a process leaves behind that was killed is found by that (`removeLeftovers`).
 *
 * @param kind a word that says what is in it
 * @param parent default: the folder of the system for what is temporary; the name is hidden anywhere else
 */
export function temporaryFolder(kind: string, parent?: string): TemporaryFolder {
  if (parent !== undefined) mkdirSync(parent, { recursive: true });
  const { pid, start, world } = ownMark();
  const name = `${parent === undefined ? '' : '.'}${PREFIX}${kind}-${pid}-${start}-${world}-`;
  // Whole, because what outlives us works elsewhere.
  const path = mkdtempSync(resolve(parent ?? tmpdir(), name));
  chmodSync(path, 0o700);
  open.add(path);
  tellKeeper('folder', path);
  if (!isWatching) process.on('exit', () => open.forEach(remove));
  isWatching = true;
  return { path, remove: () => remove(path) };
}

function remove(path: string): void {
  rmSync(path, { recursive: true, force: true });
  open.delete(path);
}

/** Whose a folder is: its process, told from others that had the same number, and where that number counts. */
interface Mark {
  readonly pid: number;
  /** When it started, in the ticks of the system; 0 where that cannot be known. */
  readonly start: string;
  /** Host, boot and container. */
  readonly world: string;
}

const PREFIX = 'talos-proxmox-';
const OURS = /^\.?talos-proxmox-[a-z]+-(\d+)-(\d+)-([0-9a-f]{8})-\w{6}$/;
/** As versions before this one named them. */
const OLD_STATE = /^\.state-(\d+)-/;
const OLD_ADOPTION = /^\.adopt-\w{6}$/;
const DAY_MS = 24 * 3600 * 1000;

const ownMark = (): Mark => ({
  pid: process.pid,
  start: startOf(process.pid) ?? '0',
  world: createHash('sha256')
    .update([hostname(), read('/proc/sys/kernel/random/boot_id'), link('/proc/self/ns/pid')].join('\n'))
    .digest('hex')
    .slice(0, 8),
});

/**
 * Removes what dead processes of ours have left in folders. Never what is of a living one, of another user, of another host or
 * container, whose processes cannot be seen from here, or what holds a state that Terraform could not write elsewhere.
 *
 * @param projectFolders where runs make folders beside the output
 * @param temporary places that programs share for what is temporary
 * @returns folders that are kept because of a state in them
 */
export function removeLeftovers(
  projectFolders: readonly string[],
  temporary: readonly string[] = [tmpdir()],
): string[] {
  const kept: string[] = [];
  for (const parent of new Set([...temporary, ...projectFolders])) {
    for (const name of entriesOf(parent)) {
      const path = join(parent, name);
      if (!isOfDead(name, path, temporary.includes(parent))) continue;
      if (holdsState(path)) kept.push(path);
      else rmSync(path, { recursive: true, force: true });
    }
  }
  return kept;
}

function isOfDead(name: string, path: string, isShared: boolean): boolean {
  const [, pid, start, world] = OURS.exec(name) ?? [];
  const [, oldPid] = (!isShared && OLD_STATE.exec(name)) || [];
  const isOldAdoption = !isShared && OLD_ADOPTION.test(name);
  if (pid === undefined && oldPid === undefined && !isOldAdoption) return false;
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (!stat?.isDirectory() || (process.getuid && stat.uid !== process.getuid())) return false;
  if (isOldAdoption) return Date.now() - stat.mtimeMs > DAY_MS;
  if (oldPid !== undefined) return !isAlive(Number(oldPid));
  if (world !== ownMark().world) return false;
  return !isAlive(Number(pid)) || (start !== '0' && startOf(Number(pid)) !== start);
}

/** A state, and not what Terraform notes about its backend. */
function holdsState(path: string): boolean {
  const isState = (file: string): boolean =>
    /\.tfstate(\.backup)?$/.test(file) && !/(^|[/\\])\.terraform[/\\]/.test(file);
  try {
    return (readdirSync(path, { recursive: true }) as string[]).some(isState);
  } catch {
    return true;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** Field 22 of `/proc/<pid>/stat`; the name of the program before it may hold anything. */
const startOf = (pid: number): string | undefined =>
  read(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ')[19];

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

const read = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};

const link = (path: string): string => {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
};
