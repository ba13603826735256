import { clusterRule, error, isBroken, warning, type Finding } from './lib/rule';
import { poolFits, poolsBeyond } from '../cluster/resolve/nodes';
import { count } from '../support/text';

export const controlPlaneCount = clusterRule(
  'control-plane-count',
  'A cluster has 1, 3, 5 or 7 control planes',
  function* (cluster): Generator<Finding> {
    const { definition, nodes } = cluster;
    const pools = [...(definition.node_pools ?? []).entries()].filter(
      ([, { role }]) => role === 'control-plane',
    );
    // A broken pool is told by another rule.
    const beyond = poolsBeyond(definition);
    if (pools.some(([i, pool]) => !poolFits(pool) || beyond.has(i)) || isBroken(cluster, ['control_planes']))
      return;
    if (isBroken(cluster, ['node_pools'])) return;

    const pool = pools[0]?.[0];
    const listed = pool === undefined || (definition.control_planes ?? []).length > 0;
    const path = listed ? ['control_planes'] : ['node_pools', pool, 'count'];
    const at = (finding: Finding): Finding => ({ ...finding, atKey: listed });
    const n = nodes.filter(({ role }) => role === 'control-plane').length;
    if (n === 0) {
      yield at(error(path, 'the cluster has no control plane; define 1, 3, 5 or 7'));
    } else if (n % 2 === 0) {
      const use = n > 7 ? '7' : `${n + 1} or ${n - 1}`;
      const failures = count(Math.floor((n - 1) / 2), 'failure');
      yield at(error(path, `${n} control planes tolerate ${failures}, the same as ${n - 1}; use ${use}`));
    } else if (n > 7) {
      yield at(warning(path, `${n} control planes slow down every write to etcd; use 7 or fewer`));
    }
  },
);
