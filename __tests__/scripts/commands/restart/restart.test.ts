import { drain, nodeState, uncordon } from '../../../../scripts/commands/restart/kubernetes';
import { runRestart, type RestartOptions } from '../../../../scripts/commands/restart/restart';
import { askLiveCluster } from '../../../../scripts/lib/omni/live-cluster';
import { confirm } from '../../../../scripts/lib/platform/confirm';
import { INTERRUPTED } from '../../../../scripts/lib/platform/interrupt';
import { chooseCluster } from '../../../../scripts/lib/project/choose-cluster';
import { Collector } from '../../../../scripts/lib/proxmox/collect';
import { waitingIn } from '../../../../scripts/lib/proxmox/waiting';

jest.mock('../../../../scripts/commands/restart/kubernetes', () => ({
  drain: jest.fn(),
  nodeState: jest.fn(),
  uncordon: jest.fn(),
}));
jest.mock('../../../../scripts/lib/omni/live-cluster', () => ({ askLiveCluster: jest.fn() }));
jest.mock('../../../../scripts/lib/platform/confirm', () => ({ confirm: jest.fn() }));
jest.mock('../../../../scripts/lib/project/choose-cluster', () => ({ chooseCluster: jest.fn() }));
jest.mock('../../../../scripts/lib/proxmox/collect', () => ({ Collector: jest.fn() }));
jest.mock('../../../../scripts/lib/proxmox/waiting', () => ({ waitingIn: jest.fn() }));

const NODES = ['c-1', 'c-2', 'c-3', 'w-1'].map((name, i) => ({
  name,
  role: name.startsWith('c') ? 'control-plane' : 'worker',
  server: { key: 'pve1' },
  vmId: 1000 + i,
  machineSet: name.startsWith('c') ? 'control-planes' : 'workers',
}));

interface World {
  readonly kind?: string;
  /** Names of nodes that wait for a restart. */
  readonly waits?: readonly string[];
  readonly problems?: readonly string[];
  /** Nodes that are not ready in Omni. */
  readonly down?: readonly string[];
  /** Told that a node is rebooted, and what then is of it. */
  readonly reboots?: 'well' | 'as before' | 'never ready' | 'refused';
  readonly drains?: string;
  readonly kubernetes?: string;
  readonly uncordons?: string;
  readonly yes?: boolean;
  readonly abortAfter?: string;
  readonly options?: Partial<RestartOptions>;
}

