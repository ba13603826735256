/** Random histories of a cluster, and what must hold in all of them: no node is lost. */
import fc from 'fast-check';
import { smbiosUuid } from '../../model/cluster/identity/smbios-uuid';
import type { MachineOptions, OmniFaults } from '../../simulators/omni';
import { BASE } from './inventory';
import type { Operator } from './operator';

const CONTROL_PLANES = ['cp-1', 'cp-2', 'cp-3', 'cp-4', 'cp-5'];
const WORKERS = ['w-1', 'w-2', 'w-3', 'w-4'];
const POOL = ['pool-1', 'pool-2'];
const NAMES = [...CONTROL_PLANES, ...WORKERS];
const LISTS = ['control_planes', 'workers', 'gpu_workers'] as const;

/** List of a definition that has a node. */
type List = (typeof LISTS)[number] | 'none';

/** What a definition says. */
interface Draft {
  readonly lists: Readonly<Record<string, List>>;
  /** Number of nodes in the pool. */
  readonly pool: number;
}

const START: Draft = {
  lists: {
    'cp-1': 'control_planes',
    'cp-2': 'control_planes',
    'cp-3': 'control_planes',
    'w-1': 'workers',
    'w-2': 'workers',
    'w-3': 'gpu_workers',
  },
  pool: 1,
};

/** The base with one node; all others are for the history. */
export const BEFORE = `${BASE.slice(0, BASE.indexOf('  - { name: cp-2'))}defaults: { workers: { first_ip: 192.168.10.200 } }\n`;

type Mishap = 'off' | 'on' | 'lost' | 'twin' | 'reborn' | 'foreign' | 'newer' | 'silent';

type Command =
  | { readonly run: 'discover' | 'generate'; readonly args: readonly string[] }
  | {
      readonly run: 'apply';
      readonly args: readonly string[];
      /** `gone`: as a careful operator does, those that are in the cluster and not in the definition. */
      readonly remove: 'gone' | readonly string[];
      /** Machine ids in place of names. */
      readonly byId: boolean;
    };

interface Round {
  /** First, somebody puts right what went wrong before. */
  readonly repair: boolean;
  readonly edit: Draft['lists'];
  readonly pool?: number | undefined;
  /** Terraform has applied the edit, and new VMs have joined. */
  readonly applied: boolean;
  readonly mishaps: readonly (readonly [string, Mishap])[];
  readonly fault: OmniFaults;
  readonly commands: readonly Command[];
}

export type History = readonly Round[];

const nameArb = fc.constantFrom(...NAMES, ...POOL);
const discoverArb = fc.record({
  run: fc.constant('discover' as const),
  args: fc.subarray(['--allow-partial']),
});
const generateArb = fc.record({
  run: fc.constant('generate' as const),
  args: fc.subarray(['--from-definition']),
});
const applyArb = fc.record({
  run: fc.constant('apply' as const),
  args: fc.constantFrom(['--auto-approve'], ['--auto-approve'], ['--auto-approve'], ['--dry-run'], []),
  remove: fc.oneof(fc.constant('gone' as const), fc.constant([]), fc.uniqueArray(nameArb, { maxLength: 3 })),
  byId: fc.nat({ max: 4 }).map((n) => n === 0),
});

const swap = fc
  .tuple(fc.constantFrom('cp-2', 'cp-3'), fc.constantFrom('cp-4', 'cp-5', 'cp-1'))
  .map(([out, into]): Draft['lists'] => ({ [out]: 'none', [into]: 'control_planes' }));
const editArb: fc.Arbitrary<Draft['lists']> = fc.oneof(
  fc.constant({}),
  { weight: 2, arbitrary: swap },
  {
    weight: 4,
    arbitrary: fc.dictionary(
      fc.constantFrom(...WORKERS),
      fc.constantFrom<List>('workers', 'gpu_workers', 'none', 'none'),
      { minKeys: 1, maxKeys: 3 },
    ),
  },
  fc.dictionary(fc.constantFrom(...NAMES), fc.constantFrom<List>(...LISTS, 'none'), { maxKeys: 2 }),
);

