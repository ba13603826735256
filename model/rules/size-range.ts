import type { ClusterDraft } from '../cluster/definition/draft';
import type { Path } from '../diagnostics/source';
import { placeOf } from '../cluster/definition/data-disks';
import type { Limit } from '../cluster/definition/keys';
import type { RoleDefaults } from '../cluster/definition/schema';
import { poolsBeyond } from '../cluster/resolve/nodes';
import { ROLE_FACTS } from '../cluster/roles';
import { clusterRule, error, written, type Finding } from './lib/rule';
import { meantGb, sizeProblem, SIZES } from './lib/sizes';

export const sizeRange = clusterRule(
  'size-range',
  'Sizes, counts and delays are whole numbers within the limits of Proxmox',
  function* (cluster) {
    for (const key of ['cpu_cores', 'os_disk_size_gb'] as const) {
      for (const { path, value } of written(cluster, key)) yield* number(path, value, SIZES[key]);
    }
    for (const { path, value } of written(cluster, 'memory_mb')) {
      const { min } = SIZES.memory_mb;
      if (meantGb(value) && value < min) yield error(path, `${value} MB is below ${min}${meantGb(value)}`);
      else yield* number(path, value, SIZES.memory_mb);
    }
    for (const disk of cluster.dataDisks.flat())
      yield* number(placeOf(disk, 'size_gb'), disk.sizeGb, SIZES.size_gb);
    for (const { path, value } of written(cluster, 'startup')) {
      const startup: NonNullable<RoleDefaults['startup']> = value;
      for (const key of ['order', 'up_delay', 'down_delay'] as const)
        yield* number([...path, key], startup[key], SIZES[key]);
    }
    for (const network of ['network_config', 'storage_network'] as const)
      yield* number([network, 'mtu'], cluster.definition[network]?.mtu, SIZES.mtu);
    yield* poolNumbers(cluster);
  },
);

function* poolNumbers({ definition }: ClusterDraft): Generator<Finding> {
  const last = SIZES.first_index.max;
  const beyond = poolsBeyond(definition);
  for (const [i, { count, first_index: first = 0, skip = [], role = 'worker' }] of (
    definition.node_pools ?? []
  ).entries()) {
    const path = ['node_pools', i];
    yield* number([...path, 'count'], count, SIZES.count);
    yield* number([...path, 'first_index'], first, SIZES.first_index);
    if (count === undefined || sizeProblem(count, SIZES.count) || sizeProblem(first, SIZES.first_index))
      continue;
    if (first + count - 1 > last) {
      yield error(
        [...path, 'first_index'],
        `the indexes of the pool end at ${first + count - 1}, above ${last}; use ${last + 1 - count} or less`,
      );
    }
    if (beyond.has(i)) {
      const all = (last + 1).toLocaleString('en-US');
      yield error(
        [...path, 'count'],
        `the pools of the ${ROLE_FACTS[role].title}s have more than ${all} nodes up to here, and no role has more indexes; lower it, or split the cluster`,
      );
    }
    for (const [j, number] of skip.entries()) {
      if (Number.isInteger(number) && number >= 1 && number <= count) continue;
      const names = count === 0 ? 'the pool has no nodes' : `the nodes of the pool are 1-${count}`;
      if (typeof number === 'number')
        yield error([...path, 'skip', j], `no node ${number} to skip, ${names}; remove it`);
    }
  }
}

function* number(path: Path, value: number | undefined, limit: Limit): Generator<Finding> {
  const problem = value === undefined ? undefined : sizeProblem(value, limit);
  if (problem) yield error(path, problem);
}
