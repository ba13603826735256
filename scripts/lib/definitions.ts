import { hasErrors, sortDiagnostics } from '../../model/definition/diagnostics';
import { loadDefinitions, type CheckedCluster, type Loaded } from '../../model/definition/load';
import { writtenPatches } from '../../model/rules/lib/patches';
import { definitionFile } from './workspace';

/**
 * Loads and checks definitions as `loadDefinitions` does, and checks their patches against those that the definitions make.
 *
 * @param path a definition, or a folder of definitions
 */
export async function load(path: string): Promise<Loaded> {
  const loaded = await loadDefinitions(path);
  const patched = loaded.clusters.filter(({ draft }) => !writtenPatches(draft).next().done);
  if (patched.length === 0) return loaded;
  // Loaded only where it is needed: templates take their time.
  const { overriddenPatches } = await import('./generate/overridden-patches');
  const found = patched.flatMap(overriddenPatches);
  const diagnostics = sortDiagnostics([...loaded.diagnostics, ...found]);
  return hasErrors(found) ? { clusters: [], diagnostics } : loaded;
}

/** Loads what defines a cluster: the file that is called like it, for speed and so that errors of others do not matter. */
export const loadNamed = (cluster: string, definitions: string): Promise<Loaded> =>
  load(definitionFile(cluster, definitions) ?? definitions);

/** The definition of a cluster; `undefined` if there is none that is free of errors. */
export async function definitionOf(
  cluster: string,
  definitions: string,
): Promise<CheckedCluster | undefined> {
  const { clusters } = await loadNamed(cluster, definitions);
  return clusters.find((checked) => checked.cluster.name === cluster);
}