const mishapArb = fc.constantFrom<Mishap>(
  ...(['off', 'off', 'on', 'on', 'lost', 'twin', 'reborn', 'foreign', 'newer', 'silent'] as const),
);
const faultArb: fc.Arbitrary<OmniFaults> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({}) },
  fc.record({ hangAfterWrites: fc.nat({ max: 12 }) }),
  fc
    .constantFrom('MachineSets', 'MachineSetNodes', 'ConfigPatches')
    .map((type) => ({ refuse: [{ type, message: 'refused' }] })),
);

const roundArb: fc.Arbitrary<Round> = fc.record({
  repair: fc.nat({ max: 3 }).map((n) => n > 0),
  edit: editArb,
  pool: fc.option(fc.nat({ max: 2 }), { nil: undefined }),
  applied: fc.nat({ max: 5 }).map((n) => n > 0),
  mishaps: fc.oneof(
    { weight: 2, arbitrary: fc.constant([]) },
    fc.array(fc.tuple(nameArb, mishapArb), { minLength: 1, maxLength: 2 }),
  ),
  fault: faultArb,
  commands: fc.oneof(
    { weight: 3, arbitrary: fc.tuple(discoverArb, generateArb, applyArb) },
    {
      weight: 1,
      arbitrary: fc.array<Command>(fc.oneof(discoverArb, generateArb, applyArb), {
        minLength: 1,
        maxLength: 4,
      }),
    },
  ),
});

export const historyArb = (maxRounds: number): fc.Arbitrary<History> =>
  fc.array(roundArb, { minLength: 1, maxLength: maxRounds });

/** What a history came to, so that a test can see whether it tested anything. */
export interface Played {
  /** Nodes that were lost: this must be empty. */
  readonly lost: readonly string[];
  /** Number of machines that left because somebody said so. */
  readonly removed: number;
  /** Number of runs of apply that ended well. */
  readonly applied: number;
}

/** Plays a history at the desk of an operator, and watches all that Omni is told. */
export async function play(operator: Operator, history: History): Promise<Played> {
  const game = new Game(operator);
  await game.define(START, true);
  for (const run of ['discover', 'generate'] as const) await game.run({ run, args: [] });
  await game.run({ run: 'apply', args: ['--auto-approve'], remove: [], byId: false });
  for (const round of history) await game.round(round);
  return { lost: game.lost, removed: game.removed, applied: game.applied };
}

interface Member {
  readonly id: string;
  readonly name: string;
}

class Game {
  readonly lost: string[] = [];
  removed = 0;
  applied = 0;
  private draft: Draft = START;
  /** The last one without mistakes. */
  private good: Draft = START;

  constructor(private readonly operator: Operator) {}

  async round({ repair, edit, pool, applied, mishaps, fault, commands }: Round): Promise<void> {
    const { omni } = this.operator;
    if (repair) await this.repair();
    await this.define({ lists: { ...this.draft.lists, ...edit }, pool: pool ?? this.draft.pool }, applied);
    for (const [name, mishap] of mishaps) await this.happen(name, mishap);
    for (const command of commands) {
      await omni.fault(fault);
      await this.run(command);
      await omni.fault({});
    }
  }

  async define(draft: Draft, applied: boolean): Promise<void> {
    this.draft = draft;
    const nodesOf = (list: List) =>
      NAMES.flatMap((name, i) => {
        const gpu = list === 'gpu_workers' ? { gpu_mappings: ['gpu'] } : {};
        return draft.lists[name] === list ? [{ name, ip_address: `192.168.10.${100 + i}`, ...gpu }] : [];
      });
    const edited = this.operator.edit(
      (document) => {
        for (const list of LISTS) document.set(list, document.createNode(nodesOf(list)));
        const pools =
          draft.pool > 0 ? [{ name: 'pool', role: 'worker', count: draft.pool, first_index: 10 }] : [];
        document.set('node_pools', document.createNode(pools));
      },
      { applied },
    );
    // A definition with mistakes is not applied; commands must bear it.
    const isApplied = await edited.then(
      () => applied,
      () => false,
    );
    if (!isApplied) return;
    this.good = draft;
    await this.operator.join();
  }

