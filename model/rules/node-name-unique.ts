import { formatPath } from '../diagnostics/diagnostics';
import type { NodeDraft } from '../cluster/definition/draft';
import { clusterRule, error } from './lib/rule';

export const nodeNameUnique = clusterRule(
  'node-name-unique',
  'A node name is used once in a cluster, over all lists and pools',
  function* (cluster) {
    const owners = new Map<string, NodeDraft>();
    // Two pools that overlap share many names: one of them tells it.
    const told = new Set<string>();
    for (const node of cluster.nodes) {
      if (node.name === '') continue;
      const owner = owners.get(node.name);
      if (!owner) {
        owners.set(node.name, node);
        continue;
      }
      const [here, there] = [formatPath(node.path), formatPath(owner.path)];
      if (told.has(`${here} ${there}`)) continue;
      told.add(`${here} ${there}`);
      const message = `"${node.name}" is also the name of a node in ${there}, and only one VM can have it; rename one`;
      yield error([...node.path, 'name'], message);
    }
  },
);
