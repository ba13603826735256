import { ProxmoxServers } from '../../../constructs/proxmox/proxmox-servers';
import { ResourcePools } from '../../../constructs/proxmox/resource-pools';
import { BaseStack } from '../../../constructs/stacks/base-stack';
import type { ResourcePool, Server } from '../../../model/cluster/cluster';
import {
  POOL,
  render,
  renderCluster,
  resource,
  resources,
  server,
  testApp,
  VM,
  type Rendered,
} from '../../testing/synth';

const alone = server('pve1');
const memberA = server('dc-a', { site: 'cluster dc', siteName: 'dc' });
const memberB = server('dc-b', { site: 'cluster dc', siteName: 'dc' });

function pools(
  pool: ResourcePool | undefined,
  hosting: readonly Server[],
): { made: ResourcePools; json: Rendered } {
  const stack = new BaseStack(testApp(), 'test');
  ProxmoxServers.of(stack).addServers(hosting);
  const made = new ResourcePools(stack, 'resource-pools', pool, hosting);
  return { made, json: render(stack) };
}

test('defaults', () => {
  expect(resources(pools({ id: 'talos', create: true }, [alone]).json, POOL)).toEqual({
    talos_pve1: { provider: 'proxmox.pve1', pool_id: 'talos', comment: '' },
  });
});

test('is one per Proxmox cluster and one per standalone server', () => {
  const { json } = pools({ id: 'talos', create: true, comment: '100%{x}' }, [memberA, memberB, alone]);

  expect(Object.keys(resources(json, POOL)).sort()).toEqual(['talos_dc', 'talos_pve1']);
  expect(resource(json, POOL, 'talos_dc')).toEqual({
    provider: 'proxmox.dc-a',
    pool_id: 'talos',
    comment: '100%%{x}',
  });
});

test('exists before the VMs of its site', () => {
  const { made } = pools({ id: 'talos', create: true }, [memberA, memberB, alone]);

  expect(made.dependencies(memberB)[0]).toBe(made.dependencies(memberA)[0]);
  expect(made.dependencies(memberB)[0]).not.toBe(made.dependencies(alone)[0]);
  expect(made.dependencies(memberB)).toHaveLength(1);
  expect(made.dependencies(server('elsewhere'))).toEqual([]);
});

test('is not made where it exists or where there is none', () => {
  const existing = pools({ id: 'talos', create: false }, [alone]);

  expect(resources(existing.json, POOL)).toEqual({});
  expect(existing.made.dependencies(alone)).toEqual([]);
  expect(resources(pools(undefined, [alone]).json, POOL)).toEqual({});
});

test('in a cluster: the VMs join it, after it is made if the cluster owns it', () => {
  const owned = renderCluster({ resourcePool: { id: 'talos', create: true } });
  const existing = renderCluster({ resourcePool: { id: 'talos' } });

  const depends = ['proxmox_virtual_environment_pool.talos_pve1'];
  expect(resource(owned, VM, 'w-1')).toMatchObject({ pool_id: 'talos', depends_on: depends });
  expect(resource(existing, VM, 'w-1')).toMatchObject({ pool_id: 'talos' });
  expect(resource(existing, VM, 'w-1')).not.toHaveProperty('depends_on');
});
