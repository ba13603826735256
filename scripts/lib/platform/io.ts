import { Printable } from '../../../model/support/foreign';
import { errorCode, writeIfChanged } from './files';

/** Where a command writes: data to `out`, talk to `err`. Tests replace it. */
export interface Io {
  out(text: string): void;
  err(text: string): void;
  /** What a terminal is to do, for a display of our own. */
  control?(sequence: string): void;
}

const [out, err] = [new Printable(), new Printable()];

/** Foreign text has no power here: see `Printable`. */
export const processIo: Io = {
  out: (text) => void process.stdout.write(out.of(text)),
  err: (text) => void process.stderr.write(err.of(text)),
  control: (sequence) => void process.stderr.write(sequence),
};

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
