import { App, TerraformOutput } from 'cdktf';
import { BaseStack, ClusterStack } from '../../constructs';
import { clusterProps, render, testApp } from '../testing/synth';

describe('outputs', () => {
  const build = (changes = {}) => {
    const stack = new ClusterStack(testApp(), 'home', clusterProps(changes));
    return { stack, cluster: stack.cluster };
  };

  test('are values for other outputs of the stack, in text too', () => {
    const { stack, cluster } = build();
    new TerraformOutput(stack, 'mine', { value: cluster.outputs.machineInventory });
    new TerraformOutput(stack, 'text', {
      value: `endpoints: ${cluster.outputs.machineInventoryJson.toString()}`,
    });
    const { output } = render(stack);
    expect(output['mine']?.['value']).toBe(output['machine_inventory']?.['value']);
    expect(output['text']?.['value']).toMatch(/^endpoints: \$\{local\.machine_inventory_made \? /);
  });

  test('are all of them', () => {
    const { stack, cluster } = build();
    const { output } = render(stack);
    const names = Object.keys(cluster.outputs).map((key) =>
      key.replace(/[A-Z]/g, (up) => `_${up.toLowerCase()}`),
    );
    expect(names.sort()).toEqual(Object.keys(output).sort());
  });

  test('are refused in another stack, which takes plain values', () => {
    const { stack, cluster } = build();
    const other = new BaseStack(App.of(stack), 'other');
    new TerraformOutput(other, 'plain', { value: cluster.inventory['w-1']?.ip_address });
    expect(render(other).output['plain']).toEqual({ value: '192.168.10.110' });
    new TerraformOutput(other, 'mine', { value: cluster.outputs.machineInventory });
    expect(() => render(other)).toThrow(
      'output machine_inventory of home/machine_inventory is used here; stacks share',
    );
  });

  test('of machines are not in the first stack of a split state', () => {
    const { stack, cluster } = build({ stateSplit: 'server' });
    new TerraformOutput(stack, 'mine', { value: cluster.outputs.machineInventory });
    expect(() => render(stack)).toThrow(
      'the state is split, so that output machine_inventory is in the stacks of its parts',
    );
  });
});
