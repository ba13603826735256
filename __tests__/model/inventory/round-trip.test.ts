import fc from 'fast-check';
import { machineInventory } from '../../../model/inventory/machine';
import { readInventory } from '../../../model/inventory/read';
import { changedSince, recordedMachines } from '../../../model/inventory/recorded';
import { staleNodes } from '../../../model/inventory/stale';
import { cluster, nic, node } from '../../testing/synth';

const hex = (n: number): string => n.toString(16).toUpperCase().padStart(2, '0');

/** Clusters whose machines have identities of their own. */
const anyCluster = fc
  .array(
    fc.record({
      role: fc.constantFrom('control-plane' as const, 'worker' as const, 'gpu-worker' as const),
      uuid: fc.option(fc.uuid(), { nil: undefined }),
      cpuCores: fc.integer({ min: 1, max: 64 }),
      nics: fc.integer({ min: 1, max: 3 }),
      gpuMappings: fc.array(fc.stringMatching(/^[a-z]{1,5}$/), { maxLength: 2 }),
    }),
    { minLength: 1, maxLength: 5 },
  )
  .map((machines) =>
    cluster(
      machines.map(({ nics, uuid, ...machine }, i) =>
        node({
          ...machine,
          name: `n-${i}`,
          vmId: 1000 + i,
          uuid: uuid === undefined ? undefined : `${i}${uuid.slice(1)}`,
          nics: Array.from({ length: nics }, (_, n) =>
            nic({ mac: `BC:24:11:0${n}:00:${hex(i)}`, ip: `192.168.1${n}.${i + 1}`, gateway: undefined }),
          ),
        }),
      ),
    ),
  );

test('what a stack puts out is read by the post-apply steps and by reviews as it was written', () => {
  fc.assert(
    fc.property(anyCluster, (any) => {
      const text = JSON.stringify(machineInventory(any));
      const read = readInventory('output', text, any.name);
      expect(read).toEqual({ inventory: machineInventory(any) });
      expect('inventory' in read && staleNodes(any, read.inventory)).toEqual([]);
      expect(changedSince(JSON.parse(text), any)).toEqual([]);
      expect([...recordedMachines(JSON.parse(text))]).toEqual(
        any.nodes.map(({ name, role, server, vmId, nics }) => [
          name,
          { role, server: server.key, vmid: vmId, ip: nics[0]?.ip },
        ]),
      );
    }),
  );
});

test('nodes that are not applied, or not as they are defined, are told of', () => {
  const any = cluster([node({ name: 'n-0', vmId: 1000 }), node({ name: 'n-1', vmId: 1001 })]);
  const inventory = machineInventory(any);
  const { 'n-0': first, ...without } = inventory;
  const apply = 'apply the stack first (npx cdktf deploy ' + any.name + ' --terraform-parallelism 4)';
  const told = (applied: typeof inventory) =>
    staleNodes(any, applied).map(({ severity, rule, path, message }) => [severity, rule, path, message]);
  expect(told(without)).toEqual([
    ['error', 'inventory-stale', 'n-0', `is in the definition and not in the inventory; ${apply}`],
  ]);
  const changed = { ...without, 'n-0': { ...first, vm_id: 7, ip_address: '10.9.9.9' } } as typeof inventory;
  expect(told(changed)).toEqual([
    ['error', 'inventory-stale', 'n-0', `differs from the inventory in vm_id, ip_address; ${apply}`],
  ]);
  // Who leaves a cluster is in its inventory until the VM goes.
  expect(told({ ...inventory, 'n-9': first } as typeof inventory)).toEqual([]);
});
