import { ClusterStack, TalosCluster } from '../../constructs';
import { clusterProps, render, testApp } from '../testing/synth';

test('defaults: stack, cluster and state have one name', () => {
  const { backend: _, ...props } = clusterProps();
  const stack = new ClusterStack(testApp(), 'prod', props);

  expect(stack.node.path).toBe('prod');
  expect(stack.cluster).toBeInstanceOf(TalosCluster);
  expect(stack.cluster.node.path).toBe('prod/cluster');
  expect(stack.cluster.cluster.name).toBe('prod');
  expect(render(stack).terraform['backend']).toEqual({ local: { path: '../../../state/prod.tfstate' } });
});

test('takes a name of its own for the cluster', () => {
  const stack = new ClusterStack(testApp(), 'site-a', clusterProps({ clusterName: 'prod' }));

  expect(stack.node.id).toBe('site-a');
  expect(stack.cluster.cluster.name).toBe('prod');
  expect(render(stack).output['cluster_summary']).toMatchObject({ value: { cluster_name: 'prod' } });
});

test('passes transforms on', () => {
  const transforms = { vm: <T extends object>(config: T): T => ({ ...config, migrate: true }) };
  const stack = new ClusterStack(testApp(), 'prod', { ...clusterProps(), transforms });

  expect(render(stack).resource['proxmox_virtual_environment_vm']?.['w-1']).toMatchObject({ migrate: true });
});
