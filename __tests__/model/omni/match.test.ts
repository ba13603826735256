import fc from 'fast-check';
import { formatDiagnostic } from '../../../model/diagnostics/diagnostics';
import { findings } from '../../../model/omni/findings';
import type { MachineStatus } from '../../../model/omni/machine-status';
import { matchMachines, type Matching } from '../../../model/omni/match';
import type { Inventory } from '../../../model/inventory/machine';
import { baseInventory, nodeOf, status, type StatusParts } from '../../testing/inventory';

const INVENTORY = baseInventory();
const OPTIONS = { cluster: 'home', talosVersion: 'v1.11.5' };
const ID = Object.fromEntries(Object.entries(INVENTORY).map(([name, node]) => [name, node.smbios_uuid]));
const OTHER = '99999999-9999-4999-8999-999999999999';
const MAC = 'bc:24:11:02:00:00';

/** All machines of the base, with worker-1 as a test wants it. */
const withWorker = (...workers: readonly StatusParts[]): MachineStatus[] => [
  ...Object.entries(INVENTORY)
    .filter(([name]) => name !== 'worker-1')
    .map(([, node]) => status(node)),
  ...workers.map((parts) => status(nodeOf(INVENTORY, 'worker-1'), parts)),
];

const match = (machines: readonly MachineStatus[], inventory: Inventory = INVENTORY): Matching =>
  matchMachines(inventory, machines, OPTIONS);

/** State, reason and machines of worker-1, and all that is told. */
function worker(machines: readonly MachineStatus[], inventory: Inventory = INVENTORY) {
  const matching = match(machines, inventory);
  const found = matching.nodes.find(({ name }) => name === 'worker-1');
  return {
    verdict: `${found?.state}: ${found?.reason}`,
    ids: found?.machines.map(({ metadata }) => metadata.id),
    told: findings(matching, OPTIONS).map(formatDiagnostic),
  };
}

describe('a machine is matched', () => {
  it('by MAC in any case, confirmed by its UUID', () => {
    expect(worker(withWorker({ macs: [MAC.toUpperCase()] }))).toEqual({
      verdict: 'matched: matched',
      ids: [ID['worker-1']],
      told: [],
    });
  });

  it('by any of its links, and a bond that repeats a MAC is no second machine', () => {
    expect(worker(withWorker({ macs: ['', '52:54:00:00:00:01', MAC, MAC] })).verdict).toBe(
      'matched: matched',
    );
  });

  it('by the MAC of any NIC of the inventory', () => {
    const node = nodeOf(INVENTORY, 'worker-1');
    const storage = { ...nodeOf(INVENTORY, 'worker-1').nics[0], mac_address: 'BC:24:11:12:00:00' };
    const inventory = {
      ...INVENTORY,
      'worker-1': { ...node, nics: [...node.nics, storage] as typeof node.nics },
    };
    expect(worker(withWorker({ macs: ['bc:24:11:12:00:00'] }), inventory).verdict).toBe('matched: matched');
  });

  it('by MAC alone where the definition knows no UUID', () => {
    const inventory = { ...INVENTORY, 'worker-1': { ...nodeOf(INVENTORY, 'worker-1'), smbios_uuid: '' } };
    expect(worker(withWorker({ id: OTHER }), inventory)).toMatchObject({
      verdict: 'matched: matched',
      ids: [OTHER],
    });
  });

  it('never by host name or address', () => {
    const node = nodeOf(INVENTORY, 'worker-1');
    const network = { hostname: 'worker-1', addresses: [`${node.ip_address}/24`], networklinks: [] };
    expect(worker(withWorker({ id: OTHER, spec: { network } })).verdict).toBe('missing: never-seen');
  });

  it('as a member of the cluster also while it is down, or of another Talos version', () => {
    expect(
      worker(withWorker({ spec: { cluster: 'home', connected: false, talosversion: 'v1.12.0' } })),
    ).toEqual({
      verdict: 'matched: matched-disconnected',
      ids: [ID['worker-1']],
      told: [
        `home: warning[live-omni-disconnected] worker-1: member ${ID['worker-1']} of this cluster is not connected to Omni; start VM 1100 on pve1 (192.168.10.110)`,
      ],
    });
  });
});