/** A cluster of four nodes, of which two wait, and time that passes only while somebody sleeps. */
async function restart(world: World = {}) {
  jest.resetAllMocks();
  const { kind = 'omni', waits = ['w-1', 'c-2'], problems = [], reboots = 'well', yes = true } = world;
  const log: string[] = [];
  const abort = new AbortController();
  const did = (what: string) => {
    log.push(what);
    if (what === world.abortAfter) abort.abort();
  };
  const waiting = new Set(waits);
  const down = new Set(world.down ?? []);
  const boots = new Map<string, number>();
  jest.mocked(chooseCluster).mockResolvedValue({
    cluster: { name: 'home', management: { kind }, nodes: NODES },
    draft: { servers: [{ key: 'pve1' }] },
  } as never);
  jest.mocked(waitingIn).mockImplementation(() =>
    Promise.resolve({
      nodes: NODES.filter(({ name }) => waiting.has(name)).map(({ name }) => ({ name, changes: ['memory'] })),
      problems,
    } as never),
  );
  jest.mocked(askLiveCluster).mockImplementation(() =>
    Promise.resolve({
      live: {
        locked: false,
        members: NODES.map(({ name, machineSet }) => ({ id: `id-${name}`, name, set: `home-${machineSet}` })),
        leaving: [],
        ready: new Map(NODES.map(({ name }) => [`id-${name}`, !down.has(name)])),
      },
    } as never),
  );
  jest
    .mocked(nodeState)
    .mockImplementation((name) =>
      Promise.resolve(
        world.kubernetes
          ? { problem: world.kubernetes }
          : { bootId: `boot-${boots.get(name) ?? 0}`, ready: reboots !== 'never ready' || !boots.has(name) },
      ),
    );
  jest.mocked(drain).mockImplementation((name) => {
    did(`drain ${name}`);
    return Promise.resolve(world.drains);
  });
  jest.mocked(uncordon).mockImplementation((name) => {
    did(`uncordon ${name}`);
    return Promise.resolve(world.uncordons);
  });
  jest.mocked(Collector).mockImplementation(
    () =>
      ({
        reboot: (_server: unknown, vmId: number) => {
          const name = NODES[vmId - 1000]?.name ?? '';
          did(`reboot ${name}`);
          if (reboots === 'refused') return Promise.resolve({ ok: false, reason: 'HTTP 403' });
          if (reboots !== 'as before') {
            waiting.delete(name);
            boots.set(name, 1);
          }
          return Promise.resolve({ ok: true });
        },
        close: () => Promise.resolve(),
      }) as never,
  );
  jest.mocked(confirm).mockImplementation((question) => {
    did(question);
    return Promise.resolve(yes);
  });
  let now = 0;
  const clock = {
    now: () => now,
    sleep: (ms: number) => {
      now += ms;
      return Promise.resolve();
    },
  };
  let [out, err] = ['', ''];
  const io = { out: (text: string) => void (out += text), err: (text: string) => void (err += text) };
  const options = { definitions: 'clusters', nodes: [], drain: true, wait: '10m', clock, ...world.options };
  const code = await runRestart(options, io, abort.signal);
  return { code, out, err, log, now };
}

const ASKS = 'Restart 2 of 4 nodes of home, one at a time?';
const rounds = (...names: string[]) =>
  names.flatMap((name) => [`drain ${name}`, `reboot ${name}`, `uncordon ${name}`]);

describe('a restart', () => {
  it('takes one node after the other, each drained before and back before the next', async () => {
    const { code, out, err, log } = await restart();
    expect(code).toBe(0);
    expect(log[0]).toBe(ASKS);
    const order = log.filter((line) => line.startsWith('reboot')).map((line) => line.slice(7));
    expect([...order].sort()).toEqual(['c-2', 'w-1']);
    expect(log.slice(1)).toEqual(rounds(...order));
    expect(err).toBe(
      order.map((name) => `${name}: draining …\n${name}: restarting …\n${name}: back\n`).join(''),
    );
    expect(out).toMatch(/^home: .*\n {2}1\. \S+ \(\S+\)\n {2}2\. \S+ \(\S+\)\nhome: restarted /);
    expect(out.endsWith(`home: restarted ${order.join(', ')}\n`)).toBe(true);
  });

  it('waits where Kubernetes is not asked until a node was ready for a minute', async () => {
    const { code, log, now } = await restart({ waits: ['w-1'], options: { drain: false } });
    expect({ code, log: log.slice(1) }).toEqual({ code: 0, log: ['reboot w-1'] });
    expect(now).toBeGreaterThanOrEqual(60_000);
    expect(nodeState).not.toHaveBeenCalled();
  });

  it('is one of the named nodes alone', async () => {
    const { log } = await restart({ options: { nodes: ['c-2'], autoApprove: true } });
    expect(log).toEqual(rounds('c-2'));
  });

  it.each<[string, World, object]>([
    ['nothing waits', { waits: [] }, { code: 0, out: 'home: no node waits for a restart\n', log: [] }],
    [
      'a named node does not wait',
      { options: { nodes: ['c-1'] } },
      { code: 0, out: 'home: no node waits for a restart\n', log: [] },
    ],
    ['a person says no', { yes: false }, { code: 1, log: [ASKS] }],
    ['it is only to be shown', { options: { dryRun: true } }, { code: 0, log: [] }],
    [
      'the limit is none',
      { options: { wait: 'soon' } },
      { code: 1, err: 'error: write --wait as 90s, 10m or 1h30m\n', log: [] },
    ],
    [
      'a named node is unknown',
      { options: { nodes: ['w-9'] } },
      { code: 1, err: 'error: no node w-9 in home; defined: c-1, c-2, c-3, w-1\n', log: [] },
    ],
    [
      'the servers do not tell who waits',
      { problems: ['pve1 does not answer'] },
      { code: 1, err: 'error: pve1 does not answer\n', log: [] },
    ],
  ])('does nothing where %s', async (_, world, expected) => {
    expect(await restart(world)).toMatchObject(expected);
  });

  it('is refused where nobody knows of etcd, and shown all the same', async () => {
    const { code, err, log } = await restart({ kind: 'none' });
    expect({ code, log }).toEqual({ code: 1, log: [] });
    expect(err).toMatch(
      /^error: Omni is asked whether etcd keeps its majority, and home has management: none; npm run restart -- home --dry-run /,
    );
    expect((await restart({ kind: 'none', options: { dryRun: true } })).code).toBe(0);
  });
});

