import { accessSync, constants, statSync } from 'node:fs';
import { temporaryFolder, type TemporaryFolder } from '../platform/temporary';

/** Folders that systems keep in memory, if they have one. */
export const memoryPlaces = (env: NodeJS.ProcessEnv = process.env): string[] =>
  [env['XDG_RUNTIME_DIR'], '/dev/shm'].flatMap((place) => (place && isUsable(place) ? [place] : []));

function isUsable(place: string): boolean {
  try {
    accessSync(place, constants.W_OK | constants.X_OK);
    return statSync(place).isDirectory();
  } catch {
    return false;
  }
}

/**
 * A folder for what talosctl takes from files only: a talosconfig, and patches. It is for its owner alone, in memory where the
 * system has such a place, and gone when its work or our process ends, however that ends.
 *
 * @param onDisk told where it has to be on a disk
 */
export function secretFolder(onDisk: () => void): TemporaryFolder {
  const [place] = memoryPlaces();
  if (place === undefined) onDisk();
  return temporaryFolder('talos', place);
}
