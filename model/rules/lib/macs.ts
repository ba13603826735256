import type { ClusterDraft } from '../../cluster/definition/draft';
import { isMac, isUnicast } from '../../cluster/identity/mac';
import { members } from './run';

/** Octets with colons from a text that has as many in another notation: BC-24-11, bc2411, BC24.11; else `undefined`. */
export function toMac(text: string, octets: number): string | undefined {
  const digits = text.replace(/[\s:.-]/g, '').toUpperCase();
  if (!new RegExp(`^[0-9A-F]{${2 * octets}}$`).test(digits)) return undefined;
  const mac = (digits.match(/../g) ?? []).join(':');
  return isUnicast(mac) ? mac : toUnicast(mac);
}

/** The same with the multicast bit off. */
export const toUnicast = (mac: string): string =>
  ((parseInt(mac.slice(0, 2), 16) & 0xfe).toString(16).padStart(2, '0') + mac.slice(2)).toUpperCase();

/** Locally administered prefixes that nobody in a run uses: made from a name, so that the offer is the same each time. */
export class FreePrefixes {
  private readonly taken: Set<string>;

  constructor(clusters: readonly ClusterDraft[]) {
    this.taken = new Set(clusters.map(({ macPrefix }) => macPrefix.toUpperCase()));
    for (const { node } of members(clusters)) {
      for (const { mac } of node.nics) if (mac !== undefined && isMac(mac)) this.taken.add(mac.slice(0, 8));
    }
  }

  take(name: string): string {
    for (let number = hash(name); ; number = (number + 1) & 0xffff) {
      const digits = number.toString(16).toUpperCase().padStart(4, '0');
      const prefix = `02:${digits.slice(0, 2)}:${digits.slice(2)}`;
      if (this.taken.has(prefix)) continue;
      this.taken.add(prefix);
      return prefix;
    }
  }
}

/** FNV-1a, folded to 16 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) value = Math.imul(value ^ byte, 0x01000193) >>> 0;
  return (value >>> 16) ^ (value & 0xffff);
}
