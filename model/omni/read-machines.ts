import { machineStatusSchema, type MachineStatus } from './machine-status';
import { readObjects } from './read-objects';

/** The machines that Omni knows, or why omnictl's output cannot be used. */
export type MachinesRead = { readonly machines: readonly MachineStatus[] } | { readonly problem: string };

/** Reads the output of `omnictl get machinestatus -o json`. Empty output means that Omni knows no machines. */
export function readMachines(text: string): MachinesRead {
  const read = readObjects(text, machineStatusSchema);
  return 'problem' in read ? read : { machines: read.objects };
}
