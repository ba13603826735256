import type { ClusterDraft } from '../cluster/definition/draft';
import { ROLE_SETS } from '../cluster/resolve/machine-config';
import { ROLE_FACTS } from '../cluster/roles';
import { error, runRule, type Finding } from './lib/rule';

export const machineSetName = runRule(
  'machine-set-name',
  'Node pools have names of their own, also in Omni, where a set is called <cluster>-<pool>; so have the patches of a pool',
  function* (clusters) {
    const owners = new Map<string, string>();
    for (const cluster of clusters)
      for (const name of Object.values(ROLE_SETS))
        owners.set(`${cluster.name}-${name}`, `machine set ${name} of cluster ${cluster.name}`);
    for (const cluster of clusters) {
      for (const [i, { name, role }] of (cluster.definition.node_pools ?? []).entries()) {
        if (name === undefined) continue;
        if (role !== 'control-plane') {
          const id = `${cluster.name}-${name}`;
          const owner = owners.get(id);
          if (owner !== undefined)
            yield {
              ...error(
                ['node_pools', i, 'name'],
                `Omni would call it ${id}, as it calls ${owner}; rename the pool`,
              ),
              cluster,
            };
          owners.set(id, `node pool ${name} of cluster ${cluster.name}`);
        }
        for (const finding of samePatches(cluster, i)) yield { ...finding, cluster };
      }
    }
  },
);

/** A pool and its role both go into one machine set. */
function* samePatches({ definition }: ClusterDraft, i: number): Generator<Finding> {
  const { role = 'worker', patches } = definition.node_pools?.[i] ?? {};
  const { key } = ROLE_FACTS[role];
  if (role === 'control-plane') return;
  for (const name of Object.keys(patches ?? {})) {
    if (definition.defaults?.[key]?.patches?.[name] === undefined) continue;
    yield {
      ...error(
        ['node_pools', i, 'patches', name],
        `defaults.${key} has a patch of this name too, and both go into one machine set; rename one`,
      ),
      atKey: true,
    };
  }
}
