import {
  applyProblems,
  goneMachines,
  lockWarnings,
  patchProblems,
  type Named,
} from '../../../model/omni/apply-checks';
import type { LiveCluster, LiveMember } from '../../../model/omni/live-cluster';
import type { MachineStatus } from '../../../model/omni/machine-status';
import { compareMembers, type WantedCluster } from '../../../model/omni/membership';
import { parseSyncLines } from '../../../model/omni/sync-lines';

const PLANES = 'home-control-planes';
const WORKERS = 'home-workers';

const live = (id: string, set: string, changes: Partial<LiveMember> = {}): LiveMember => ({
  id,
  name: `node-${id}`,
  set,
  locked: false,
  lockedByHand: false,
  ...changes,
});
const wanted = (...ids: string[]): WantedCluster['members'] =>
  ids.map((id) => ({ id, name: `node-${id}`, set: id.startsWith('c') ? PLANES : WORKERS }));

interface World {
  readonly wanted?: Partial<WantedCluster>;
  readonly live?: Partial<LiveCluster>;
  readonly named?: Partial<Named>;
  readonly unreachable?: readonly string[];
}

/** Three control planes and two workers, as their template wants them, all healthy. */
function checked({ wanted: wants, live: has, named, unreachable = [] }: World) {
  const members = ['c1', 'c2', 'c3', 'w1', 'w2'];
  const cluster: WantedCluster = {
    name: 'home',
    talosVersion: 'v1.11.5',
    kubernetesVersion: 'v1.34.1',
    members: wanted(...members),
    patches: new Set(),
    locked: new Set(),
    classSets: new Map(),
    ...wants,
  };
  const now: LiveCluster = {
    versions: { talos: 'v1.11.5', kubernetes: 'v1.34.1' },
    locked: false,
    members: members.map((id) => live(id, id.startsWith('c') ? PLANES : WORKERS)),
    leaving: [],
    patches: [],
    ready: new Map(members.map((id) => [id, true])),
    configured: new Map(),
    ...has,
  };
  const machines = unreachable.map(
    (id) => ({ metadata: { id }, spec: { connected: false } }) as MachineStatus,
  );
  return {
    wanted: cluster,
    live: now,
    membership: compareMembers(cluster, now, machines),
    named: { remove: [], gone: [], removePatches: [], ...named },
  };
}

const told = (world: World): string[] =>
  applyProblems(checked(world)).map(
    ({ severity, rule, path, message }) => `${severity}[${rule}] ${path}: ${message}`,
  );

/** The template without some nodes, or with others. */
const having = (...ids: string[]): World['wanted'] => ({ members: wanted(...ids) });
const WITHOUT_W2 = having('c1', 'c2', 'c3', 'w1');

