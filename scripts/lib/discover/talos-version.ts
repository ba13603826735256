import { loadDefinitions } from '../../../model/definition/load';

/** Talos version that the definition of a cluster asks for; `undefined` without a definition that is free of errors. */
export async function definedTalosVersion(cluster: string): Promise<string | undefined> {
  const { clusters } = await loadDefinitions(process.env['CLUSTERS'] || 'clusters');
  return clusters.find((checked) => checked.cluster.name === cluster)?.cluster.talosVersion;
}
