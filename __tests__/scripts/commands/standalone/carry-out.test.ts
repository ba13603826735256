import type { Node } from '../../../../model/cluster/cluster';
import { addressOf, type NodeState } from '../../../../scripts/lib/talos/nodes';
import { carryOut } from '../../../../scripts/commands/standalone/carry-out';
import type { Standalone } from '../../../../scripts/commands/standalone/context';
import type { Survey } from '../../../../scripts/commands/standalone/survey';
import { cluster, nic, node } from '../../../testing/synth';

const controlPlane = (n: number): Node =>
  node({
    name: `cp-${n}`,
    role: 'control-plane',
    uuid: `11111111-2222-5333-8444-00000000000${n}`,
    nics: [nic({ ip: `192.168.10.10${n}` })],
  });

const nodes = [controlPlane(1), controlPlane(2), controlPlane(3)];
const [first] = nodes as [Node];

/** Three control planes, of which some are not ready, or not in etcd; notes what is asked of them. */
function context({ unready, strangers = [] }: { unready?: string; strangers?: readonly string[] } = {}) {
  const calls: string[] = [];
  const nodeAt = (address: string) => nodes.find((one) => addressOf(one) === address) as Node;
  const answerOf = (one: Node, [verb, what]: readonly string[]): string => {
    if (what === 'systeminformation') return JSON.stringify({ spec: { uuid: one.uuid } });
    if (what === 'machinestatus')
      return JSON.stringify({ spec: { stage: 'running', status: { ready: one.name !== unready } } });
    if (verb === 'etcd')
      return [
        'ID  HOSTNAME  LEARNER',
        ...nodes
          .map(({ name }) => name)
          .filter((name) => !strangers.includes(name))
          .map((name) => `1  ${name}  false`),
      ].join('\n');
    return calls.some((call) => call.startsWith('apply-config')) ? 'boot-2' : 'boot-1';
  };
  const access = {
    ask: (address: string, args: readonly string[]) => {
      calls.push(`${args.join(' ')} @${nodeAt(address).name}`);
      return Promise.resolve({ text: answerOf(nodeAt(address), args), said: '' });
    },
  };
  const signal = new AbortController().signal;
  const clock = { now: () => 0, sleep: () => Promise.resolve() };
  const io = { out: () => undefined, err: () => undefined };
  const given = { cluster: cluster(nodes), management: { cni: 'flannel' }, access, io, signal, clock };
  return { context: given as unknown as Standalone, calls };
}

const survey = (reboot: boolean): Survey => ({
  configs: new Map(nodes.map(({ name }) => [name, 'machine: {}'])),
  states: new Map(nodes.map(({ name }) => [name, { state: 'running' } as NodeState])),
  joining: [],
  changing: [{ node: first, changes: [], reboot }],
  orphans: [],
  absent: [],
  held: [],
  diagnostics: [],
});

const applied = (calls: readonly string[]): string[] =>
  calls.filter((call) => call.startsWith('apply-config'));

describe('a control plane that reboots for its configuration', () => {
  it('does so while all others are ready members of etcd', async () => {
    const { context: given, calls } = context();
    expect(await carryOut(given, survey(true), 0)).toBeUndefined();
    expect(applied(calls)).toEqual(['apply-config --file /dev/stdin --mode auto @cp-1']);
  });

  it.each([
    [{ unready: 'cp-2' }, 'cp-2 is not ready (it does not say why)'],
    [{ strangers: ['cp-3'] }, 'cp-3 is no member of etcd yet'],
  ])('waits for a person where one of them is not: %j', async (world, why) => {
    const { context: given, calls } = context(world);
    expect(await carryOut(given, survey(true), 0)).toBe(
      `cp-1 is not rebooted, because etcd may lose its majority: ${why}; repair that first`,
    );
    expect(applied(calls)).toEqual([]);
  });

  it('needs none of that where Talos changes it without a reboot', async () => {
    const { context: given, calls } = context({ unready: 'cp-2' });
    await carryOut(given, survey(false), 0);
    expect(applied(calls)).toEqual(['apply-config --file /dev/stdin --mode no-reboot @cp-1']);
  });
});

describe('a node that cannot be configured', () => {
  const worker = (n: number): Node =>
    node({
      name: `w-${n}`,
      uuid: `22222222-2222-5333-8444-00000000000${n}`,
      nics: [nic({ ip: `192.168.10.11${n}` })],
    });

  const joining = (who: readonly Node[]): Survey => ({
    ...survey(false),
    configs: new Map(who.map(({ name }) => [name, 'machine: {}'])),
    states: new Map(),
    joining: who,
    changing: [],
  });

  it('holds up nobody where it is a worker, and everybody where it is a control plane', async () => {
    const tried: string[] = [];
    const silent = { problem: { rule: 'talos-unreachable', message: 'is away', transient: true } };
    const access = {
      ask: (address: string) => {
        tried.push(address);
        return Promise.resolve(silent);
      },
    };
    const given = { ...context().context, access } as unknown as Standalone;
    expect(await carryOut(given, joining([worker(1), worker(2)]), 0)).toMatch(/^after 0s: /);
    expect(tried).toEqual(expect.arrayContaining(['192.168.10.111', '192.168.10.112']));
    tried.length = 0;
    expect(await carryOut(given, joining([first, worker(1)]), 0)).toBe('cp-1: is away');
    expect(tried).toEqual(['192.168.10.101']);
  });
});
