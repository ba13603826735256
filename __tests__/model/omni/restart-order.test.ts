import type { LiveCluster } from '../../../model/omni/live-cluster';
import { restartObstacle, restartOrder } from '../../../model/omni/restart-order';
import { clusterOf } from '../../testing/plan-cases';

const cluster = clusterOf('nothing');

/** Control planes `a`, `b`, …, of which the upper-case ones are not ready. */
const live = (planes: string): LiveCluster => {
  const names = Array.from(planes);
  return {
    locked: false,
    leaving: [],
    patches: [],
    configured: new Map(),
    members: names.map((name) => ({
      id: name,
      name: name.toLowerCase(),
      set: 'home-control-planes',
      locked: false,
      lockedByHand: false,
    })),
    ready: new Map(names.map((name) => [name, name === name.toLowerCase()])),
  };
};

describe('a restart of one node after the other', () => {
  it('has the workers first, in the order of the definition', () => {
    const names = new Set(['talos-control-3', 'talos-worker-2', 'talos-control-1', 'talos-worker-1']);
    expect(restartOrder(cluster, names).map(({ name }) => name)).toEqual([
      ...['talos-worker-1', 'talos-worker-2', 'talos-control-1', 'talos-control-3'],
    ]);
  });

  it.each<[string, string, string | undefined]>([
    ['a', 'abc', undefined],
    ['a', 'a', undefined],
    ['a', 'Abc', undefined],
    ['a', 'abcdE', undefined],
    ['a', 'abC', '1 of 3 control planes would be healthy without a, and etcd needs 2 (not ready: c)'],
    ['a', 'abcDE', '2 of 5 control planes would be healthy without a, and etcd needs 3 (not ready: d, e)'],
    ['a', 'ab', '1 of 2 control planes would be healthy without a, and etcd needs 2'],
    ['a', '', 'Omni knows no control plane of the cluster'],
  ])('control plane %s of %s', (name, planes, obstacle) => {
    expect(restartObstacle({ name, role: 'control-plane' }, 'home', live(planes))).toBe(obstacle);
  });

  it('asks for a healthy etcd also before a worker goes', () => {
    expect(restartObstacle({ name: 'w', role: 'worker' }, 'home', live('abC'))).toBeUndefined();
    expect(restartObstacle({ name: 'w', role: 'worker' }, 'home', live('aBC'))).toBe(
      '1 of 3 control planes would be healthy, and etcd needs 2 (not ready: b, c)',
    );
  });
});
