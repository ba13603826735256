import { stateAddress, stateKey } from '../backends/state-address';
import type { ClusterDraft } from '../draft';
import { error, runRule } from './rule';

export const backendShared = runRule(
  'backend-shared',
  'Each cluster has a state of its own',
  function* (clusters) {
    const owners = new Map<string, ClusterDraft>();
    for (const cluster of clusters) {
      const { backend, broken, definition } = cluster;
      // A default path has the name of the cluster; two of one name are told by `cluster-name`.
      if (definition.backend?.config === undefined && backend.type === 'local') continue;
      if ([...broken].some((path) => path === '' || path.startsWith('backend'))) continue;
      const address = stateAddress(backend);
      if (address === undefined) continue;
      const owner = owners.get(address);
      if (!owner) owners.set(address, cluster);
      else {
        const what = `cluster "${owner.name}" keeps its state at the same place, where each would delete what the other made`;
        const message = `${what}; give each a ${stateKey(backend).join('.')} of its own`;
        yield { ...error(['backend', 'config'], message), cluster };
      }
    }
  },
);
