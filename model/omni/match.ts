import type { Inventory, InventoryMachine } from '../inventory/machine';
import { byBytes } from '../support/text';
import { inventoryMacs } from '../inventory/read';
import { joinObstacle } from './join-obstacle';
import { CLUSTER_LABEL, type MachineStatus } from './machine-status';

/**
 * What became of an inventory machine:
 * - `matched`: one Omni machine has its MAC and its UUID, and can be in the cluster;
 * - `missing`: not in Omni, or not ready yet: waiting may help;
 * - `ambiguous`: Omni and the inventory contradict each other;
 * - `foreign`: it is in another cluster;
 * - `incompatible`: its Talos version cannot join the cluster.
 */
type MatchState = 'matched' | 'missing' | 'ambiguous' | 'foreign' | 'incompatible';

/** Why a machine has its state. */
export type MatchReason =
  | 'matched'
  | 'matched-disconnected'
  | 'never-seen'
  | 'no-network-data'
  | 'disconnected'
  | 'several-machines'
  | 'several-nodes'
  | 'uuid-differs'
  | 'mac-differs'
  | 'other-cluster'
  | 'talos-version';

/** An inventory machine and the Omni machines that may be it: exactly one if `matched`. */
export interface NodeMatch {
  readonly name: string;
  readonly node: InventoryMachine;
  readonly state: MatchState;
  readonly reason: MatchReason;
  /** Sorted by id. */
  readonly machines: readonly MachineStatus[];
}

export interface Matching {
  readonly cluster: string;
  /** Every inventory machine once, in byte order of the names. */
  readonly nodes: readonly NodeMatch[];
  /** Omni machines that are no inventory machine and in no other cluster, sorted by id. */
  readonly strangers: readonly MachineStatus[];
}

export interface MatchOptions {
  readonly cluster: string;
  /** Talos version of the cluster; versions are not compared without it. */
  readonly talosVersion?: string;
}

/** Name of the cluster that has the machine; "" if it is free. */
export const clusterOf = ({ metadata, spec }: MachineStatus): string =>
  spec.cluster || (metadata.labels[CLUSTER_LABEL] ?? '');

/** Hardware addresses of a machine, upper case; an empty one identifies nothing and is left out. */
export const hardwareAddresses = ({ spec }: MachineStatus): string[] => [
  ...new Set(
    (spec.network?.networklinks ?? [])
      .map(({ hardwareaddress }) => hardwareaddress.toUpperCase())
      .filter((mac) => mac !== ''),
  ),
];

/**
 * Finds the Omni machine of each inventory machine: by MAC of any NIC, confirmed by the SMBIOS UUID. Host names and
 * addresses decide nothing: Talos invents the one and DHCP the other. The order of the input does not matter.
 */
export function matchMachines(
  inventory: Inventory,
  statuses: readonly MachineStatus[],
  options: MatchOptions,
): Matching {
  const machines = [...statuses].sort((a, b) => byBytes(a.metadata.id, b.metadata.id));
  const lookup = index(inventory, machines);
  const nodes = Object.entries(inventory)
    .sort(([a], [b]) => byBytes(a, b))
    .map(([name, node]): NodeMatch => ({ name, node, ...classify(node, lookup, options) }));
  const known = new Set(nodes.flatMap((match) => match.machines));
  const strangers = machines.filter(
    (machine) => !known.has(machine) && ['', options.cluster].includes(clusterOf(machine)),
  );
  return { cluster: options.cluster, nodes, strangers };
}

interface Lookup {
  /** Upper-case MAC → machines that have it. A bond repeats a MAC inside one machine: that counts once. */
  readonly byMac: ReadonlyMap<string, readonly MachineStatus[]>;
  /** Lower-case id → machine. */
  readonly byId: ReadonlyMap<string, MachineStatus>;
  /** Machine → number of inventory machines of which it has a MAC. */
  readonly nodeCount: ReadonlyMap<MachineStatus, number>;
}

function index(inventory: Inventory, machines: readonly MachineStatus[]): Lookup {
  const byMac = new Map<string, MachineStatus[]>();
  for (const machine of machines) {
    for (const mac of hardwareAddresses(machine)) {
      const sharing = byMac.get(mac);
      if (sharing) sharing.push(machine);
      else byMac.set(mac, [machine]);
    }
  }
  const nodeCount = new Map<MachineStatus, number>();
  for (const node of Object.values(inventory)) {
    for (const machine of withMacOf(node, byMac)) nodeCount.set(machine, (nodeCount.get(machine) ?? 0) + 1);
  }
  return {
    byMac,
    byId: new Map(machines.map((machine) => [machine.metadata.id.toLowerCase(), machine])),
    nodeCount,
  };
}

const withMacOf = (node: InventoryMachine, byMac: Lookup['byMac']): MachineStatus[] => [
  ...new Set(inventoryMacs(node).flatMap((mac) => byMac.get(mac) ?? [])),
];

type Classified = Pick<NodeMatch, 'state' | 'reason' | 'machines'>;

function classify(node: InventoryMachine, lookup: Lookup, options: MatchOptions): Classified {
  const found = withMacOf(node, lookup.byMac).sort((a, b) => byBytes(a.metadata.id, b.metadata.id));
  const uuid = node.smbios_uuid.toLowerCase();
  const planned = lookup.byId.get(uuid);
  const [machine] = found;
  if (!machine) return planned ? unproven(planned, options) : verdict('missing', 'never-seen');
  if (found.length > 1) return verdict('ambiguous', 'several-machines', ...found);
  if ((lookup.nodeCount.get(machine) ?? 0) > 1) return verdict('ambiguous', 'several-nodes', machine);
  if (uuid !== '' && machine !== planned) {
    return verdict('ambiguous', 'uuid-differs', machine, ...(planned ? [planned] : []));
  }
  return identified(machine, options);
}

/** A machine with the right UUID and none of the right MACs. */
function unproven(machine: MachineStatus, options: MatchOptions): Classified {
  if (hardwareAddresses(machine).length > 0) return verdict('ambiguous', 'mac-differs', machine);
  if (isForeign(machine, options)) return verdict('foreign', 'other-cluster', machine);
  return verdict('missing', machine.spec.connected ? 'no-network-data' : 'disconnected', machine);
}

/** A machine of which MAC and UUID are right. */
function identified(machine: MachineStatus, options: MatchOptions): Classified {
  if (isForeign(machine, options)) return verdict('foreign', 'other-cluster', machine);
  // A member that is down for a while stays a member: without it, the next sync would remove it from the cluster.
  if (clusterOf(machine) === options.cluster) {
    return verdict('matched', machine.spec.connected ? 'matched' : 'matched-disconnected', machine);
  }
  if (!machine.spec.connected) return verdict('missing', 'disconnected', machine);
  if (joinObstacle(machine, options.talosVersion) !== undefined) {
    return verdict('incompatible', 'talos-version', machine);
  }
  return verdict('matched', 'matched', machine);
}

const isForeign = (machine: MachineStatus, { cluster }: MatchOptions): boolean =>
  !['', cluster].includes(clusterOf(machine));

function verdict(state: MatchState, reason: MatchReason, ...machines: MachineStatus[]): Classified {
  return { state, reason, machines: machines.sort((a, b) => byBytes(a.metadata.id, b.metadata.id)) };
}
