import { changeWords } from '../../../model/omni/change-words';
import type { LiveCluster, LiveMember } from '../../../model/omni/live-cluster';
import { compareMembers, type WantedCluster } from '../../../model/omni/membership';
import { parseSyncLines } from '../../../model/omni/sync-lines';

const machineId = (n: number): string => `11111111-1111-4111-8111-00000000000${n}`;

const member = (n: number, changes: Partial<LiveMember> = {}): LiveMember => ({
  id: machineId(n),
  name: `w-${n}`,
  set: 'home-workers',
  locked: false,
  lockedByHand: false,
  ...changes,
});

const live = (members: readonly LiveMember[], changes: Partial<LiveCluster> = {}): LiveCluster => ({
  versions: { talos: 'v1.11.5', kubernetes: 'v1.34.1' },
  locked: false,
  members,
  leaving: [],
  patches: [],
  ready: new Map(),
  configured: new Map(),
  ...changes,
});

const wanted = (numbers: readonly number[], changes: Partial<WantedCluster> = {}): WantedCluster => ({
  name: 'home',
  talosVersion: 'v1.11.5',
  kubernetesVersion: 'v1.34.1',
  members: numbers.map((n) => ({ id: machineId(n), name: `w-${n}`, set: 'home-workers' })),
  patches: new Set(),
  locked: new Set(),
  classSets: new Map(),
  ...changes,
});

const status = (id: string, hostname: string) =>
  ({ metadata: { id, labels: {} }, spec: { network: { hostname } } }) as never;

describe('compareMembers', () => {
  it('tells who joins, leaves, moves and has left, but is still to be reset', () => {
    const now = live([member(1), member(3, { set: 'home-control-planes' }), member(4)], {
      leaving: [member(2)],
    });
    const { joins, leaves, moves, left } = compareMembers(wanted([1, 2, 3, 5]), now, [
      { metadata: { id: machineId(2), labels: {} }, spec: { connected: false } } as never,
    ]);
    // Omni takes back one that has left, and resets it first.
    expect(joins.map(({ name }) => name)).toEqual(['w-2', 'w-5']);
    expect(leaves.map(({ title }) => title)).toEqual(['w-4']);
    expect(moves).toMatchObject([{ member: { name: 'w-3' }, from: 'home-control-planes' }]);
    expect(left).toMatchObject([{ title: 'w-2', unreachable: true }]);
  });

  it('knows who leaves by our name, else by that of Talos, else by id', () => {
    const now = live([member(1), member(2, { name: '' }), member(3, { name: '' })]);
    const { leaves } = compareMembers(wanted([]), now, [
      status(machineId(2), 'talos-abc'),
      status(machineId(1), 'other'),
    ]);
    expect(leaves.map(({ title }) => title)).toEqual([machineId(3), 'talos-abc', 'w-1']);
  });
});

describe('changeWords', () => {
  const words = (
    lines: string,
    { now = live([member(1), member(2)]), then = wanted([1, 2]) } = {},
  ): string[] =>
    changeWords({
      wanted: then,
      live: now,
      membership: compareMembers(then, now, []),
      lines: parseSyncLines(lines),
    });

  it('says nothing of nothing', () => {
    expect(words('')).toEqual([]);
  });

  it('says what upgrades and settings mean', () => {
    const line = '* updating (dry run) Clusters.omni.sidero.dev(home)';
    expect(words(line)).toEqual(['settings of cluster home change']);
    expect(
      words(line, { then: wanted([1, 2], { talosVersion: 'v1.12.0', kubernetesVersion: 'v1.35.0' }) }),
    ).toEqual([
      'Talos v1.11.5 becomes v1.12.0: Omni upgrades the nodes one by one, with a reboot each',
      'Kubernetes v1.34.1 becomes v1.35.0, node by node',
    ]);
  });

  it('puts nodes together whose patches change alike, and leaves out those that come and go', () => {
    const line = (verb: string, n: number, patch: string) =>
      `* ${verb} (dry run) ConfigPatches.omni.sidero.dev(400-cm-${machineId(n)}.${patch})`;
    const lines = [
      line('updating', 1, 'sysctls'),
      line('updating', 2, 'sysctls'),
      line('creating', 3, 'hostname'),
      '* updating (dry run) ConfigPatches.omni.sidero.dev(200-cluster-home.nameservers)',
      '* tearing down (dry run) ConfigPatches.omni.sidero.dev(by-hand)',
    ].join('\n');
    expect(words(lines, { then: wanted([1, 2, 3]) })).toEqual([
      '1 machine joins home-workers: w-3',
      'machine configuration changes on w-1, w-2: ~sysctls',
      'machine configuration changes on home: ~nameservers',
      'machine configuration changes on the cluster: -by-hand',
    ]);
  });

  it('says that extensions reinstall', () => {
    const lines = '* updating (dry run) ExtensionsConfigurations.omni.sidero.dev(schematic-home-workers)';
    expect(words(lines)).toEqual([
      'system extensions change, for which Omni reinstalls Talos with a reboot: home-workers',
    ]);
  });

  it('shortens a long list', () => {
    const many = Array.from({ length: 40 }, (_, n) => n + 1);
    expect(words('', { now: live([]), then: wanted(many) })).toEqual([
      '40 machines join home-workers: w-1, w-2, w-3, w-4, w-5, w-6, w-7 and 33 more',
    ]);
  });
});

describe('parseSyncLines', () => {
  it('reads the lines of omnictl and nothing else', () => {
    const text = [
      '* creating Clusters.omni.sidero.dev(home)',
      'Error: failed to sync template',
      '* tearing down (dry run) MachineSetNodes.omni.sidero.dev(' + machineId(1) + ')',
      '* destroyed ConfigPatches.omni.sidero.dev(400-cm-x.a(b))',
    ].join('\n');
    expect(parseSyncLines(text)).toEqual([
      { verb: 'creating', type: 'Clusters', id: 'home' },
      { verb: 'tearing down', type: 'MachineSetNodes', id: machineId(1) },
      { verb: 'destroyed', type: 'ConfigPatches', id: '400-cm-x.a(b)' },
    ]);
  });
});
