import type { Diagnostic } from '../../../model/diagnostics/diagnostics';
import { unmatchedMachines } from '../../../model/omni/machine-files';
import type { Matching, MatchReason, NodeMatch } from '../../../model/omni/match';
import { formatTable } from '../../lib/platform/table';

const REASON_TEXT: Readonly<Record<MatchReason, string>> = {
  matched: 'matched',
  'matched-disconnected': 'matched, not connected',
  'never-seen': 'missing: not in Omni',
  'no-network-data': 'waiting: joined, no network data yet',
  disconnected: 'missing: not connected',
  'several-machines': 'ambiguous: one MAC on several machines',
  'several-nodes': 'ambiguous: one machine for several VMs',
  'uuid-differs': 'ambiguous: another UUID',
  'mac-differs': 'ambiguous: another MAC',
  'other-cluster': 'foreign: in another cluster',
  'talos-version': 'incompatible: Talos version',
};

/** State of an inventory machine as a person reads it. */
export const stateText = ({ reason }: NodeMatch): string => REASON_TEXT[reason];

/** The table of `discover`. */
export function discoverTable({ nodes }: Matching): string {
  const rows = nodes.map((match) => [
    match.name,
    match.node.role,
    match.node.proxmox_server,
    String(match.node.vm_id),
    match.node.mac_address,
    stateText(match),
    match.machines.map(({ metadata }) => metadata.id).join(' '),
  ]);
  return formatTable(['NODE', 'ROLE', 'SERVER', 'VMID', 'MAC', 'STATE', 'OMNI ID'], rows);
}

/** The JSON of `discover`: one entry for each inventory machine, and all problems. */
export function discoverJson(
  cluster: string,
  {
    matching,
    diagnostics,
    files,
  }: {
    readonly matching?: Matching;
    readonly diagnostics: readonly Diagnostic[];
    readonly files: Readonly<Record<string, string>>;
  },
): unknown {
  return {
    format_version: 1,
    cluster,
    complete: matching !== undefined && matching.nodes.every(({ state }) => state === 'matched'),
    nodes: (matching?.nodes ?? []).map(({ name, node, state, reason, machines }) => ({
      name,
      role: node.role,
      proxmox_server: node.proxmox_server,
      vm_id: node.vm_id,
      mac_address: node.mac_address,
      state,
      reason,
      omni_uuids: machines.map(({ metadata }) => metadata.id),
    })),
    strangers: matching ? unmatchedMachines(matching, diagnostics).strangers : [],
    diagnostics,
    files,
  };
}