describe('a sync', () => {
  it.each<[string, World]>([
    ['of what is there', {}],
    ['of a cluster that is to be made', { live: { versions: undefined, members: [] } }],
    ['of one more worker', { wanted: having('c1', 'c2', 'c3', 'w1', 'w2', 'w3') }],
    ['of a newer Talos', { wanted: { talosVersion: 'v1.12.0' } }],
    ['of an older patch of Talos', { wanted: { talosVersion: 'v1.11.0' } }],
    ['without a node that is named', { wanted: WITHOUT_W2, named: { remove: ['node-w2'] } }],
    ['without a node that is named by its id', { wanted: WITHOUT_W2, named: { remove: ['w2'] } }],
    [
      'without a node that no longer exists',
      { wanted: WITHOUT_W2, named: { gone: ['node-w2'] }, unreachable: ['w2'] },
    ],
    [
      'with more machines of a class',
      { wanted: { ...WITHOUT_W2, members: wanted('c1', 'c2', 'c3'), classSets: new Map([[WORKERS, 3]]) } },
    ],
  ])('%s has nothing against it', (_, world) => {
    expect(told(world)).toEqual([]);
  });

  it.each<[string, World, string[]]>([
    [
      'of a locked cluster',
      { live: { locked: true } },
      [
        'error[live-omni-locked] : is locked in Omni, and a sync could take the lock off; if the reason no longer holds, run omnictl cluster unlock home',
      ],
    ],
    [
      'of an older Talos',
      { wanted: { talosVersion: 'v1.10.7' } },
      [
        'error[live-omni-downgrade] : runs Talos v1.11.5, and Omni does not go back to v1.10.7; raise talos_version',
      ],
    ],
    [
      'of two control planes',
      { wanted: having('c1', 'c2', 'w1', 'w2'), named: { remove: ['c3'] } },
      [
        'error[control-plane-count] : would have 2 control planes (node-c1, node-c2), which is no safer than 1; write an odd number',
      ],
    ],
    [
      'that nobody named the leaving node of',
      { wanted: WITHOUT_W2 },
      [
        'error[live-omni-removal] node-w2: is in the cluster (machine w2, in home-workers) and not in the template: Omni would remove and reset it; put it into the definition, or name it with --remove node-w2',
      ],
    ],
    [
      'that moves a machine to another set',
      {
        wanted: {
          members: [...wanted('c1', 'c2', 'c3', 'w1'), { id: 'w2', name: 'node-w2', set: 'home-gpu' }],
        },
      },
      [
        'error[live-omni-set-change] node-w2: is in machine set home-workers and would be in home-gpu, which Omni does not allow; take it out of the definition and run generate and apply --remove node-w2, wait until it is free (npm run status -- home), then put it back and run both again',
      ],
    ],
    [
      'without a control plane while another is down',
      {
        wanted: having('c1', 'w1', 'w2'),
        live: { ready: new Map(['c1', 'c2', 'c3'].map((id) => [id, id !== 'c1'] as const)) },
        named: { remove: ['c2', 'c3'] },
      },
      [
        'error[live-omni-quorum] node-c2: must not leave the control planes now: 1 of 2 would be healthy, and etcd needs 2; repair the other control planes first (npm run status -- home)',
        'error[live-omni-quorum] node-c3: must not leave the control planes now: 1 of 2 would be healthy, and etcd needs 2; repair the other control planes first (npm run status -- home)',
      ],
    ],
    [
      'that removes a machine which is not connected',
      { wanted: WITHOUT_W2, named: { remove: ['node-w2'] }, unreachable: ['w2'] },
      [
        'warning[live-omni-disconnected] node-w2: is not connected: Omni resets machine w2 when it is back, and the cluster scales down until then; start its VM, or, if it no longer exists, run npm run apply -- home --gone node-w2',
      ],
    ],
    [
      'while one that has left is not connected',
      { live: { leaving: [{ id: 'w9', name: 'node-w9', set: WORKERS }] }, unreachable: ['w9'] },
      [
        'warning[live-omni-leaving] node-w9: has left the cluster and is not connected: Omni resets machine w9 when it is back, and the cluster scales down until then; start its VM, or, if it no longer exists, run npm run apply -- home --gone node-w9',
      ],
    ],
    [
      'that names a node which stays',
      { named: { remove: ['node-w1'] } },
      [
        'error[live-omni-removal] node-w1: is named with --remove, but the template keeps it; take it out of the definition and run npm run generate',
      ],
    ],
    [
      'that names, by its id, a machine which stays',
      { named: { gone: ['w1'] } },
      [
        'error[live-omni-removal] w1: is named with --gone, but the template keeps it; take it out of the definition and run npm run generate',
      ],
    ],
    [
      'that names a node which is not there',
      { wanted: WITHOUT_W2, named: { remove: ['node-w2', 'node-w3'] } },
      [
        'warning[live-omni-removal] node-w3: is named with --remove and is not in the cluster, so there is nothing to remove; did you mean "node-w2"?',
      ],
    ],
    [
      'that names two at once by one name',
      {
        live: {
          leaving: [
            { id: 'w8', name: 'node-x', set: WORKERS },
            { id: 'w9', name: 'node-x', set: WORKERS },
          ],
        },
        named: { remove: ['node-x'] },
      },
      ['error[live-omni-removal] node-x: is the name of 2 machines (w8, w9); name one by its id'],
    ],
    [
      'without a machine that is locked',
      {
        wanted: WITHOUT_W2,
        live: {
          members: [
            ...['c1', 'c2', 'c3'].map((id) => live(id, PLANES)),
            live('w1', WORKERS),
            live('w2', WORKERS, { locked: true }),
          ],
        },
        named: { remove: ['node-w2'] },
      },
      [
        'error[live-omni-locked] node-w2: is locked in Omni, and would leave the cluster; if the reason no longer holds, run omnictl cluster machine unlock w2',
      ],
    ],
    [
      'of a machine class that gets smaller',
      { wanted: { members: wanted('c1', 'c2', 'c3'), classSets: new Map([[WORKERS, 1]]) } },
      [
        'error[live-omni-removal] workers: has 2 machines of its machine class and would have 1: Omni chooses who leaves, and resets it; write the size as it was, or name the set with --remove workers',
      ],
    ],
  ])('%s', (_, world, messages) => {
    expect(told(world)).toEqual(messages);
  });

  it('without any control plane loses everything', () => {
    expect(told({ wanted: having('w1', 'w2'), named: { remove: ['c1', 'c2', 'c3'] } })).toContain(
      'error[control-plane-count] : would have no control plane, and all that is in it would be lost',
    );
  });

  it.each<[number | 'unlimited', string[]]>([
    ['unlimited', []],
    [2, []],
    [1, ['workers']],
    [1, [WORKERS]],
  ])('of a machine class of %s, named %j, is fine', (size, remove) => {
    const classSets = new Map([[WORKERS, size]]);
    expect(told({ wanted: { members: wanted('c1', 'c2', 'c3'), classSets }, named: { remove } })).toEqual([]);
  });
});

