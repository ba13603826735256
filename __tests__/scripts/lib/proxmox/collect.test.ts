import type { ServerDraft } from '../../../../model/cluster/definition/draft';
import type { Guest } from '../../../../model/proxmox/answers';
import { Collector } from '../../../../scripts/lib/proxmox/collect';
import { DEFAULT_SECRET, startPve, type Pve, type Vm } from '../../../../simulators/pve';
import { draftOf, SERVER } from '../../../testing/drafts';
import { vm } from '../../../testing/live';

let pve: Pve;
let server: ServerDraft;
let collector: Collector;
const requests: string[] = [];

beforeAll(async () => {
  pve = await startPve({
    strict: false,
    onRequest: ({ method, path }) => void requests.push(`${method} ${path}`),
    sites: [
      {
        name: 'pve1',
        agent: 'up',
        pools: ['talos'],
        mappings: [{ id: 'gpu', map: ['id=10de:2204,node=pve1,path=0000:01:00.0'] }],
        nodes: [
          {
            name: 'pve1',
            storages: [{ id: 'local', content: ['iso'], volumes: [{ name: 'iso/a.iso', size: 1 }] }],
          },
        ],
      },
    ],
  });
  const { state, endpoint } = pve.site('pve1');
  const add = (vmid: number, config: Partial<Vm['config']>) =>
    state.vms.set(vmid, {
      vmid,
      node: 'pve1',
      status: 'running',
      config: { memory: 2048, name: `vm-${vmid}`, net0: 'virtio=BC:24:11:02:00:01,bridge=vmbr0', ...config },
    });
  add(100, { agent: '1' });
  add(101, {});
  const [one] = draftOf({
    proxmox_servers: {
      pve1: { ...SERVER, api_url: endpoint, tls_insecure: true, storage_os: 'os', storage_data: 'data' },
    },
  }).servers;
  if (!one) throw new Error('no server');
  server = one;
});
beforeEach(() => {
  requests.length = 0;
  const env = { TF_VAR_proxmox_pve1_api_token: `terraform@pve!test=${DEFAULT_SECRET}` };
  collector = new Collector({ env, timeout: 10_000 });
});
afterEach(() => collector.close());
afterAll(() => pve.close());

const asked = (part: string) => requests.filter((request) => request.includes(part)).length;

it('asks a VM for its configuration, and its agent where it has one', async () => {
  const { config, agent } = await collector.vm(server, vm(100));
  expect(config).toMatchObject({ ok: true, value: { name: 'vm-100' } });
  expect(agent?.ok && agent.value.length).toBeGreaterThan(0);
  const without = await collector.vm(server, vm(101));
  expect(without).toMatchObject({ config: { ok: true } });
  expect(without).not.toHaveProperty('agent');
  expect(asked('/agent/')).toBe(1);
});

it('says that a VM is not there, and asks no agent of it', async () => {
  const { config, agent } = await collector.vm(server, vm(999));
  expect(config.ok).toBe(false);
  expect(agent).toBeUndefined();
  expect(asked('/agent/')).toBe(0);
});

it('tells VMs, pools and mappings of a site', async () => {
  expect(await collector.objects(server)).toMatchObject({
    ok: true,
    value: {
      guests: [{ vmid: 100 }, { vmid: 101 }],
      pools: [{ poolid: 'talos' }],
      mappings: [{ id: 'gpu' }],
    },
  });
});

it('tells the files on a storage, and why not', async () => {
  expect(await collector.files(server, 'local', 'iso')).toEqual({ ok: true, value: ['local:iso/a.iso'] });
  expect(await collector.files(server, 'none', 'iso')).toMatchObject({ ok: false });
});

it('tells what a VM will have only after a restart', async () => {
  const answer = await collector.pending(server, vm(100));
  expect(answer.ok && answer.value.map(({ key }) => key)).toEqual(expect.arrayContaining(['memory', 'name']));
  expect(await collector.config(server, vm(101))).toMatchObject({ ok: true, value: { name: 'vm-101' } });
});

it('reboots a VM that is there, on the node where it is', async () => {
  expect(await collector.reboot(server, 101)).toMatchObject({ ok: true });
  expect(requests.at(-1)).toBe('POST /nodes/pve1/qemu/101/status/reboot');
  expect(await collector.reboot(server, 999)).toEqual({ ok: false, reason: 'there is no VM 999' });
});

it('asks a server once, however many servers of definitions it is', async () => {
  const twin = { ...server, key: 'pve9' };
  const guests = await collector.guests([server, server]);
  expect([...guests.keys()]).toEqual(['pve1']);
  expect(asked('/cluster/resources')).toBe(1);
  expect(asked('/version')).toBe(1);
  expect(await collector.guests([twin])).toEqual(new Map([['pve9', { problem: { kind: 'no-token' } }]]));
});

it('says of everything that a server which lets nobody in does not tell', async () => {
  const guest: Guest = vm(100);
  const locked = new Collector({ env: {}, timeout: 10_000 });
  const none = { ok: false, reason: 'the server lets nobody in' };
  expect(await locked.vm(server, guest)).toEqual({ config: none });
  expect(await locked.config(server, guest)).toEqual(none);
  expect(await locked.pending(server, guest)).toEqual(none);
  expect(await locked.objects(server)).toEqual(none);
  expect(await locked.files(server, 'local', 'iso')).toEqual(none);
  expect(await locked.reboot(server, 100)).toEqual(none);
  expect(await locked.collect({ servers: [server], nodes: [], pciMappings: [] } as never)).toEqual(
    new Map([['pve1', { problem: { kind: 'no-token' } }]]),
  );
  await locked.close();
  expect(requests).toEqual([]);
});
