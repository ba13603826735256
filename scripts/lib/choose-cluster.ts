import { formatDiagnostic, hasErrors, type Diagnostic } from '../../model/definition/diagnostics';
import { loadDefinitions, type CheckedCluster } from '../../model/definition/load';
import { didYouMean, list } from '../../model/text';
import { loadNamed } from './definitions';

/** The cluster that a command is for, with what its definition is warned of; or in `problems` why there is none, as lines. */
export type Chosen =
  | (CheckedCluster & { readonly warnings: readonly Diagnostic[] })
  | { readonly problems: readonly string[]; readonly diagnostics: readonly Diagnostic[] };

/**
 * Loads definitions and takes one cluster.
 *
 * @param name may be left out where there is only one
 */
export async function chooseCluster(path: string, name?: string): Promise<Chosen> {
  const { clusters, diagnostics } = await (name === undefined
    ? loadDefinitions(path)
    : loadNamed(name, path));
  if (hasErrors(diagnostics)) return { problems: diagnostics.map(formatDiagnostic), diagnostics };
  const names = clusters.map(({ cluster }) => cluster.name);
  const isOnly = name === undefined && clusters.length === 1;
  const found = isOnly ? clusters[0] : clusters.find(({ cluster }) => cluster.name === name);
  if (found)
    return { ...found, warnings: diagnostics.filter(({ file }) => file === found.draft.source.file) };
  const what = name === undefined ? 'name a cluster' : `no cluster "${name}"`;
  const guess = name === undefined ? '' : didYouMean(name, names);
  return { problems: [`error: ${what}; defined: ${list(names)}${guess}`], diagnostics: [] };
}
