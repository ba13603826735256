/** Disk sizes: bytes inside, `50G` in configurations. */

export const KIB = 1024;
export const MIB = 1024 * KIB;
export const GIB = 1024 * MIB;

const UNITS: Readonly<Record<string, number>> = { '': 1, K: KIB, M: MIB, G: GIB, T: 1024 * GIB };

/** Bytes of `50G`, `4M`, `161061273600`; undefined if it is no size. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)([KMGT]?)$/.exec(text);
  if (!match) return undefined;
  return Math.round(Number(match[1]) * (UNITS[match[2] ?? ''] ?? 1));
}

/** The largest unit that divides the size without rest; like Proxmox there is none above G. */
export function formatSize(bytes: number): string {
  if (bytes === 0 || bytes % KIB !== 0) return String(bytes);
  if (bytes % MIB !== 0) return `${bytes / KIB}K`;
  if (bytes % GIB !== 0) return `${bytes / MIB}M`;
  return `${bytes / GIB}G`;
}
