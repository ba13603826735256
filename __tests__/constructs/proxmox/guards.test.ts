import { Guards } from '../../../constructs/proxmox/guards';
import { ProxmoxServers } from '../../../constructs/proxmox/proxmox-servers';
import { BaseStack } from '../../../constructs/stacks/base-stack';
import { machineInventory } from '../../../model/inventory/machine';
import { cluster, node, render, testApp } from '../../testing/synth';

test('stand alone, beside VMs that another construct makes', () => {
  const stack = new BaseStack(testApp(), 'test');
  const home = cluster([node()]);
  ProxmoxServers.of(stack).addServers(home.servers);
  const guards = new Guards(stack, 'guards', { cluster: home });
  const { locals } = render(stack);

  expect(locals['guard_inventory']).toEqual(JSON.parse(JSON.stringify(machineInventory(home))));
  expect(locals['guard_nodes']).toContain('local.guard_inventory');
  expect(guards.precondition(node())).toMatchObject({
    condition: expect.objectContaining({ template: '${local.guard_problems["w-1"] == ""}' }) as unknown,
  });
});
