import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readIfThere } from './files';

/**
 * Writes files of one folder that belong together. All are written aside before the first is renamed, so that a full disk
 * or a missing right changes nothing. The order of `files` is the order of the renames: name the file that others trust last,
 * and a kill in between leaves the old one, or the new one with all the rest new. The next run repairs the rest.
 *
 * @param files name → text
 */
export function writeTogether(
  folder: string,
  files: Readonly<Record<string, string>>,
): Record<string, 'written' | 'unchanged'> {
  mkdirSync(folder, { recursive: true });
  const changed = Object.entries(files).filter(([name, text]) => readIfThere(join(folder, name)) !== text);
  const aside = (name: string): string => join(folder, `.${name}.new`);
  try {
    for (const [name, text] of changed) writeFileSync(aside(name), text, { flush: true });
    for (const [name] of changed) renameSync(aside(name), join(folder, name));
  } finally {
    // Of all, because an earlier run may have been killed.
    for (const name of Object.keys(files)) rmSync(aside(name), { force: true });
  }
  const names = new Set(changed.map(([name]) => name));
  return Object.fromEntries(
    Object.keys(files).map((name) => [name, names.has(name) ? 'written' : 'unchanged']),
  );
}
