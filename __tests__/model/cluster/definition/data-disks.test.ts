import fc from 'fast-check';
import { dataDisksOf } from '../../../../model/cluster/definition/data-disks';
import type { SettingsBlock } from '../../../../model/cluster/definition/draft';
import type { DataDiskInput, DefinitionDraft, VmSettings } from '../../../../model/cluster/definition/schema';
import { checkDefinitions } from '../../../../model/load/load';
import { BASE, SOURCE } from '../../../testing/drafts';

type Disks = Pick<VmSettings, 'data_disk_size_gb' | 'data_disks'>;

/** Disks that may be wrong in every way. */
const disk: fc.Arbitrary<DataDiskInput> = fc.record(
  {
    size_gb: fc.constantFrom(0, 1, 5, 50, -1),
    slot: fc.constantFrom(1, 2, 3, 4, 31, 1.5),
    name: fc.constantFrom('longhorn', 'data-1', 'data-2', 'os', 'My_Disk'),
    serial: fc.constantFrom('longhorn', 'data-2', 'own', 'no:serial'),
    interface: fc.constantFrom('scsi1', 'scsi2', 'virtio1', 'nvme0'),
    storage: fc.constantFrom('fast', '', 'no storage'),
    volume: fc.boolean(),
    longhorn: fc.boolean(),
  },
  { requiredKeys: ['size_gb'] },
);

/** Disks that are right most of the time. */
const plain: fc.Arbitrary<DataDiskInput> = fc.record(
  {
    size_gb: fc.constantFrom(0, 5),
    slot: fc.integer({ min: 2, max: 9 }),
    storage: fc.constantFrom('fast', ''),
  },
  { requiredKeys: ['size_gb', 'slot'] },
);

const listed = (one: fc.Arbitrary<DataDiskInput>, size: fc.Arbitrary<number>): fc.Arbitrary<Disks> =>
  fc.record({ data_disk_size_gb: size, data_disks: fc.array(one, { maxLength: 4 }) }, { requiredKeys: [] });

const disks = fc.oneof(
  { weight: 3, arbitrary: listed(plain, fc.constantFrom(0, 5)) },
  { weight: 1, arbitrary: listed(disk, fc.constantFrom(0, 5, -1)) },
);

/** A definition with data disks at every level. */
const definitions = fc.record({
  all: disks, role: disks, node: disks, adopted: disks, pool: disks, storage: fc.boolean(),
}); // prettier-ignore

type Levels = Omit<typeof definitions extends fc.Arbitrary<infer T> ? T : never, 'storage'>;

const definitionOf = ({ all, role, node, adopted, pool }: Levels, storage: boolean): DefinitionDraft => ({
  ...BASE,
  backend: { type: 'local' },
  proxmox_servers: { pve1: { ...BASE.proxmox_servers?.['pve1'], storage_data: storage ? 'data' : '' } },
  defaults: { all, workers: { first_ip: '10.0.0.21', ...role } },
  control_planes: [{ name: 'cp-1', ip_address: '10.0.0.11' }],
  workers: [
    { name: 'w-1', ...node },
    { name: 'w-2', adopted: true, os_disk_interface: 'virtio0', ...adopted },
    { name: 'w-3' },
  ],
  node_pools: [{ name: 'p', role: 'worker', count: 1, first_index: 5, ...pool }],
});

/** The same disks with all that follows written out; what another rule refuses follows to nothing. */
function writtenOut(values: Disks): Disks {
  const block: SettingsBlock = { path: [], values };
  if (Object.keys(values).length === 0) return values;
  const all = dataDisksOf(block);
  const none = (values.data_disks ?? []).filter(({ size_gb }) => size_gb === 0);
  return {
    data_disks: [
      ...all.map(({ slot, name, serial, interface: where, sizeGb = 0, volume, longhorn, written }) => {
        const isTaken = all.filter((other) => other.slot === slot).length > 1;
        const follows = isTaken ? {} : { name, serial, interface: where };
        return defined({ ...follows, ...written, slot, size_gb: sizeGb, volume, longhorn });
      }),
      ...none,
    ],
  };
}

const defined = (keys: object): DataDiskInput =>
  Object.fromEntries(Object.entries(keys).filter(([, value]) => value !== undefined));

/** What is resolved of a definition, and what the rules say of it but for the places. */
function outcome(value: DefinitionDraft): { clusters: unknown; problems: string[] } {
  const { clusters, diagnostics } = checkDefinitions([{ value, source: SOURCE, diagnostics: [] }]);
  return {
    clusters: clusters.map(({ cluster }) => cluster),
    problems: diagnostics
      .map(({ rule, message }) => `${rule}: ${message.replace(/data_disk(_size_gb|s\[\d\])/g, 'a disk')}`)
      .sort(),
  };
}

test('a short form is what its long form is, for the cluster and for every rule', () => {
  const seen = { sound: 0, short: 0 };
  fc.assert(
    fc.property(definitions, ({ storage, ...levels }) => {
      const long = Object.fromEntries(
        Object.entries(levels).map(([level, values]) => [level, writtenOut(values)]),
      ) as unknown as Levels;
      const short = outcome(definitionOf(levels, storage));
      expect(outcome(definitionOf(long, storage))).toEqual(short);
      if (short.clusters instanceof Array && short.clusters.length > 0) seen.sound++;
      if (Object.values(levels).some(({ data_disk_size_gb }) => data_disk_size_gb)) seen.short++;
    }),
    { numRuns: 300 },
  );
  expect(seen.sound).toBeGreaterThan(15);
  expect(seen.short).toBeGreaterThan(100);
});
