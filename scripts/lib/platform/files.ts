import { mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { sync as writeAtomic } from 'write-file-atomic';

/** Writes a file whole or not at all, and not when it has this text already. Makes the folder. */
export function writeIfChanged(path: string, text: string): 'written' | 'unchanged' {
  if (readIfThere(path) === text) return 'unchanged';
  mkdirSync(dirname(path), { recursive: true });
  writeAtomic(path, text);
  return 'written';
}

/** The text of a file; `undefined` if there is none. */
export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') return undefined;
    throw cause;
  }
}

/** The code of a failed system call, e.g. `EACCES`. */
export const errorCode = (cause: unknown): string =>
  typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : 'unknown reason';
