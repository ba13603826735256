import type { Diagnostic } from '../diagnostics/diagnostics';
import { byBytes } from '../support/text';
import { inventoryMacs } from '../inventory/read';
import type { MachineStatus } from './machine-status';
import { clusterOf, hardwareAddresses, type Matching, type NodeMatch } from './match';
import { MACHINE_DATA_FORMAT_VERSION, type MatchedMachine, type UnmatchedMachines } from './matched-machines';

/** Content of `matched-machines.json`. */
export const matchedMachines = ({ nodes }: Matching): MatchedMachine[] =>
  nodes.flatMap(({ name, node, state, machines: [machine] }) =>
    state === 'matched' && machine
      ? [
          {
            format_version: MACHINE_DATA_FORMAT_VERSION,
            terraform_name: name,
            hostname: node.hostname,
            mac_address: node.mac_address.toUpperCase(),
            ip_address: node.ip_address,
            role: node.role,
            omni_uuid: machine.metadata.id,
            omni_name: machine.metadata.id,
            terraform_data: node,
            omni_data: machine,
          },
        ]
      : [],
  );

/** Content of `unmatched-machines.json`; `diagnostics` are the findings of the same matching. */
export const unmatchedMachines = (
  { cluster, nodes, strangers }: Matching,
  diagnostics: readonly Diagnostic[],
): UnmatchedMachines => ({
  format_version: MACHINE_DATA_FORMAT_VERSION,
  cluster,
  nodes: nodes.filter(({ state }) => state !== 'matched').map((match) => unmatchedNode(match, diagnostics)),
  strangers: strangers.map(stranger),
});

function unmatchedNode(
  { name, node, state, reason, machines }: NodeMatch,
  diagnostics: readonly Diagnostic[],
) {
  const found = diagnostics.find(({ path }) => path === name);
  return {
    terraform_name: name,
    state,
    reason,
    rule: found?.rule ?? '',
    message: found?.message ?? '',
    mac_addresses: inventoryMacs(node),
    smbios_uuid: node.smbios_uuid,
    omni_uuids: machines.map(({ metadata }) => metadata.id),
  };
}

const stranger = (machine: MachineStatus) => ({
  omni_uuid: machine.metadata.id,
  hostname: machine.spec.network?.hostname ?? '',
  ip_addresses: machine.spec.network?.addresses ?? [],
  mac_addresses: hardwareAddresses(machine),
  cluster: clusterOf(machine),
  connected: machine.spec.connected,
  talos_version: machine.spec.talosversion,
});

/** Lines `key=uuid` of the text files, in byte order of the node names. */
export function uuidLines(
  machines: readonly MatchedMachine[],
  key: 'hostname' | 'mac_address' | 'ip_address',
): string {
  return [...machines]
    .sort((a, b) => byBytes(a.terraform_name, b.terraform_name))
    .map((machine) => `${machine[key]}=${machine.omni_uuid}\n`)
    .join('');
}
