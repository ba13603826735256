import { InvalidArgumentError, Option } from 'commander';
import { definitionsPath } from './workspace';

/** Reads a flag that says how many seconds to wait. */
export function seconds(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 3600)) throw new InvalidArgumentError('Expected seconds, from 1 to 3600.');
  return value;
}

/** Reads a flag that is a number, from 1. */
export function wholeNumber(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError('Expected a whole number.');
  return Number(text);
}

/** Reads a flag that names a plan, as a review prints it. */
export function planName(text: string): string {
  if (!/^[0-9a-f]{16}$/.test(text))
    throw new InvalidArgumentError('Expected the 16 characters that the review prints.');
  return text;
}

/** Collects an option that may be repeated. */
export const collect = (item: string, before: readonly string[]): string[] => [...before, item];

/** Argument of commands for one cluster. */
export const ONE = 'name of the cluster, or path of its definition; may be left out where there is just one';

/** Argument of commands for one cluster or all. */
export const ANY = 'name of a cluster, or path of a definition or of a folder of definitions (default: all)';

/** Where definitions are, for commands that say it by a flag. */
export const definitionsOption = (): Option =>
  new Option('--definitions <path>', 'a definition or a folder of definitions').default(definitionsPath());
