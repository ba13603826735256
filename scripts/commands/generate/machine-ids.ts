import { join } from 'node:path';
import { fileProblem, type Diagnostic } from '../../../model/diagnostics/diagnostics';
import type { ClusterDraft } from '../../../model/cluster/definition/draft';
import { machineIds, type MachineIds } from '../../../model/omni/machine-ids';
import { MACHINE_FILES } from '../../../model/omni/matched-machines';
import { idsFromDefinition, ownIds, unmatchedNodes } from '../../../model/omni/template-problems';
import { errorCode, readIfThere } from '../../../model/support/files';
import { parseJson } from '../../../model/support/json';

export interface FoundIds {
  /** Id of every node, if there is no problem. */
  readonly ids: MachineIds;
  readonly problems: readonly Diagnostic[];
  /** Something to tell that is no problem. */
  readonly note?: string;
}

/** Omni machine ids of all nodes: those that discover found, or those that the definition foresees. */
export function findMachineIds(draft: ClusterDraft, fromDefinition: boolean): FoundIds {
  return fromDefinition ? idsFromDefinition(draft) : matchedIds(draft);
}

function matchedIds(draft: ClusterDraft): FoundIds {
  const file = join('machine-data', draft.name, MACHINE_FILES.matched);
  const fail = (message: string): FoundIds => ({ ids: new Map(), problems: [fileProblem(file, message)] });
  let text: string | undefined;
  try {
    text = readIfThere(file);
    if (text === undefined)
      return fail(
        'no such file; run npm run discover first, or take the UUIDs of the definition with --from-definition',
      );
  } catch (cause) {
    return fail(`cannot be read (${errorCode(cause)}); check its permissions`);
  }
  const json = parseJson(text);
  if ('problem' in json) return fail(`${json.problem}; run npm run discover again`);
  const ids = machineIds(json.value);
  if (typeof ids === 'string') return fail(ids);
  const own = ownIds(draft, ids);
  const problems = unmatchedNodes(draft, ids, file);
  return { ids: own.ids, problems, ...(own.left === undefined ? {} : { note: `${file}: ${own.left}` }) };
}
