import { MAX_INDEX } from './mac';

/** Whether MAC addresses can derive from a number. */
export const isIndex = (index: number): boolean =>
  Number.isInteger(index) && index >= 0 && index <= MAX_INDEX;

/**
 * Index of a node from its name: the trailing number minus one, so that `talos-worker-1` has 0. `undefined` where the
 * name ends in no number, or in 0.
 */
export function indexFromName(name: string): number | undefined {
  const digits = /(\d+)$/.exec(name)?.[1];
  if (digits === undefined) return undefined;
  const index = Number(digits) - 1;
  return index >= 0 && Number.isSafeInteger(index) ? index : undefined;
}
