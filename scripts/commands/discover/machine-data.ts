import { join } from 'node:path';
import type { Diagnostic } from '../../../model/diagnostics/diagnostics';
import { matchedMachines, unmatchedMachines, uuidLines } from '../../../model/omni/machine-files';
import type { Matching } from '../../../model/omni/match';
import { MACHINE_FILES } from '../../../model/omni/matched-machines';
import { stableJson } from '../../lib/platform/json';
import { writeTogether } from '../../lib/platform/write-together';

/** Folder of the machine files of a cluster, below the working directory. */
export const machineDataFolder = (cluster: string): string => join('machine-data', cluster);

/** Writes all machine files of one matching. Returns what became of each, by path. */
export function writeMachineData(
  matching: Matching,
  diagnostics: readonly Diagnostic[],
): Record<string, 'written' | 'unchanged'> {
  const machines = matchedMachines(matching);
  const folder = machineDataFolder(matching.cluster);
  const written = writeTogether(folder, {
    [MACHINE_FILES.hostnames]: uuidLines(machines, 'hostname'),
    [MACHINE_FILES.macs]: uuidLines(machines, 'mac_address'),
    [MACHINE_FILES.ips]: uuidLines(machines, 'ip_address'),
    [MACHINE_FILES.unmatched]: stableJson(unmatchedMachines(matching, diagnostics)),
    // Last, because the next steps read this one: what they see is a whole run.
    [MACHINE_FILES.matched]: stableJson(machines),
  });
  return Object.fromEntries(Object.entries(written).map(([name, state]) => [join(folder, name), state]));
}
