import { Printable } from '../support/foreign';

/** Where a command writes: data to `out`, talk to `err`. Tests replace it. */
export interface Io {
  out(text: string): void;
  err(text: string): void;
  /** What a terminal is to do, for a display of our own. */
  control?(sequence: string): void;
}

const [out, err] = [new Printable(), new Printable()];

/** Streams of this process. Foreign text has no power here: see `Printable`. */
export const processIo: Io = {
  out: (text) => void process.stdout.write(out.of(text)),
  err: (text) => void process.stderr.write(err.of(text)),
  control: (sequence) => void process.stderr.write(sequence),
};
