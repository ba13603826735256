import type { Io } from '../../../model/diagnostics/io';
import { writeIfChanged } from './files';
import { errorCode } from '../../../model/support/files';

/** Tells what went wrong, a line each. @returns the exit code of a failure */
export function fail(problems: readonly string[], io: Io): 1 {
  for (const problem of problems) io.err(`${problem}\n`);
  return 1;
}

/** Writes what a flag asks for into a file, and says so. @returns whether that could be done */
export function writeAndTell(file: string, content: string, io: Io): boolean {
  try {
    io.err(`${file}: ${writeIfChanged(file, content)}\n`);
    return true;
  } catch (cause) {
    io.err(`error: ${file}: cannot be written (${errorCode(cause)}); check the folder and its permissions\n`);
    return false;
  }
}
