import { createHash } from 'node:crypto';
import { ClusterStack } from '../../constructs';
import { machineInventory } from '../../model/inventory/machine';
import {
  clusterProps,
  render,
  renderCluster,
  resource,
  resources,
  testApp,
  type Block,
} from '../testing/synth';

const postApply = { command: 'npm run discover' };

const trigger = (changes: Parameters<typeof renderCluster>[0]): unknown =>
  (resource(renderCluster({ postApply, ...changes }), 'null_resource', 'post_apply')['triggers'] as Block)[
    'inventory'
  ];

test('defaults: off, without any trace of the null provider', () => {
  const json = renderCluster();

  expect(resources(json, 'null_resource')).toEqual({});
  expect(json.provider).not.toHaveProperty('null');
  expect(json.terraform['required_providers']).not.toHaveProperty('null');
});

test('runs the command after all VMs, once per inventory', () => {
  const stack = new ClusterStack(testApp(), 'home', clusterProps({ postApply }));
  const inventory = JSON.stringify(machineInventory(stack.cluster.cluster));
  const json = render(stack);

  expect(resources(json, 'null_resource')).toEqual({
    post_apply: {
      triggers: { inventory: createHash('sha256').update(inventory).digest('hex') },
      provisioner: [{ 'local-exec': { command: 'npm run discover' } }],
      depends_on: ['proxmox_virtual_environment_vm.cp-1', 'proxmox_virtual_environment_vm.w-1'],
    },
  });
  expect(json.provider['null']).toEqual([{}]);
  expect(json.terraform['required_providers']).toHaveProperty('null');
});

test('runs again when the inventory changes, and only then', () => {
  const before = trigger({});

  expect(trigger({ workers: [{ name: 'w-1', memoryMb: 16384 }] })).not.toBe(before);
  expect(trigger({ workers: [{ name: 'w-1' }, { name: 'w-2' }] })).not.toBe(before);
  expect(trigger({ workers: [{ name: 'w-1', vmStartOnBoot: false }] })).toBe(before);
});

test('hands the command to the shell as it is written', () => {
  const command = 'echo "${HOME}" %{x} $(date) $${PATH}\n100%';
  const made = resource(renderCluster({ postApply: { command } }), 'null_resource', 'post_apply');

  expect(made['provisioner']).toEqual([
    { 'local-exec': { command: 'echo "$${HOME}" %%{x} $(date) $$${PATH}\n100%' } },
  ]);
});
