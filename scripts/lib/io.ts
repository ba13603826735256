/** Where a command writes: data to `out`, talk to `err`. Tests replace it. */
export interface Io {
  out(text: string): void;
  err(text: string): void;
}

export const processIo: Io = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
};

/** Tells what went wrong, a line each. @returns the exit code of a failure */
export function fail(problems: readonly string[], io: Io): 1 {
  for (const problem of problems) io.err(`${problem}\n`);
  return 1;
}
