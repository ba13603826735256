/** Compares a freshly generated folder with the committed one, and makes the one like the other. */
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';

export interface FileDifference {
  /** `added`: only in the fresh folder. `removed`: only in the committed one. */
  readonly kind: 'added' | 'changed' | 'removed';
  /** With forward slashes on every system. */
  readonly path: string;
}

/** Relative paths of all files below a folder, sorted; nothing when the folder does not exist. */
export function listFiles(folder: string): string[] {
  if (!existsSync(folder)) {
    return [];
  }
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();
}

/** What must happen to `committed` for it to equal `fresh`. */
export function compareFolders(committed: string, fresh: string): FileDifference[] {
  const before = new Set(listFiles(committed));
  const after = new Set(listFiles(fresh));
  return [...new Set([...before, ...after])].sort().flatMap((path): FileDifference[] => {
    if (!before.has(path)) {
      return [{ kind: 'added', path }];
    }
    if (!after.has(path)) {
      return [{ kind: 'removed', path }];
    }
    // A checkout with CRLF is told apart on purpose: .gitattributes asks for LF.
    const same = readFileSync(join(committed, path)).equals(readFileSync(join(fresh, path)));
    return same ? [] : [{ kind: 'changed', path }];
  });
}

/** Carries the differences out. Files that are the same are not touched, so builds keep their caches. */
export function applyDifferences(
  committed: string,
  fresh: string,
  differences: readonly FileDifference[],
): void {
  for (const { kind, path } of differences) {
    const target = join(committed, path);
    if (kind === 'removed') {
      rmSync(target);
      removeEmptyFolders(dirname(target), committed);
    } else {
      mkdirSync(dirname(target), { recursive: true });
      copyFileSync(join(fresh, path), target);
    }
  }
}

function removeEmptyFolders(folder: string, root: string): void {
  if (folder !== root && readdirSync(folder).length === 0) {
    rmdirSync(folder);
    removeEmptyFolders(dirname(folder), root);
  }
}
