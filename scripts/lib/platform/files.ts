import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { sync as writeAtomic } from 'write-file-atomic';
import { readIfThere } from '../../../model/support/files';

/** Writes a file whole or not at all, and not when it has this text already. Makes the folder. */
export function writeIfChanged(path: string, text: string): 'written' | 'unchanged' {
  if (readIfThere(path) === text) return 'unchanged';
  mkdirSync(dirname(path), { recursive: true });
  writeAtomic(path, text);
  return 'written';
}
