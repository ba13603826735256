import type { Guest } from '../../../../model/proxmox/answers';
import { survey } from '../../../../scripts/commands/adopt/survey';
import type { Collector, GuestsAnswer, VmAnswers } from '../../../../scripts/lib/proxmox/collect';
import { draftOf, SOURCE } from '../../../testing/drafts';
import { ok, vm } from '../../../testing/live';

const SERVERS = draftOf({}).servers;
const MAC = 'BC:24:11:00:00:01';
const no = (reason: string) => ({ ok: false, reason }) as const;

interface Asked {
  readonly guest?: Partial<Guest>;
  readonly config?: Record<string, string>;
  readonly agent?: VmAnswers['agent'];
  readonly answers?: Partial<VmAnswers>;
  readonly guests?: GuestsAnswer;
  readonly skipServer?: boolean;
}

function surveyed({ guest = {}, config = {}, agent, answers = {}, guests, skipServer }: Asked) {
  const all = ok([vm(800, guest)]);
  const collector: Pick<Collector, 'guests' | 'vm'> = {
    guests: () => Promise.resolve(new Map(skipServer ? [] : [['pve1', guests ?? all]])),
    vm: () =>
      Promise.resolve({
        config: ok({ scsi0: 'os:vm-800-disk-0,size=20G', net0: `virtio=${MAC},bridge=vmbr0`, ...config }),
        ...(agent === undefined ? {} : { agent }),
        ...answers,
      }),
  };
  const wanted = {
    flags: { 'control-plane': [], worker: ['800'], 'gpu-worker': [] },
    skip: [],
    definition: {},
    allNodes: false,
    states: [],
  };
  return survey(SERVERS, wanted, SOURCE, collector as Collector);
}

const AGENT = { agent: '1' };
const nics = (...addresses: string[]) =>
  ok([
    { 'hardware-address': '00:00:00:00:00:00', 'ip-addresses': [{ 'ip-address': '10.9.9.9' }] },
    {
      'hardware-address': MAC.toLowerCase(),
      'ip-addresses': addresses.map((address) => ({ 'ip-address': address })),
    },
  ]);

it('refuses a running VM whose guest agent is switched on and silent', async () => {
  const { adoptions, problems } = await surveyed({ config: AGENT, agent: no('timeout') });
  expect(adoptions).toEqual([]);
  expect(problems).toEqual([
    'VM 800 on pve1 (w-1): its guest agent is switched on but does not answer (timeout), and every plan would wait 15 minutes for it; start the agent, or switch it off: qm set 800 --agent 0',
  ]);
});

it.each<[string, Asked, boolean, boolean]>([
  ['running, its agent answers', { config: AGENT, agent: nics() }, true, true],
  [
    'stopped, its agent is silent',
    { guest: { status: 'stopped' }, config: AGENT, agent: no('off') },
    false,
    false,
  ],
  [
    'running, its agent is silent and switched off',
    { config: { agent: '0' }, agent: no('off') },
    true,
    false,
  ],
  ['running, with an agent that nobody asked', { config: AGENT }, true, false],
  ['running, without an agent', {}, true, false],
])('takes a VM that is %s', async (_, asked, running, agent) => {
  const { adoptions, problems, diagnostics } = await surveyed(asked);
  expect([problems, diagnostics]).toEqual([[], []]);
  expect(adoptions).toMatchObject([{ vm: { name: 'w-1', vmId: 800, server: 'pve1', running, agent } }]);
});

it.each<[string, Asked, string | undefined]>([
  ['of its agent', { agent: nics('127.0.0.1', '169.254.1.1', 'fe80::1', '::1', '10.0.0.21') }, '10.0.0.21'],
  ['of cloud-init first', { config: { ipconfig0: 'ip=10.0.0.5/24' }, agent: nics('10.0.0.21') }, '10.0.0.5'],
  ['of nobody, where there is only a local one', { agent: nics('127.0.0.1') }, undefined],
  ['of nobody, without an agent', {}, undefined],
])('takes the address %s', async (_, asked, ip) => {
  const [one] = (await surveyed(asked)).adoptions;
  expect(one).toBeDefined();
  expect(one?.vm.ip).toBe(ip);
});

it('says which configuration cannot be read', async () => {
  const { adoptions, problems } = await surveyed({ answers: { config: no('HTTP 403') } });
  expect(adoptions).toEqual([]);
  expect(problems).toEqual(['VM 800 on pve1 (w-1): its configuration cannot be read: HTTP 403']);
});

it('says which server does not tell its VMs, and reads none', async () => {
  const silent = await surveyed({ guests: no('HTTP 500') });
  expect(silent.adoptions).toEqual([]);
  expect(silent.diagnostics).toMatchObject([
    { rule: 'live-server-access', message: 'the VMs of "pve1" cannot be listed: HTTP 500' },
  ]);
  const locked = await surveyed({ guests: { problem: { kind: 'no-token' } } });
  expect(locked.diagnostics).toMatchObject([{ rule: 'live-server-access' }]);
  expect([locked.problems, silent.problems]).toEqual([[], []]);
});

it('finds no VM on a server that is not of the definition, or that was not asked', async () => {
  for (const asked of [{ guest: { node: 'pve9' } }, { skipServer: true }]) {
    const { adoptions, problems } = await surveyed(asked);
    expect(adoptions).toEqual([]);
    expect(problems).toHaveLength(1);
  }
});
