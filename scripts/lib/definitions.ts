import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { loadDefinitions, type CheckedCluster, type Loaded } from '../../model/definition/load';

/** Loads what defines a cluster: the file that is called like it, for speed and so that errors of others do not matter. */
export function loadNamed(cluster: string, clusters: string): Promise<Loaded> {
  const folder = isFolder(clusters) ? clusters : undefined;
  const file =
    folder && ['.yaml', '.yml', '.tfvars'].map((end) => join(folder, cluster + end)).find(existsSync);
  return loadDefinitions(file ?? clusters);
}

/** What cannot be looked at is left to the loader, which says so. */
function isFolder(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  } catch {
    return false;
  }
}

/** The definition of a cluster, in `CLUSTERS`; `undefined` if there is none that is free of errors. */
export async function definitionOf(cluster: string): Promise<CheckedCluster | undefined> {
  const { clusters } = await loadNamed(cluster, process.env['CLUSTERS'] || 'clusters');
  return clusters.find((checked) => checked.cluster.name === cluster);
}
