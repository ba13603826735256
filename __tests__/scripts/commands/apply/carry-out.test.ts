import type { SyncLine } from '../../../../model/omni/sync-lines';
import { carryOut, untilHealthy, type SyncContext } from '../../../../scripts/commands/apply/carry-out';
import type { Examined } from '../../../../scripts/commands/apply/examine';
import { waitHealthy } from '../../../../scripts/commands/apply/health';
import { syncSteps, type Step } from '../../../../scripts/commands/apply/steps';
import { sync, type Synced } from '../../../../scripts/commands/apply/sync';
import { askMembers } from '../../../../scripts/lib/omni/live-cluster';
import type { Omnictl } from '../../../../scripts/lib/omni/omnictl';
import type { OmniProblem } from '../../../../scripts/lib/omni/problems';

jest.mock('../../../../scripts/commands/apply/health', () => ({ waitHealthy: jest.fn() }));
jest.mock('../../../../scripts/commands/apply/steps', () => ({ syncSteps: jest.fn() }));
jest.mock('../../../../scripts/commands/apply/sync', () => ({ sync: jest.fn() }));
jest.mock('../../../../scripts/lib/omni/live-cluster', () => ({ askMembers: jest.fn() }));

const ID = '22222222-2222-4222-8222-222222222222';
const SET = 'home-workers';
const wanted = {
  members: [{ id: ID, name: 'w-1', set: SET }],
  classSets: new Map(),
} as unknown as Step['wanted'];
const problem = (rule: OmniProblem['rule'], message = rule as string): OmniProblem => ({
  rule,
  message,
  transient: false,
});
const line = (type: string, id: string): SyncLine => ({ verb: 'updating', type, id });

/** What a run meets; all goes well if nothing is said. */
interface World {
  readonly steps?: readonly Step[] | { problem: OmniProblem };
  /** How `omnictl delete link` ends. */
  readonly forgets?: Awaited<ReturnType<Omnictl['call']>>;
  readonly gone?: readonly { id: string; title: string }[];
  readonly leaves?: readonly { id: string; title: string }[];
  readonly members?: readonly { id: string; name: string; set: string }[] | { problem: OmniProblem };
  readonly prints?: readonly SyncLine[];
  readonly retries?: OmniProblem;
  readonly synced?: Synced;
  readonly missing?: readonly string[];
  /** What omnictl draws while it waits. */
  readonly draws?: readonly string[];
  readonly context?: Partial<SyncContext>;
}

const ONE: Step = { title: '', wanted };

async function run(world: World, work: (context: SyncContext, examined: Examined) => Promise<boolean>) {
  jest.resetAllMocks();
  const { steps = [ONE], gone = [], leaves = [], members = [], prints = [], draws = [] } = world;
  jest.mocked(syncSteps).mockResolvedValue('problem' in steps ? steps : { steps });
  jest.mocked(askMembers).mockResolvedValue('problem' in members ? members : ({ members } as never));
  jest.mocked(sync).mockImplementation((_omnictl, _file, { onLine, onRetry }) => {
    prints.forEach(onLine);
    if (world.retries) onRetry(world.retries);
    return Promise.resolve(world.synced ?? { done: [] });
  });
  jest.mocked(waitHealthy).mockImplementation((_omnictl, { onOutput, onWaiting }) => {
    draws.forEach((text) => onOutput(text));
    onWaiting('1 of 2 machines');
    return Promise.resolve([...(world.missing ?? [])]);
  });
  const calls: string[] = [];
  let err = '';
  const context: SyncContext = {
    name: 'home',
    file: 'home.yaml',
    omnictl: {
      call: (args) => {
        calls.push(args.join(' '));
        return Promise.resolve(world.forgets ?? { text: '' });
      },
    },
    timeoutMs: 60_000,
    waitMs: 0,
    clock: { now: () => 0, sleep: () => Promise.resolve() },
    signal: new AbortController().signal,
    io: { out: () => undefined, err: (text) => void (err += text) },
    ...world.context,
  };
  const examined = { prepared: { wanted }, checked: { live: {}, membership: { leaves } }, gone } as never;
  return { ok: await work(context, examined), err, calls };
}

