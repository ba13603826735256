import { InvalidArgumentError } from 'commander';

/** Reads a flag that says how many seconds to wait. */
export function seconds(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 3600)) throw new InvalidArgumentError('Expected seconds, from 1 to 3600.');
  return value;
}

/** Collects an option that may be repeated. */
export const collect = (item: string, before: readonly string[]): string[] => [...before, item];
