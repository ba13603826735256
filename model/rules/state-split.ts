import { stateAddress, stateKey } from '../cluster/backends/state-address';
import type { ClusterDraft } from '../cluster/definition/draft';
import { error, runRule, type RunFinding } from './lib/rule';

const PATH = ['state_split'];

export const stateSplit = runRule(
  'state-split',
  'Each part of a split state has a stack and a state of its own',
  function* (clusters) {
    const owners = new Map<string, ClusterDraft>();
    for (const cluster of clusters) {
      for (const stack of [cluster.name, ...cluster.parts.map((part) => part.stack)]) {
        const owner = owners.get(stack);
        // Two clusters of one name are told by another rule.
        if (owner && owner.name !== cluster.name) yield sameStack(stack, owner, cluster);
        else owners.set(stack, cluster);
      }
      yield* sharedStates(cluster);
    }
  },
);

/** Parts are called `<cluster>-<key>`, as another cluster may be, or a part of one. Told at one that is split. */
function sameStack(stack: string, owner: ClusterDraft, cluster: ClusterDraft): RunFinding {
  const [here, other] = stack === cluster.name ? [owner, cluster] : [cluster, owner];
  const message = `the part "${stack}" is also a stack of cluster "${other.name}"; rename the cluster or what the part is called by`;
  return { ...error(PATH, message), cluster: here };
}

/** A part takes the name of the state from the definition, and puts its own behind it. */
function* sharedStates(cluster: ClusterDraft): Generator<RunFinding> {
  const { backend, parts } = cluster;
  if (parts.length === 0) return;
  const key = stateKey(backend).join('.');
  if (stateAddress(backend) === undefined) {
    // A file in the folder of each stack.
    if (backend.type === 'local') return;
    const message = `the ${backend.type} backend has no ${key} in the definition, and all parts would have one state; write it`;
    yield { ...error(PATH, message), cluster };
  }
  const owners = new Map<string, string>();
  for (const part of parts) {
    const address = stateAddress(part.backend);
    const owner = address === undefined ? undefined : owners.get(address);
    if (owner !== undefined) {
      const message = `"${owner}" and "${part.stack}" would have the same ${key}; rename what one is called by`;
      yield { ...error(PATH, message), cluster };
    }
    if (address !== undefined) owners.set(address, part.stack);
  }
}