describe('a machine is not matched', () => {
  it.each<[string, StatusParts[], string, string[], string]>([
    [
      'that never joined',
      [],
      'missing: never-seen',
      [],
      'live-omni-missing] worker-1: no machine with MAC BC:24:11:02:00:00 is in Omni; check that VM 1100 on pve1 (192.168.10.110) is started, has an address and boots an image of this Omni',
    ],
    [
      'without network data',
      [{ macs: null }],
      'missing: no-network-data',
      [ID['worker-1'] ?? ''],
      `live-omni-missing] worker-1: ${ID['worker-1']} has joined, but no network data yet (MAC BC:24:11:02:00:00); wait and run npm run discover again`,
    ],
    [
      'with an empty hardware address only',
      [{ macs: [''] }],
      'missing: no-network-data',
      [ID['worker-1'] ?? ''],
      `live-omni-missing] worker-1: ${ID['worker-1']} has joined, but no network data yet (MAC BC:24:11:02:00:00); wait and run npm run discover again`,
    ],
    [
      'that is not connected',
      [{ spec: { connected: false } }],
      'missing: disconnected',
      [ID['worker-1'] ?? ''],
      `live-omni-missing] worker-1: ${ID['worker-1']} (MAC BC:24:11:02:00:00) is known to Omni, but not connected; start VM 1100 on pve1 (192.168.10.110), then run npm run discover again`,
    ],
    [
      'whose MAC two machines have',
      [{}, { id: OTHER }],
      'ambiguous: several-machines',
      [ID['worker-1'] ?? '', OTHER].sort(),
      `live-omni-duplicate-mac] worker-1: MAC BC:24:11:02:00:00 is on Omni machines ${[ID['worker-1'] ?? '', OTHER].sort().join(', ')}; delete the dead one in Omni, or give a clone its own MAC`,
    ],
    [
      'of another UUID',
      [{ id: OTHER }],
      'ambiguous: uuid-differs',
      [OTHER],
      `live-omni-uuid-differs] worker-1: the machine with MAC BC:24:11:02:00:00 is ${OTHER} in Omni, but the inventory says ${ID['worker-1']}; if VM 1100 on pve1 (192.168.10.110) was cloned or rebuilt, remove the stale machine in Omni and let it join again; if it keeps a UUID of its own, write adopted: true`,
    ],
    [
      'of another MAC',
      [{ macs: ['52:54:00:00:00:01'] }],
      'ambiguous: mac-differs',
      [ID['worker-1'] ?? ''],
      `live-omni-mac-differs] worker-1: Omni machine ${ID['worker-1']} has the UUID of VM 1100 on pve1 (192.168.10.110), but MAC 52:54:00:00:00:01 instead of BC:24:11:02:00:00; correct the MAC of the VM or of the definition`,
    ],
    [
      'in another cluster',
      [{ spec: { cluster: 'other' } }],
      'foreign: other-cluster',
      [ID['worker-1'] ?? ''],
      `live-omni-foreign] worker-1: ${ID['worker-1']} (MAC BC:24:11:02:00:00) is in cluster "other" of Omni, not in "home"; it must leave that cluster in Omni first`,
    ],
    [
      'in another cluster by its label alone',
      [{ labels: { 'omni.sidero.dev/cluster': 'other' } }],
      'foreign: other-cluster',
      [ID['worker-1'] ?? ''],
      `live-omni-foreign] worker-1: ${ID['worker-1']} (MAC BC:24:11:02:00:00) is in cluster "other" of Omni, not in "home"; it must leave that cluster in Omni first`,
    ],
    [
      'of a newer Talos',
      [{ spec: { talosversion: 'v1.12.2' } }],
      'incompatible: talos-version',
      [ID['worker-1'] ?? ''],
      `live-omni-talos-version] worker-1: ${ID['worker-1']} runs Talos v1.12.2, newer than v1.11.5 of the cluster, and Omni does not downgrade; boot it from an image of v1.11.5, or raise talos_version`,
    ],
    [
      'of an older Talos that is not installed',
      [{ spec: { talosversion: 'v1.10.1' } }],
      'incompatible: talos-version',
      [ID['worker-1'] ?? ''],
      `live-omni-talos-version] worker-1: ${ID['worker-1']} runs Talos v1.10.1 without installation, and can join only a cluster of the same minor, not v1.11.5; boot it from an image of v1.11.5`,
    ],
  ])('%s', (_, parts, verdict, ids, text) => {
    expect(worker(withWorker(...parts))).toEqual({ verdict, ids, told: [`home: error[${text}`] });
  });

  it('while its own machine has the MACs of two nodes: none of them is', () => {
    const cp = nodeOf(INVENTORY, 'cp-1').mac_address;
    const machines = withWorker({ macs: [MAC, cp.toLowerCase()] }).filter(
      ({ metadata }) => metadata.id !== ID['cp-1'],
    );
    const { verdict, told } = worker(machines);
    expect(verdict).toBe('ambiguous: several-nodes');
    const text = `Omni machine ${ID['worker-1']} has the MACs of several VMs of the inventory: ${MAC.toUpperCase()}, ${cp}; a NIC was moved or cloned: give each VM the MACs of its definition`;
    expect(told).toEqual(
      ['cp-1', 'worker-1'].map((name) => `home: error[live-omni-shared-machine] ${name}: ${text}`),
    );
  });

  it('names what has no network data for a VM whose UUID nobody knows', () => {
    const inventory = { ...INVENTORY, 'worker-1': { ...nodeOf(INVENTORY, 'worker-1'), smbios_uuid: '' } };
    const { verdict, told } = worker(withWorker({ id: OTHER, macs: null }), inventory);
    expect(verdict).toBe('missing: never-seen');
    expect(told[0]).toMatch(`; it may be one that has no network data yet: ${OTHER}`);
  });
});

