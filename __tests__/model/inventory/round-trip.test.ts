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
