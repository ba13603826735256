import type { ClusterDraft, NicDraft } from '../../cluster/definition/draft';
import { formatSubnet, parseAddress, type Subnet } from '../../support/net';
import { reservedAs, subnetOf } from './addresses';
import { FreeAddresses } from './free-addresses';
import type { Member } from './run';

/** A node with one of its NICs. */
export type Owner = Member & { readonly nic: NicDraft };

interface Facts {
  readonly number: number;
  readonly subnets: Readonly<Record<NicDraft['network'], Subnet | undefined>>;
  readonly gateway: bigint | undefined;
  /** What clusters in the same management network have in common. */
  readonly management: string | undefined;
  readonly storage: string | undefined;
}

/** The networks of a run: read once for each cluster, because thousands of NICs ask. */
export class Networks {
  private readonly facts: ReadonlyMap<ClusterDraft, Facts>;
  private readonly free = new Map<string, FreeAddresses>();

  constructor(private readonly clusters: readonly ClusterDraft[]) {
    this.facts = new Map(clusters.map((cluster, number) => [cluster, factsOf(cluster, number)]));
  }

  /** Place of a cluster in the run: its id, since names may be the same. */
  number(cluster: ClusterDraft): number {
    return this.facts.get(cluster)?.number ?? -1;
  }

  /** Told by `ip-reserved`, for each node that has it. */
  isReserved({ cluster, nic }: Owner, value: bigint): boolean {
    const facts = this.facts.get(cluster);
    if (nic.network === 'management' && value === facts?.gateway) return true;
    const subnet = facts?.subnets[nic.network];
    return subnet !== undefined && reservedAs(value, subnet) !== undefined;
  }

  /**
   * The networks that an address must be unique in: its own, and those of other clusters that are the same. A storage
   * network has no gateway to tell it by, so it takes the same management network or the same site as well.
   */
  of({ cluster, node, nic }: Owner): string[] {
    const { number, management, storage } = this.facts.get(cluster) ?? factsOf(cluster, -1);
    const own = `${number} ${nic.network}`;
    if (nic.network === 'management') return management === undefined ? [own] : [own, management];
    if (storage === undefined) return [own];
    const places = [management, node.server?.site].filter((place) => place !== undefined);
    return [own, ...places.map((place) => `${storage} ${place}`)];
  }

  /** Free addresses; clusters that share a network are not offered the same. */
  freeFor(owner: Owner): FreeAddresses {
    const [own = '', shared = own] = this.of(owner);
    const free = this.free.get(shared) ?? new FreeAddresses(this.clusters, owner.cluster, owner.nic.network);
    this.free.set(shared, free);
    return free;
  }
}

function factsOf(cluster: ClusterDraft, number: number): Facts {
  const { network_config: config, storage_network: second } = cluster.definition;
  const [management, storage] = [subnetOf(cluster, 'management'), subnetOf(cluster, 'storage')];
  return {
    number,
    subnets: { management, storage },
    gateway: parseAddress(cluster.network.gateway)?.value,
    management:
      management && `${formatSubnet(management)} ${cluster.network.gateway} ${config?.vlan_id ?? 0}`,
    storage: storage && `${formatSubnet(storage)} ${second?.vlan_id ?? 0}`,
  };
}
