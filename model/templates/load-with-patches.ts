import { dirname } from 'node:path';
import { hasErrors, type Diagnostic } from '../diagnostics/diagnostics';
import { sortDiagnostics } from '../diagnostics/sort';
import { loadDefinitions, type CheckedCluster, type Loaded } from '../load/load';
import { healthchecksOf } from '../cluster/management';
import type { Cluster } from '../cluster/cluster';
import { writtenPatches } from '../talos/written-patches';

/**
 * Loads and checks definitions as `loadDefinitions` does, and checks their patches against those that the definitions make.
 *
 * @param path a definition, or a folder of definitions
 */
export const load = async (path: string, mends?: readonly string[]): Promise<Loaded> =>
  checkPatches(await loadDefinitions(path), mends);

/**
 * Checks patches of people against those that the templates make, and the files that a definition names.
 *
 * @param mends rules that do not matter, because the command mends what they are about
 */
export async function checkPatches<T extends Pick<CheckedCluster, 'cluster' | 'draft'>>(
  loaded: { readonly clusters: readonly T[]; readonly diagnostics: readonly Diagnostic[] },
  mends: readonly string[] = [],
): Promise<{ readonly clusters: readonly T[]; readonly diagnostics: readonly Diagnostic[] }> {
  const patched = loaded.clusters.filter(({ draft }) => !writtenPatches(draft).next().done);
  const named = loaded.clusters.filter(({ cluster }) => namesFiles(cluster));
  if (patched.length + named.length === 0) return loaded;
  // Loaded only where they are needed: templates take their time.
  const { overriddenPatches } = await import('./overridden-patches');
  const { readNamedFiles } = await import('./named-files');
  const found = [
    ...patched.flatMap(overriddenPatches),
    ...named.flatMap(({ cluster, draft }) => readNamedFiles(cluster, dirname(draft.source.file)).diagnostics),
  ].filter(({ rule }) => !mends.includes(rule));
  const diagnostics = sortDiagnostics([...loaded.diagnostics, ...found]);
  return { clusters: hasErrors(found) ? [] : loaded.clusters, diagnostics };
}

const namesFiles = (cluster: Cluster): boolean =>
  cluster.manifests.length + healthchecksOf(cluster).length > 0;
