/** What is free on the servers: VMIDs, a MAC prefix, addresses. */
import { createHash } from 'node:crypto';
import { freeRange, inRange, type VmIdRange } from '../cluster/identity/vm-id';
import { formatAddress, parseAddress, parseAddressRange, type Subnet } from '../support/net';

/** VMIDs of one cluster: as many as the defaults of the roles take together. */
const VM_IDS = 1000;

/** Beyond it, thousands are not round numbers any more that anybody reads. */
const MOST_VM_ID = 1_000_000;

/** A thousand of VMIDs of which nobody has one; a round one where there is any. */
export function freeVmIds(taken: readonly number[]): VmIdRange {
  for (let first = VM_IDS; first < MOST_VM_ID; first += VM_IDS) {
    const range = { first, last: first + VM_IDS - 1 };
    if (!taken.some((id) => inRange(range, id))) return range;
  }
  return freeRange(
    taken.map((id) => ({ first: id, last: id })),
    VM_IDS,
    MOST_VM_ID,
  );
}

/** Three octets for addresses that are nobody's: locally administered, made of the name, so that two clusters differ. */
export function freeMacPrefix(name: string, taken: readonly string[]): string {
  for (let round = 0; ; round++) {
    const hash = createHash('sha256').update(`${name} ${round}`).digest('hex').toUpperCase();
    const prefix = `02:${hash.slice(0, 2)}:${hash.slice(2, 4)}`;
    if (!taken.some((mac) => mac.toUpperCase().startsWith(prefix))) return prefix;
  }
}

/** Addresses of the nodes of a network. */
export interface AddressWishes {
  readonly subnet: Subnet;
  /** Of servers, gateways, name servers and guests. */
  readonly taken: readonly string[];
  /** `first-last` */
  readonly dhcpRange?: string;
}

/** The first of so many addresses in a row that are free as far as anybody can see; tens where there is room for it. */
export function freeAddresses({ subnet, taken, dhcpRange }: AddressWishes, size: number): string | undefined {
  const used = new Set(
    taken
      .map(parseAddress)
      .flatMap((address) => (address?.version === subnet.version ? [address.value] : [])),
  );
  const pool = parseAddressRange(dhcpRange ?? '');
  const isFree = (value: bigint): boolean =>
    !used.has(value) && !(pool && value >= pool.first.value && value <= pool.last.value);
  const room = subnet.last - subnet.network;
  const [start, pace] = room > 64n ? [10n, 10n] : [2n, 1n];
  // The last address of an IPv4 network is for everybody. Nobody looks further than a few thousand.
  const end = room > 65536n ? subnet.network + 65536n : subnet.last;
  for (let first = subnet.network + start; first + BigInt(size) <= end; first += pace) {
    const all = Array.from({ length: size }, (_, i) => first + BigInt(i));
    if (all.every(isFree)) return formatAddress({ version: subnet.version, value: first });
  }
  return undefined;
}