const carry = (world: World) => run(world, carryOut);
const WAITS = 'waiting: 1 of 2 machines\n';

describe('a sync', () => {
  it('in one step syncs the generated file and waits', async () => {
    expect(await carry({})).toEqual({ ok: true, err: WAITS, calls: [] });
    expect(jest.mocked(sync).mock.calls[0]?.slice(1)).toMatchObject(['home.yaml', { timeoutMs: 60_000 }]);
  });

  it('in several steps says what each is for, and ends with the first that does not work', async () => {
    const steps = [
      { title: 'first', template: 'a: 1\n', wanted },
      { title: 'then', wanted },
    ];
    expect((await carry({ steps })).err).toBe(`first\n${WAITS}then\n${WAITS}`);
    expect(jest.mocked(sync).mock.calls.map(([, file]) => file === 'home.yaml')).toEqual([false, true]);
    const { ok, err } = await carry({ steps, missing: ['w-1 is not ready'] });
    expect(ok).toBe(false);
    expect(err).not.toContain('then');
    expect(sync).toHaveBeenCalledTimes(1);
  });

  it('that cannot be cut into steps changes nothing', async () => {
    const { ok, err } = await carry({ steps: { problem: problem('omni-refused', 'no') } });
    expect({ ok, err }).toEqual({ ok: false, err: 'home: error[omni-refused] no\nnothing changed\n' });
    expect(sync).not.toHaveBeenCalled();
  });

  it('tells each line with the name of its node, and what it tries again', async () => {
    const gone = '33333333-3333-4333-8333-333333333333';
    const prints = [
      line('ConfigPatches', `400-cm-${ID}.net`),
      line('MachineSetNodes', gone),
      line('Clusters', 'home'),
    ];
    const leaves = [{ id: gone, title: 'w-9' }];
    const world = { prints, leaves, retries: problem('omni-catalogue', 'not loaded') };
    expect((await carry(world)).err).toBe(
      `updating ConfigPatches(400-cm-${ID}.net) w-1\nupdating MachineSetNodes(${gone}) w-9\nupdating Clusters(home)\nnot loaded; trying again\n${WAITS}`,
    );
    expect((await carry({ ...world, context: { brief: true } })).err).toBe(
      `updating MachineSetNodes w-9\nupdating Clusters(home)\nnot loaded; trying again\n${WAITS}`,
    );
  });
});

describe('machines that no longer exist', () => {
  const gone = [
    { id: 'm1', title: 'w-8' },
    { id: 'm2', title: 'w-9' },
  ];
  const SAYS = gone.map(
    ({ id, title }) => `removing machine ${id} of ${title} from Omni: it no longer exists\n`,
  );

  it('are taken out of Omni before anything is synced', async () => {
    const { ok, err, calls } = await carry({ gone });
    expect({ ok, calls }).toEqual({ ok: true, calls: ['delete link m1', 'delete link m2'] });
    expect(err).toBe(`${SAYS.join('')}${WAITS}`);
  });

  it.each([
    ['Omni still waits for the cluster', problem('omni-timeout')],
    ['it is not there any more', problem('omni-failed', 'rpc error: code = NotFound desc = not found')],
    ['it is not there any more, in other words', problem('omni-failed', 'link NotFound')],
  ])('are no obstacle where %s', async (_, why) => {
    expect(await carry({ gone, forgets: { problem: why } })).toMatchObject({
      ok: true,
      calls: ['delete link m1', 'delete link m2'],
    });
  });

  it('are an obstacle where Omni refuses', async () => {
    const { ok, err, calls } = await carry({ gone, forgets: { problem: problem('omni-role', 'Reader') } });
    expect({ ok, calls }).toEqual({ ok: false, calls: ['delete link m1'] });
    expect(err).toBe(
      `${SAYS[0] ?? ''}home: error[omni-role] Reader; to sync it needs role Operator\nnothing changed\n`,
    );
    expect(sync).not.toHaveBeenCalled();
  });
});

