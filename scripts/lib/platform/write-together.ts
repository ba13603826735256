import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { readIfThere } from '../../../model/support/files';

/**
 * Writes files below one folder that belong together. All are written aside before the first is renamed, so that a full disk
 * or a missing right changes nothing. The order of `files` is the order of the renames: name the file that others trust last,
 * and a kill in between leaves the old one, or the new one with all the rest new. The next run repairs the rest.
 *
 * @param files path below the folder → text
 * @param isDurable whether to wait until the disk has a file; not for many that can be made again
 */
export function writeTogether(
  folder: string,
  files: Readonly<Record<string, string>>,
  isDurable: (path: string) => boolean = () => true,
): Record<string, 'written' | 'unchanged'> {
  const paths = Object.keys(files);
  const folders = new Set(paths.map((path) => dirname(join(folder, path))));
  for (const one of folders) mkdirSync(one, { recursive: true });
  const changed = Object.entries(files).filter(([path, text]) => readIfThere(join(folder, path)) !== text);
  try {
    for (const [path, text] of changed) writeFileSync(aside(folder, path), text, { flush: isDurable(path) });
    for (const [path] of changed) renameSync(aside(folder, path), join(folder, path));
  } finally {
    // Of all, because an earlier run may have been killed.
    const ours = new Set(paths.map((path) => aside(folder, path)));
    const there = [...folders].flatMap((one) => readdirSync(one).map((name) => join(one, name)));
    for (const path of there.filter((one) => ours.has(one))) rmSync(path);
  }
  const written = new Set(changed.map(([path]) => path));
  return Object.fromEntries(paths.map((path) => [path, written.has(path) ? 'written' : 'unchanged']));
}

const aside = (folder: string, path: string): string =>
  join(folder, dirname(path), `.${basename(path)}${ASIDE}`);

/** End of the name of a file that is being written; a killed run leaves such. */
export const ASIDE = '.new';