describe('Talos of another minor', () => {
  it('may be older on a machine that is installed', () => {
    const hardware = { blockdevices: [{ linuxname: '/dev/sda', systemdisk: true }] };
    expect(worker(withWorker({ spec: { talosversion: 'v1.10.1', hardware } })).verdict).toBe(
      'matched: matched',
    );
  });

  it('is not compared without a version of the cluster', () => {
    const machines = withWorker({ spec: { talosversion: 'v1.12.2' } });
    const { nodes } = matchMachines(INVENTORY, machines, { cluster: 'home' });
    expect(nodes.map(({ state }) => state)).toEqual(Object.keys(INVENTORY).map(() => 'matched'));
  });
});

describe('strangers', () => {
  const strange = (parts: StatusParts) =>
    worker([
      ...withWorker({}),
      status(nodeOf(INVENTORY, 'worker-1'), { id: OTHER, macs: ['52:54:00:00:00:01'], ...parts }),
    ]);

  it('are warned about where they are free or in the cluster', () => {
    expect(strange({}).told).toEqual([
      `home: warning[live-omni-stranger] ${OTHER}: Omni machine with MAC 52:54:00:00:00:01 is not in the inventory; it is left alone`,
    ]);
    expect(strange({ macs: null, spec: { cluster: 'home' } }).told).toEqual([
      `home: warning[live-omni-stranger] ${OTHER}: Omni machine without network data is in cluster "home", but not in the inventory; unless a machine class has put it there, apply will ask before it removes it`,
    ]);
  });

  it('of other clusters are nobody’s business', () => {
    expect(strange({ spec: { cluster: 'other' } }).told).toEqual([]);
  });
});

describe('matching', () => {
  const anyMachines = fc.array(
    fc.record({
      name: fc.constantFrom(...Object.keys(INVENTORY)),
      id: fc.option(fc.constantFrom(...Object.values(ID), OTHER), { nil: undefined }),
      macs: fc.option(
        fc.array(
          fc.constantFrom('', ...Object.values(INVENTORY).map((node) => node.mac_address.toLowerCase())),
          {
            maxLength: 2,
          },
        ),
        { nil: null },
      ),
      cluster: fc.constantFrom('', 'home', 'other'),
      connected: fc.boolean(),
      place: fc.nat(),
    }),
  );

  it('gives the same for any order of its input, and puts every node into one place', () => {
    fc.assert(
      fc.property(anyMachines, (parts) => {
        const unique = [...new Map(parts.map((part) => [part.id ?? ID[part.name], part])).values()];
        const of = ({ name, id, macs, cluster, connected }: (typeof unique)[number]) =>
          status(nodeOf(INVENTORY, name), { macs, spec: { cluster, connected }, ...(id ? { id } : {}) });
        const machines = unique.map(of);
        const shuffled = [...unique].sort((a, b) => a.place - b.place).map(of);
        const backwards = Object.fromEntries(Object.entries(INVENTORY).reverse());

        const matching = match(machines);
        expect(match(shuffled, backwards)).toEqual(matching);
        expect(matching.nodes.map(({ name }) => name)).toEqual(Object.keys(INVENTORY).sort());
        const taken = matching.nodes
          .filter(({ state }) => state === 'matched')
          .flatMap((node) => node.machines.map(({ metadata }) => metadata.id));
        expect(new Set(taken).size).toBe(taken.length);
        expect(taken).toHaveLength(matching.nodes.filter(({ state }) => state === 'matched').length);
        const errors = findings(matching, OPTIONS).filter(({ severity }) => severity === 'error');
        expect(errors).toHaveLength(matching.nodes.length - taken.length);
      }),
    );
  });
});