describe('machines that no longer exist', () => {
  const leaving = [{ id: 'w9', name: 'node-w9', set: WORKERS }];
  it.each<[string, World, string[]]>([
    [
      'are those that are named and not connected',
      { named: { gone: ['node-w2', 'w9'] }, unreachable: ['w2', 'w9'] },
      ['w2', 'w9'],
    ],
    ['are none that are connected', { named: { gone: ['node-w2', 'w9'] }, unreachable: ['w9'] }, ['w9']],
    [
      'are none that nobody named so',
      { named: { remove: ['node-w2', 'w9'] }, unreachable: ['w2', 'w9'] },
      [],
    ],
  ])('%s', (_, world, ids) => {
    const gone = goneMachines(checked({ ...world, wanted: WITHOUT_W2, live: { leaving } }));
    expect(gone.map(({ id }) => id)).toEqual(ids);
  });
});

describe('locks', () => {
  const members = (changes: Partial<LiveMember>) => [live('w1', WORKERS, changes), live('w2', WORKERS)];
  it.each<[string, World, string[]]>([
    ['none', {}, []],
    [
      'of a person',
      { live: { members: members({ locked: true, lockedByHand: true }) } },
      [
        'node-w1: is locked in Omni: it keeps its lock and gets none of the changes until you run omnictl cluster machine unlock w1',
      ],
    ],
    [
      'of the definition',
      { live: { members: members({ locked: true }) }, wanted: { locked: new Set(['w1', 'w2']) } },
      ['node-w1: is locked by the definition (omni_machine.locked), and gets none of the changes'],
    ],
    ['that the definition takes off', { live: { members: members({ locked: true }) } }, []],
    ['of a machine that leaves', { live: { members: [live('w9', WORKERS, { lockedByHand: true })] } }, []],
  ])('%s', (_, world, messages) => {
    const { wanted: cluster, live: now } = checked(world);
    const warnings = lockWarnings({ ...checked(world), wanted: cluster, live: now });
    expect(warnings.map(({ path, message }) => `${path}: ${message}`)).toEqual(messages);
    for (const warning of warnings)
      expect(warning).toMatchObject({ severity: 'warning', rule: 'live-omni-locked' });
  });
});

describe('config patches that a sync would delete', () => {
  const W2 = '22222222-2222-4222-8222-222222222222';
  const lines = (...ids: string[]) =>
    parseSyncLines(
      ids.map((id) => `* tearing down (dry run) ConfigPatches.omni.sidero.dev(${id})`).join('\n'),
    );

  it('are told of if no template made them and nobody named them', () => {
    const problems = patchProblems(
      lines('by-hand', 'other'),
      checked({ named: { removePatches: ['other'] } }),
    );
    expect(problems).toEqual([
      {
        file: 'home',
        severity: 'error',
        rule: 'live-omni-patch',
        path: 'by-hand',
        message:
          'is a config patch that no template here made, and a sync would delete it; put its content into patches of the definition (omnictl get configpatches by-hand -o yaml shows it), then name it with --remove-patch by-hand',
      },
    ]);
  });

  it.each([`400-cm-${W2}.network`, '200-cluster-home.base', `000-cm-${W2}-install-disk`])(
    'not %s, which a template made',
    (id) => {
      expect(patchProblems(lines(id), checked({}))).toEqual([]);
    },
  );

  it('not those of a machine that leaves', () => {
    const members = [...['c1', 'c2', 'c3'].map((id) => live(id, PLANES)), live(W2, WORKERS)];
    const world = { wanted: having('c1', 'c2', 'c3'), live: { members } };
    expect(patchProblems(lines(`by-hand-${W2}`), checked(world))).toEqual([]);
    expect(patchProblems(lines(`by-hand-${W2}`), checked({}))).toHaveLength(1);
  });

  it('and nothing else', () => {
    const text =
      '* updating ConfigPatches.omni.sidero.dev(a)\n* tearing down MachineSetNodes.omni.sidero.dev(b)\n';
    expect(patchProblems(parseSyncLines(text), checked({}))).toEqual([]);
  });
});
