import { MAX_INDEX } from './mac';

/** Whether MAC addresses can derive from a number. */
export const isIndex = (index: number): boolean =>
  Number.isInteger(index) && index >= 0 && index <= MAX_INDEX;

/** The number that a name ends in; `undefined` if there is none, or one that is too long. */
export function numberOfName(name: string): number | undefined {
  const digits = /(\d+)$/.exec(name)?.[1];
  const number = digits === undefined ? undefined : Number(digits);
  return Number.isSafeInteger(number) ? number : undefined;
}

/**
 * Index of a node from its name: the trailing number minus one, so that `talos-worker-1` has 0. `undefined` where the
 * name ends in no number, or in 0.
 */
export function indexFromName(name: string): number | undefined {
  const number = numberOfName(name);
  return number === undefined || number === 0 ? undefined : number - 1;
}
