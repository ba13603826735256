import { formatDiagnostic, hasErrors } from '../../model/definition/diagnostics';
import { loadDefinitions, type CheckedCluster } from '../../model/definition/load';
import { didYouMean, list } from '../../model/text';
import { loadNamed } from './definitions';

/** The cluster that a command is for, or in `problems` why there is none. */
export type Chosen = CheckedCluster | { readonly problems: readonly string[] };

/**
 * Loads definitions and takes one cluster.
 *
 * @param name may be left out where there is only one
 */
export async function chooseCluster(path: string, name?: string): Promise<Chosen> {
  const { clusters, diagnostics } = await (name === undefined
    ? loadDefinitions(path)
    : loadNamed(name, path));
  if (hasErrors(diagnostics)) return { problems: diagnostics.map(formatDiagnostic) };
  const names = clusters.map(({ cluster }) => cluster.name);
  const [only] = clusters;
  if (name === undefined && only && clusters.length === 1) return only;
  const found = clusters.find(({ cluster }) => cluster.name === name);
  if (found) return found;
  const what = name === undefined ? 'name a cluster' : `no cluster "${name}"`;
  return {
    problems: [`error: ${what}; defined: ${list(names)}${name === undefined ? '' : didYouMean(name, names)}`],
  };
}
