import { list } from '../support/text';
import { droppedExtensions, extensionLists } from '../talos/extensions';
import { clusterRule, error } from './lib/rule';

export const omniExtensionsSuperset = clusterRule(
  'omni-extensions-superset',
  'A list of extensions of a role or node repeats the list of the cluster, which it replaces',
  function* (cluster) {
    for (const { path, items } of extensionLists(cluster)) {
      const dropped = droppedExtensions(cluster, items);
      if (dropped.length === 0) continue;
      yield error(
        path,
        `this list replaces the one of the cluster and lacks ${list(dropped)}; add what is missing`,
      );
    }
  },
);
