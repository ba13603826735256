import type { Diagnostic, Severity } from '../diagnostics/diagnostics';
import type { InventoryMachine } from '../inventory/machine';
import { count, list } from '../support/text';
import { inventoryMacs } from '../inventory/read';
import { joinObstacle } from './join-obstacle';
import type { MachineStatus } from './machine-status';
import { clusterOf, hardwareAddresses, type Matching, type MatchOptions, type NodeMatch } from './match';

/** What a person must know of a matching: one error for each machine that is not matched, and warnings. */
export function findings(matching: Matching, options: MatchOptions): Diagnostic[] {
  const { cluster, nodes, strangers } = matching;
  const unknown = waitingUnknown(strangers);
  return [
    ...nodes.flatMap((match) => {
      const told = describe(match, options, unknown);
      return told ? [{ file: cluster, path: match.name, ...told }] : [];
    }),
    ...strangers.map((machine) => ({
      file: cluster,
      path: machine.metadata.id,
      severity: 'warning' as const,
      rule: 'live-omni-stranger',
      message: strangerText(machine),
    })),
  ];
}

type MatchProblem = Pick<Diagnostic, 'severity' | 'rule' | 'message'>;

function describe(
  match: NodeMatch,
  options: MatchOptions,
  unknown: readonly string[],
): MatchProblem | undefined {
  const { node, machines } = match;
  const ids = list(machines.map(({ metadata }) => metadata.id));
  const macs = list(inventoryMacs(node));
  const vm = vmText(node);
  const tell = (rule: string, message: string, severity: Severity = 'error'): MatchProblem => ({
    rule: `live-omni-${rule}`,
    severity,
    message,
  });
  switch (match.reason) {
    case 'matched':
      return undefined;
    case 'matched-disconnected':
      return tell(
        'disconnected',
        `member ${ids} of this cluster is not connected to Omni; start ${vm}`,
        'warning',
      );
    case 'never-seen':
      return tell(
        'missing',
        `no machine with MAC ${macs} is in Omni; check that ${vm} is started, has an address and boots an image of this Omni${maybe(node, unknown)}`,
      );
    case 'no-network-data':
      return tell(
        'missing',
        `${ids} has joined, but no network data yet (MAC ${macs}); wait and run npm run discover again`,
      );
    case 'disconnected':
      return tell(
        'missing',
        `${ids} (MAC ${macs}) is known to Omni, but not connected; start ${vm}, then run npm run discover again`,
      );
    case 'several-machines':
      return tell(
        'duplicate-mac',
        `MAC ${macs} is on Omni machines ${ids}; delete the dead one in Omni, or give a clone its own MAC`,
      );
    case 'several-nodes':
      return tell(
        'shared-machine',
        `Omni machine ${ids} has the MACs of several VMs of the inventory: ${list(machines.flatMap(hardwareAddresses))}; a NIC was moved or cloned: give each VM the MACs of its definition`,
      );
    case 'uuid-differs':
      return tell(
        'uuid-differs',
        `the machine with MAC ${macs} is ${foundByMac(match)} in Omni, but the inventory says ${node.smbios_uuid}; if ${vm} was cloned or rebuilt, remove the stale machine in Omni and let it join again; if it keeps a UUID of its own, write adopted: true`,
      );
    case 'mac-differs':
      return tell(
        'mac-differs',
        `Omni machine ${ids} has the UUID of ${vm}, but MAC ${list(machines.flatMap(hardwareAddresses))} instead of ${macs}; correct the MAC of the VM or of the definition`,
      );
    case 'other-cluster':
      return tell(
        'foreign',
        `${ids} (MAC ${macs}) is in cluster "${list(machines.map(clusterOf))}" of Omni, not in "${options.cluster}"; it must leave that cluster in Omni first`,
      );
    case 'talos-version':
      return tell('talos-version', machines.map((machine) => obstacleText(machine, options)).join(''));
  }
}

/** The id that was found by MAC, where the planned machine stands beside it. */
const foundByMac = ({ node, machines }: NodeMatch): string =>
  list(
    machines
      .map(({ metadata }) => metadata.id)
      .filter((id) => id.toLowerCase() !== node.smbios_uuid.toLowerCase()),
  );

function obstacleText(machine: MachineStatus, { talosVersion = '' }: MatchOptions): string {
  const { id } = machine.metadata;
  const version = machine.spec.talosversion;
  return joinObstacle(machine, talosVersion) === 'newer'
    ? `${id} runs Talos ${version}, newer than ${talosVersion} of the cluster, and Omni does not downgrade; boot it from an image of ${talosVersion}, or raise talos_version`
    : `${id} runs Talos ${version} without installation, and can join only a cluster of the same minor, not ${talosVersion}; boot it from an image of ${talosVersion}`;
}

const vmText = ({ vm_id, proxmox_node, ip_address }: InventoryMachine): string =>
  `VM ${vm_id} on ${proxmox_node} (${ip_address})`;

/** A VM whose UUID nobody knows may be one of those that have told no MAC yet. */
const maybe = ({ smbios_uuid }: InventoryMachine, unknown: readonly string[]): string =>
  smbios_uuid === '' && unknown.length > 0
    ? `; it may be one that has no network data yet: ${list(unknown)}`
    : '';

const waitingUnknown = (strangers: readonly MachineStatus[]): string[] =>
  strangers.filter((machine) => hardwareAddresses(machine).length === 0).map(({ metadata }) => metadata.id);

function strangerText(machine: MachineStatus): string {
  const addresses = hardwareAddresses(machine);
  const what = addresses.length === 0 ? 'without network data' : `with MAC ${list(addresses)}`;
  const cluster = clusterOf(machine);
  return cluster === ''
    ? `Omni machine ${what} is not in the inventory; it is left alone`
    : `Omni machine ${what} is in cluster "${cluster}", but not in the inventory; unless a machine class has put it there, apply will ask before it removes it`;
}

/** `5 of 6 machines matched`. */
export const matchSummary = ({ nodes }: Matching): string =>
  `${nodes.filter(({ state }) => state === 'matched').length} of ${count(nodes.length, 'machine')} matched`;