describe('a member that has come since the changes were shown', () => {
  const members = [{ id: 'm7', name: 'w-7', set: SET }];
  const CAME =
    'home: error[live-omni-removal] w-7: has joined home-workers since the changes were shown; run npm run apply again\nnothing changed\n';

  it('stops the sync', async () => {
    const { ok, err } = await carry({ members });
    expect(ok).toBe(false);
    expect(err).toBe(CAME);
    expect(sync).not.toHaveBeenCalled();
  });

  it.each<[string, World]>([
    ['is in the template', { members: [{ id: ID, name: 'w-1', set: SET }] }],
    ['was shown as one that leaves', { members, leaves: [{ id: 'm7', title: 'w-7' }] }],
    [
      'is of a machine class',
      { members, steps: [{ title: '', wanted: { ...wanted, classSets: new Map([[SET, 2]]) } }] },
    ],
  ])('does not if it %s', async (_, world) => {
    expect((await carry(world)).ok).toBe(true);
  });

  it('cannot be excluded where Omni does not tell', async () => {
    const { ok, err } = await carry({ members: { problem: problem('omni-unreachable', 'no answer') } });
    expect({ ok, err }).toEqual({
      ok: false,
      err: 'home: error[omni-unreachable] no answer\nnothing changed\n',
    });
  });
});

describe('a sync that ends half done', () => {
  const done = [line('Clusters', 'home')];
  const begun = line('ConfigPatches', `400-cm-${ID}.net`);
  const AGAIN = 'run the same command again once the cause is fixed; it continues from there\n';

  it.each<[string, Synced, string]>([
    [
      'by a refusal',
      { done, begun, problem: problem('omni-refused', 'no') },
      `home: error[omni-refused] no\ndone before: updating Clusters(home)\nrefused: updating ConfigPatches(400-cm-${ID}.net) w-1\n${AGAIN}`,
    ],
    [
      'by a lost line',
      { done: [], begun, problem: problem('omni-unreachable', 'gone') },
      `home: error[omni-unreachable] gone\nnothing was changed\nnot certain: updating ConfigPatches(400-cm-${ID}.net) w-1\n${AGAIN}`,
    ],
    [
      'by its limit',
      { done, problem: problem('omni-timeout') },
      `error: home: the sync did not finish within 1m\ndone before: updating Clusters(home)\n${AGAIN}`,
    ],
  ])('%s', async (_, synced, text) => {
    const { ok, err } = await carry({ synced });
    expect({ ok, err }).toEqual({ ok: false, err: text });
    expect(waitHealthy).not.toHaveBeenCalled();
  });

  it('by a person is not asked to be run again', async () => {
    const synced = { done, problem: problem('omni-failed', 'stopped') };
    const { err } = await carry({ synced, context: { signal: AbortSignal.abort() } });
    expect(err).toBe('home: error[omni-failed] stopped\ndone before: updating Clusters(home)\n');
  });
});

describe('waiting for a healthy cluster', () => {
  const wait = (world: World) => run(world, (context) => untilHealthy(context, wanted));

  it('tells what is missing when the time is over, and how to go on', async () => {
    expect(await wait({ missing: ['w-1 is not ready'] })).toMatchObject({
      ok: false,
      err: `${WAITS}error: home: w-1 is not ready\nthe template is synced; Omni goes on by itself. Look with npm run status -- home, and run the same command again to keep waiting\n`,
    });
  });

  it('says nothing more once a person has stopped it', async () => {
    const context = { signal: AbortSignal.abort() };
    expect(await wait({ context, missing: ['w-1'] })).toMatchObject({ ok: false, err: WAITS });
  });

  it('shows what omnictl draws, in brief only the line of the cluster when it is another', async () => {
    const draws = [
      'Cluster "home" RUNNING Not Re',
      'ady\n  Machine a\n',
      'Cluster "home" RUNNING Not Ready\n',
      'Cluster "home" RUNNING Ready\n',
    ];
    expect((await wait({ draws })).err).toBe(`${draws.join('')}${WAITS}`);
    expect((await wait({ draws, context: { brief: true } })).err).toBe(
      `Cluster "home" RUNNING Not Ready\nCluster "home" RUNNING Ready\n${WAITS}`,
    );
  });
});
