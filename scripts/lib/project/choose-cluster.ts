import type { AssembledCluster } from '../../../model/assembly/read';
import { fileProblem, hasErrors, type Diagnostic } from '../../../model/diagnostics/diagnostics';
import { problemTexts } from '../../../model/diagnostics/lines';
import { didYouMean, list } from '../../../model/support/text';
import { loadAssemblies, loadNamed, type Assemblies } from './assemblies';
import type { Target } from './workspace';

/** The cluster that a command is for, with what its definition is warned of; or in `problems` why there is none, as lines. */
export type ChosenCluster =
  | (AssembledCluster & { readonly warnings: readonly Diagnostic[] })
  | { readonly problems: readonly string[]; readonly diagnostics: readonly Diagnostic[] };

/**
 * Loads definitions and takes one cluster.
 *
 * @param name may be left out where there is only one
 * @param mends rules that do not matter, because the command mends what they are about
 */
export async function chooseCluster(
  path: string,
  name?: string,
  mends?: readonly string[],
): Promise<ChosenCluster> {
  const loaded = name === undefined ? loadAssemblies(path, mends) : loadNamed(name, path, mends);
  const { clusters, diagnostics } = await loaded;
  if (hasErrors(diagnostics)) return { problems: problemTexts(diagnostics), diagnostics };
  const names = clusters.map(({ cluster }) => cluster.name);
  const isOnly = name === undefined && clusters.length === 1;
  const found = isOnly ? clusters[0] : clusters.find(({ cluster }) => cluster.name === name);
  if (found)
    return { ...found, warnings: diagnostics.filter(({ file }) => file === found.draft.source.file) };
  const what = name === undefined ? 'name a cluster' : `no cluster "${name}"`;
  const guess = name === undefined ? '' : didYouMean(name, names);
  return { problems: [`error: ${what}; defined: ${list(names)}${guess}`], diagnostics: [] };
}

/** Loads definitions and takes the cluster that is named, or all of them. */
export async function chooseClusters({ cluster: name, definitions }: Target): Promise<Assemblies> {
  if (name === undefined) return loadAssemblies(definitions);
  const loaded = await loadNamed(name, definitions);
  const clusters = loaded.clusters.filter(({ cluster }) => cluster.name === name);
  if (clusters.length > 0 || hasErrors(loaded.diagnostics)) return { ...loaded, clusters };
  const names = loaded.clusters.map(({ cluster }) => cluster.name);
  const message = `no definition of a cluster "${name}"; ${didYouMean(name, names).replace(/^; /, '') || `there is ${list(names)}`}`;
  return { clusters, diagnostics: [fileProblem(definitions, message)] };
}

/** Name of the cluster that a command is for, which needs no definition where somebody says it. */
export async function chooseName({
  cluster,
  definitions,
}: Target): Promise<string | { readonly problems: readonly string[] }> {
  if (cluster !== undefined) return cluster;
  const chosen = await chooseCluster(definitions);
  return 'problems' in chosen ? chosen : chosen.cluster.name;
}