  private async repair(): Promise<void> {
    const { omni } = this.operator;
    const known = await omni.resources('Machines');
    if (known.some(({ id }) => id === OTHER_ID)) await omni.removeMachine(OTHER_ID);
    for (const { id } of known)
      if (id !== OTHER_ID) await omni.updateMachine(id, { connected: true, noNetwork: false });
    await this.define(this.good, true);
  }

  /** Something becomes of a machine. */
  private async happen(name: string, mishap: Mishap): Promise<void> {
    const { omni } = this.operator;
    const id = idOf(name);
    const node = this.operator.inventory()[name];
    const known = new Set((await omni.resources('Machines')).map((machine) => machine.id));
    const links = (node?.nics ?? []).map(({ mac_address }) => ({ mac: mac_address }));
    const machine = (changes: Partial<MachineOptions>): MachineOptions => ({ id, links, ...changes });
    if (mishap === 'twin') {
      await omni.addMachines([machine({ id: OTHER_ID })]);
      return;
    }
    if (known.has(id)) {
      if (mishap === 'off' || mishap === 'on') await omni.updateMachine(id, { connected: mishap === 'on' });
      if (mishap === 'silent') await omni.updateMachine(id, { noNetwork: true });
      if (mishap === 'lost' || mishap === 'reborn') await omni.removeMachine(id);
      if (mishap === 'reborn') await omni.addMachines([machine({ id: OTHER_ID })]);
    } else {
      if (mishap === 'foreign') await omni.addMachines([machine({ cluster: 'other' })]);
      if (mishap === 'newer') await omni.addMachines([machine({ talos: 'v1.12.2' })]);
    }
  }

  async run(command: Command): Promise<void> {
    const { operator } = this;
    const before = await this.members();
    const writes = (await operator.omni.writes()).length;
    const named = command.run === 'apply' ? this.namesToRemove(command, before) : [];
    const remove = named.flatMap((name) => ['--remove', name]);
    const { code } = await operator[command.run]([...command.args, ...remove]);
    if (command.run === 'apply' && code === 0) this.applied++;
    const after = new Set((await this.members()).map(({ id }) => id));
    const destroyed = new Set(
      (await operator.omni.writes())
        .slice(writes)
        .filter(({ verb, type }) => verb === 'destroy' && type === 'MachineSetNodes')
        .map(({ id }) => id),
    );
    for (const { id, name } of before.filter((one) => !after.has(one.id) || destroyed.has(one.id))) {
      const mayGo = command.args.includes('--auto-approve') && this.mayLeave(id, name, named);
      if (mayGo) this.removed++;
      else this.lost.push(`${name} (${id}) by ${command.run} ${[...command.args, ...remove].join(' ')}`);
    }
  }

  /** A machine may leave that the definition does not keep, and that somebody has named. */
  private mayLeave(id: string, name: string, named: readonly string[]): boolean {
    const kept = new Set(this.nodes());
    if ([...kept].some((node) => idOf(node) === id)) return false;
    return named.includes(id) || (named.includes(name) && !kept.has(name));
  }

  private nodes(): readonly string[] {
    const { lists, pool } = this.draft;
    return [...NAMES.filter((name) => (lists[name] ?? 'none') !== 'none'), ...POOL.slice(0, pool)];
  }

  private namesToRemove(
    { remove, byId }: Extract<Command, { run: 'apply' }>,
    members: readonly Member[],
  ): readonly string[] {
    const kept = this.nodes();
    const gone = members.filter(({ name }) => !kept.includes(name));
    if (remove === 'gone') return gone.map(({ id, name }) => (byId || name === '' ? id : name));
    return byId ? remove.map(idOf) : remove;
  }

  /** Members of all clusters that are not leaving already. */
  private async members(): Promise<readonly Member[]> {
    const { omni } = this.operator;
    // Omni looks at everything again after this, so that nothing is under way.
    const [machine] = await omni.resources('Machines');
    if (machine) await omni.updateMachine(machine.id, {});
    return (await omni.resources('MachineSetNodes'))
      .filter(({ phase }) => phase === 'running')
      .map(({ id, annotations }) => ({ id, name: annotations['name'] ?? '' }));
  }
}

const idOf = (name: string): string => smbiosUuid('home', name);

/** A machine that has the MACs of another. */
const OTHER_ID = '88888888-8888-4888-8888-888888888888';
