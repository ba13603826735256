import { parseJsonStream } from './json-stream';
import { machineStatusSchema, type MachineStatus } from './machine-status';

/** The machines that Omni knows, or why omnictl's output cannot be used. */
export type MachinesRead = { readonly machines: readonly MachineStatus[] } | { readonly problem: string };

/** Reads the output of `omnictl get machinestatus -o json`. Empty output means that Omni knows no machines. */
export function readMachines(text: string): MachinesRead {
  const { values, problem } = parseJsonStream(text);
  if (problem !== undefined) return { problem };
  const machines: MachineStatus[] = [];
  for (const [index, value] of values.entries()) {
    const result = machineStatusSchema.safeParse(value);
    if (!result.success) return { problem: `machine ${index + 1} ${issueText(result.error.issues[0])}` };
    machines.push(result.data);
  }
  return { machines };
}

const issueText = (issue?: { path: PropertyKey[]; message: string }): string =>
  `has an unknown form at ${issue?.path.map(String).join('.') ?? ''}: ${issue?.message ?? ''}`;
