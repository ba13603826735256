import { INSTALLED, inWordsOfPackage } from './commands';
import { Printable } from '../support/foreign';

/** Where a command writes: data to `out`, talk to `err`. Tests replace it. */
export interface Io {
  out(text: string): void;
  err(text: string): void;
  /** What a terminal is to do, for a display of our own. */
  control?(sequence: string): void;
}

const [out, err] = [new Printable(), new Printable()];

const asTyped = INSTALLED ? inWordsOfPackage : (text: string): string => text;

/** Streams of this process. Foreign text has no power here (see `Printable`), and commands read as one types them here. */
export const processIo: Io = {
  out: (text) => void process.stdout.write(out.of(asTyped(text))),
  err: (text) => void process.stderr.write(err.of(asTyped(text))),
  control: (sequence) => void process.stderr.write(sequence),
};
