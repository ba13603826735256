/** VMIDs from `first` to `last`, both included. */
export interface VmIdRange {
  readonly first: number;
  readonly last: number;
}

/** Limits that Proxmox sets. */
export const VM_ID_MIN = 100;
export const VM_ID_MAX = 999_999_999;

/** Reads `1000-1099`; `undefined` if it is not that form or runs backwards. */
export function parseVmIdRange(text: string): VmIdRange | undefined {
  const match = /^\s*(\d+)\s*-\s*(\d+)\s*$/.exec(text);
  if (!match) return undefined;
  const range = { first: Number(match[1]), last: Number(match[2]) };
  return range.first <= range.last ? range : undefined;
}

export const rangeSize = (range: VmIdRange): number => range.last - range.first + 1;

export const inRange = (range: VmIdRange, id: number): boolean => id >= range.first && id <= range.last;

/** The lowest stretch of `size` free VMIDs from `from` on that touches none of `taken`. */
export function freeRange(taken: readonly VmIdRange[], size: number, from = 1000): VmIdRange {
  let first = from;
  for (const range of [...taken].sort((a, b) => a.first - b.first)) {
    if (first + size - 1 < range.first) break;
    first = Math.max(first, range.last + 1);
  }
  return { first, last: first + size - 1 };
}
