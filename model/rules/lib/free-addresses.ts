import type { ClusterDraft } from '../../cluster/definition/draft';
import { contains, formatAddress, parseAddress, parseAddressRange } from '../../support/net';
import { reservedAs, subnetOf, type NetworkName } from './addresses';

/** Addresses of a network that no definition of the run uses: free as far as we can know. */
export class FreeAddresses {
  private readonly taken = new Set<bigint>();
  private readonly subnet;
  /** The DHCP pool; empty if there is none. */
  private readonly pool: { readonly first: bigint; readonly last: bigint } = { first: 0n, last: -1n };
  private readonly first: bigint = 0n;
  private readonly last: bigint = -1n;
  private cursor = 0n;
  private full = false;

  constructor(clusters: readonly ClusterDraft[], cluster: ClusterDraft, network: NetworkName) {
    const subnet = subnetOf(cluster, network);
    this.subnet = subnet;
    if (!subnet) return;
    this.first = reservedAs(subnet.network, subnet) === undefined ? subnet.network : subnet.network + 1n;
    this.last = reservedAs(subnet.last, subnet) === undefined ? subnet.last : subnet.last - 1n;
    this.cursor = this.first;
    for (const { nodes, management } of clusters) {
      if (management.kind === 'standalone') this.use(management.vip ?? '');
      for (const { nics } of nodes) for (const { ip } of nics) this.cursor = this.use(ip ?? '');
    }
    this.use(cluster.network.gateway);
    for (const text of cluster.network.dnsServers) this.use(text);
    const pool = parseAddressRange(cluster.definition.network_config?.dhcp_range ?? '');
    if (pool && network === 'management') this.pool = { first: pool.first.value, last: pool.last.value };
  }

  /** `size` free addresses in a row, after all that nodes have, else the lowest ones; the first of them. */
  take(size = 1): string | undefined {
    if (!this.subnet || this.full) return undefined;
    const length = BigInt(size);
    for (let start = this.cursor, wrapped = false; ;) {
      if (start + length - 1n > this.last) {
        if (wrapped) {
          this.full = size === 1;
          return undefined;
        }
        wrapped = true;
        start = this.first;
        continue;
      }
      const blocked = this.blocked(start, start + length - 1n);
      if (blocked === undefined) {
        for (let value = start; value < start + length; value++) this.taken.add(value);
        this.cursor = start + length;
        return formatAddress({ version: this.subnet.version, value: start });
      }
      start = blocked + 1n;
    }
  }

  /** An address if it can be given to a node, else another one. */
  takeNear(value: bigint): string | undefined {
    if (!this.subnet || value < this.first || value > this.last || this.blocked(value, value) !== undefined) {
      return this.take();
    }
    this.taken.add(value);
    return formatAddress({ version: this.subnet.version, value });
  }

  /** Marks an address as used; gives the cursor behind it. */
  private use(text: string): bigint {
    const address = parseAddress(text);
    if (!address || !this.subnet || !contains(this.subnet, address)) return this.cursor;
    this.taken.add(address.value);
    return address.value >= this.cursor ? address.value + 1n : this.cursor;
  }

  /** The highest address of a stretch that is used; in the DHCP pool, its end. */
  private blocked(first: bigint, last: bigint): bigint | undefined {
    if (first <= this.pool.last && last >= this.pool.first) return this.pool.last;
    for (let value = last; value >= first; value--) if (this.taken.has(value)) return value;
    return undefined;
  }
}

/** `, e.g. 10.0.0.24`, or nothing where all addresses are used. */
export const eg = (address: string | undefined): string => (address === undefined ? '' : `, e.g. ${address}`);
