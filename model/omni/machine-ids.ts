import { issueWords } from '../support/issue-words';
import { matchedMachinesSchema } from './matched-machines';

/** Omni machine id by node name. */
export type MachineIds = ReadonlyMap<string, string>;

/**
 * Reads the content of `matched-machines.json`.
 *
 * @param parsed the parsed JSON
 * @returns node → Omni machine id, or in a sentence what is wrong with the file
 */
export function machineIds(parsed: unknown): MachineIds | string {
  const result = matchedMachinesSchema.safeParse(parsed);
  if (!result.success) {
    const what = issueWords(result.error.issues[0]);
    return `is not a list of matched machines of format version 1 (${what}); run npm run discover again`;
  }
  const ids = new Map<string, string>();
  const nodes = new Map<string, string>();
  for (const { terraform_name: node, omni_uuid } of result.data) {
    const id = omni_uuid.toLowerCase();
    const other = nodes.get(id);
    if (other !== undefined)
      return `gives the Omni machine ${id} to ${other} and ${node}; run npm run discover again`;
    if (ids.has(node)) return `lists ${node} twice; run npm run discover again`;
    ids.set(node, id);
    nodes.set(id, node);
  }
  return ids;
}
