import type { ClusterDraft } from '../cluster/definition/draft';
import { fileOf, isDnsLabel, toDnsLabel, use } from './lib/names';
import { error, runRule } from './lib/rule';

export const clusterName = runRule(
  'cluster-name',
  'A cluster name has only a-z, 0-9 and inner hyphens, and is unique over all definitions',
  function* (clusters) {
    const owners = new Map<string, ClusterDraft>();
    const path = ['cluster_name'];
    for (const cluster of clusters) {
      const name = cluster.definition.cluster_name;
      if (name === undefined) continue;
      const owner = owners.get(name);
      if (owner) {
        const message = `"${name}" is also the cluster in ${fileOf(owner, cluster)}, and both would have one stack and one state; rename one`;
        yield { ...error(path, message), cluster };
      } else if (!isDnsLabel(name)) {
        const repair = use(toDnsLabel(name), 'write a name, e.g. "home"');
        const message = `"${name}" may have only a-z, 0-9 and inner hyphens${repair}`;
        yield { ...error(path, message), cluster };
      }
      if (!owner) owners.set(name, cluster);
    }
  },
);