describe('a restart that stops', () => {
  const STOPPED = 'stopped here; run the same command again to continue\n';

  it('before a control plane goes down that etcd needs', async () => {
    const { code, err, log } = await restart({ waits: ['c-2'], down: ['c-1'] });
    expect({ code, log: log.slice(1) }).toEqual({ code: 1, log: [] });
    expect(err).toMatch(/^error: c-2: must not go down now: .+; see npm run status -- home\n/);
    expect(err.endsWith(STOPPED)).toBe(true);
  });

  it.each<[string, World, string[], string]>([
    ['as Kubernetes does not answer', { kubernetes: 'no answer' }, [], 'no answer'],
    ['as pods do not move', { drains: 'a budget' }, ['drain w-1', 'uncordon w-1'], 'a budget'],
    [
      'as pods do not move, nor come back',
      { drains: 'a budget', uncordons: 'x' },
      ['drain w-1', 'uncordon w-1'],
      'a budget; it takes no pods until: kubectl uncordon w-1',
    ],
    ['as Proxmox refuses', { reboots: 'refused' }, rounds('w-1'), 'HTTP 403'],
    [
      'as Proxmox refuses one that is not drained',
      { reboots: 'refused', options: { drain: false } },
      ['reboot w-1'],
      'HTTP 403',
    ],
    [
      'as the VM keeps its values',
      { reboots: 'as before' },
      ['drain w-1', 'reboot w-1'],
      'is not back after 10m: the VM still runs with the old values; look at its tasks in Proxmox VE; it takes no pods until: kubectl uncordon w-1',
    ],
    [
      'as the node is not ready',
      { reboots: 'never ready' },
      ['drain w-1', 'reboot w-1'],
      'is not back after 10m: not ready in Kubernetes; look at its tasks in Proxmox VE; it takes no pods until: kubectl uncordon w-1',
    ],
    ['as it takes no pods', { uncordons: 'kubectl: no' }, rounds('w-1'), 'kubectl: no'],
  ])('%s', async (_, world, log, problem) => {
    const result = await restart({ waits: ['w-1'], ...world });
    expect(result.log.slice(1)).toEqual(log);
    expect(result.err.endsWith(`error: w-1: ${problem}\n${STOPPED}`)).toBe(true);
    expect(result.code).toBe(1);
  });

  it.each(['drain w-1', 'reboot w-1'])('as a person stops it after %s', async (abortAfter) => {
    const { code, err, log } = await restart({ waits: ['w-1', 'c-2'], abortAfter, reboots: 'as before' });
    expect(code).toBe(INTERRUPTED);
    expect(err.endsWith('interrupted; run the same command again to continue\n')).toBe(true);
    expect(log.filter((line) => line.startsWith('reboot'))).toEqual(
      abortAfter === 'drain w-1' ? [] : ['reboot w-1'],
    );
  });
});
