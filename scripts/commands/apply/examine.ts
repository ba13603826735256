import { fileProblem, hasErrors, type Diagnostic } from '../../../model/diagnostics/diagnostics';
import type { AssembledCluster } from '../../../model/assembly/read';
import {
  applyProblems,
  goneMachines,
  lockWarnings,
  patchProblems,
  type Checked,
  type Named,
} from '../../../model/omni/apply-checks';
import { changeWords } from '../../../model/omni/change-words';
import { compareMembers, type LeavingMember } from '../../../model/omni/membership';
import type { SyncLine } from '../../../model/omni/sync-lines';
import { askLiveCluster } from '../../lib/omni/live-cluster';
import type { Omnictl } from '../../lib/omni/omnictl';
import type { OmniProblem } from '../../lib/omni/problems';
import { keepLocks, withTemplate } from './kept-locks';
import { prepareSync, type PrepareOptions, type PreparedSync } from './prepare';
import { dryRun } from './sync';

/** All that is known before anything is changed. */
export interface Examined {
  readonly prepared: PreparedSync;
  readonly checked: Checked;
  /** Machines that are to be taken out of Omni, because they no longer exist. */
  readonly gone: readonly LeavingMember[];
  /** What omnictl would do. */
  readonly lines: readonly SyncLine[];
  /** The differences as omnictl shows them. */
  readonly diff: string;
  /** What would happen, in people's words. */
  readonly changes: readonly string[];
}

/** `examined` is absent where not even the differences can be told. With an error among the diagnostics nothing may be synced. */
export interface Examination {
  readonly examined?: Examined;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Looks at everything that speaks for or against a sync. Reads only, for which the role Reader is enough.
 *
 * @param file the generated template
 */
export async function examine(
  cluster: AssembledCluster,
  omnictl: Omnictl,
  file: string,
  { named, ...where }: PrepareOptions & { readonly named: Named },
): Promise<Examination> {
  const { name } = cluster.cluster;
  const prepared = await prepareSync(cluster, omnictl, where);
  if (!('wanted' in prepared)) return prepared;
  const asked = await askLiveCluster(omnictl, name);
  if ('problem' in asked) return { diagnostics: [omniDiagnostic(name, asked.problem)] };
  const { wanted, machines } = prepared;
  const { live } = asked;
  const membership = compareMembers(wanted, live, machines);
  const checked: Checked = { wanted, live, membership, named };
  const known = [...prepared.diagnostics, ...applyProblems(checked)];
  if (hasErrors(known)) return { diagnostics: known };

  const kept = keepLocks(prepared, live);
  const planned = await withTemplate(file, kept.template, (synced) => dryRun(omnictl, synced));
  if ('problem' in planned) return { diagnostics: [...known, omniDiagnostic(name, planned.problem)] };
  const { lines, diff } = planned;
  const gone = goneMachines(checked);
  return {
    examined: {
      prepared: kept,
      checked,
      gone,
      lines,
      diff,
      changes: changeWords({ wanted, live, membership, gone, lines }),
    },
    diagnostics: [
      ...known,
      ...patchProblems(lines, checked),
      ...(lines.length > 0 ? lockWarnings(checked) : []),
    ],
  };
}

/** What went wrong with Omni, as a problem of a cluster. */
export const omniDiagnostic = (cluster: string, { rule, message }: OmniProblem): Diagnostic =>
  fileProblem(cluster, rule === 'omni-role' ? `${message}; to sync it needs role Operator` : message, rule);
