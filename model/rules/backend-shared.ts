import { stateAddress, stateKey } from '../cluster/backends/state-address';
import type { Backend } from '../cluster/cluster';
import type { ClusterDraft } from '../cluster/definition/draft';
import { error, runRule } from './lib/rule';

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
      const addresses = states(cluster).map(stateAddress);
      // A split state without a name is told by `state-split`.
      if (addresses.includes(undefined)) continue;
      const other = addresses.flatMap((address) => owners.get(address ?? '') ?? []).at(0);
      if (other) {
        const what = `cluster "${other.name}" keeps its state at the same place, where each would delete what the other made`;
        const message = `${what}; give each a ${stateKey(backend).join('.')} of its own`;
        yield { ...error(['backend', 'config'], message), cluster };
      }
      for (const address of addresses) if (!owners.has(address ?? '')) owners.set(address ?? '', cluster);
    }
  },
);

/** All states of a cluster. */
const states = ({ backend, parts }: ClusterDraft): Backend[] => [
  backend,
  ...parts.map((part) => part.backend),
];
