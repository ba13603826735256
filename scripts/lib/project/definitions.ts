import { hasErrors, sortDiagnostics, type Diagnostic } from '../../../model/diagnostics/diagnostics';
import { loadDefinitions, type CheckedCluster, type Loaded } from '../../../model/load/load';
import { writtenPatches } from '../../../model/talos/written-patches';

/**
 * Loads and checks definitions as `loadDefinitions` does, and checks their patches against those that the definitions make.
 *
 * @param path a definition, or a folder of definitions
 */
export const load = async (path: string): Promise<Loaded> => checkPatches(await loadDefinitions(path));

/** Checks patches of people against those that the templates make. */
export async function checkPatches<T extends Pick<CheckedCluster, 'cluster' | 'draft'>>(loaded: {
  readonly clusters: readonly T[];
  readonly diagnostics: readonly Diagnostic[];
}): Promise<{ readonly clusters: readonly T[]; readonly diagnostics: readonly Diagnostic[] }> {
  const patched = loaded.clusters.filter(({ draft }) => !writtenPatches(draft).next().done);
  if (patched.length === 0) return loaded;
  // Loaded only where it is needed: templates take their time.
  const { overriddenPatches } = await import('../templates/overridden-patches');
  const found = patched.flatMap(overriddenPatches);
  const diagnostics = sortDiagnostics([...loaded.diagnostics, ...found]);
  return { clusters: hasErrors(found) ? [] : loaded.clusters, diagnostics };
}
