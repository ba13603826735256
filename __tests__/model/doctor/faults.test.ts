import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { DEFAULT_SECRET, startPve, type Pve, type SiteState, type Vm } from '../../../simulators/pve';
import { doctor, trusting, type Printed } from '../../testing/doctor';
import { temporaryFolder } from '../../testing/terraform';

const FIXTURES = join(__dirname, '../../fixtures/live');

const NODE_PCI = [
  { path: '0000:01:00.0', id: '10de:2204', subsystemId: '10de:1454', iommuGroup: 14 },
  { path: '0000:02:00.0', id: '10de:2204', subsystemId: '10de:1454', iommuGroup: 15 },
  { path: '0000:03:00.0', id: '10de:25b6', mdev: true },
];

/** A token that may read the guests of a pool of its own and not much else. */
const WEAK = {
  id: 'weak@pve!test',
  privileges: ['Datastore.Audit', 'SDN.Use', 'Pool.Audit'],
  acl: { '/vms/9000': ['VM.Audit'] },
};

/** As an operator has it who imports images. */
const LOCAL = { id: 'local', content: ['iso', 'import'] as const };

let pve: Pve;
let other: Pve;
let printed: Printed;
let json: Printed;

beforeAll(async () => {
  const folder = temporaryFolder();
  pve = await startPve({
    sites: [
      {
        name: 'pve1',
        nodes: [
          {
            name: 'pve1',
            cpus: 8,
            memoryGib: 64,
            clockAhead: 600,
            bridges: [{ name: 'vmbr0' }, { name: 'vmbr1', mtu: 1500 }],
            storages: [
              {
                id: 'local',
                content: ['iso'],
                volumes: [{ name: 'iso/talos-v1.11.5-nocloud.iso', size: 1e8 }],
              },
              { id: 'os', type: 'lvmthin', sizeGib: 500 },
              { id: 'thick', type: 'lvm', sizeGib: 20 },
              { id: 'off', type: 'lvmthin', enabled: false },
              { id: 'away', type: 'nfs', active: false },
              { id: 'isos', content: ['iso'] },
            ],
            pci: NODE_PCI,
          },
        ],
        mappings: [{ id: 'elsewhere', map: ['id=10de:25b6,node=pve9,path=0000:03:00.0'] }],
        pools: ['talos'],
      },
      {
        name: 'pve2',
        version: '8.3.2',
        nodes: [{ name: 'pve2', storages: [{ id: 'os', type: 'lvmthin' }, { id: 'local' }] }],
      },
      { name: 'pve3', tokens: [WEAK] },
      {
        name: 'pve4',
        nodes: [
          { name: 'pve4', storages: [LOCAL, { id: 'local-lvm', type: 'lvmthin' }] },
          { name: 'pve4-b' },
        ],
      },
      { name: 'pve5' },
    ],
  });
  other = await startPve({ sites: [{ name: 'pve8' }] });
  misuse(pve.site('pve1').state, pve.site('pve2').state);
  const file = join(folder, 'faults.yaml');
  const addresses: Record<string, string> = {
    ...Object.fromEntries(Object.values(pve.sites).map(({ name, endpoint }) => [name, endpoint])),
    pve6: pve.site('pve5').endpoint,
    pve7: `https://127.0.0.1:${await closedPort()}/`,
    pve8: other.site('pve8').endpoint,
  };
  writeFileSync(
    file,
    readFileSync(join(FIXTURES, 'faults.yaml'), 'utf8').replace(
      /\{(pve\d)\}/g,
      (_, name: string) => addresses[name] ?? '',
    ),
  );
  const token = (id: string, secret = DEFAULT_SECRET) => `${id}=${secret}`;
  const env = {
    ...trusting(pve, folder),
    ...Object.fromEntries(
      ['pve1', 'pve2', 'pve4', 'pve7', 'pve8'].map((key) => [
        `TF_VAR_proxmox_${key}_api_token`,
        token('terraform@pve!test'),
      ]),
    ),
    TF_VAR_proxmox_pve3_api_token: token('weak@pve!test'),
    TF_VAR_proxmox_pve5_api_token: token('terraform@pve!test', 'wrong-secret'),
    TF_VAR_proxmox_pve6_api_token: 'terraform@pve!test:a-secret-with-a-colon',
  };
  printed = await doctor(file, env);
  json = await doctor(file, env, { json: true });
});

afterAll(() => Promise.all([pve.close(), other.close()]));

/** What people and other programs have done on the servers. */
function misuse(one: SiteState, two: SiteState): void {
  const add = (state: SiteState, vmid: number, vm: Partial<Vm>): void =>
    void state.vms.set(vmid, {
      vmid,
      node: state.name,
      status: 'running',
      ...vm,
      config: { memory: 2048, ...vm.config },
    });
  const ours = (name: string) => ({ name, tags: 'faults;talos' });
  add(one, 1000, { config: { name: 'nas', net0: 'virtio=BC:24:11:01:00:01,bridge=vmbr0' } });
  add(one, 1101, {
    lock: 'backup',
    config: { ...ours('w-2'), scsi0: 'os:vm-1101-disk-0,size=150G', scsi5: 'os:vm-1101-disk-1,size=20G' },
  });
  add(one, 1102, { status: 'stopped', config: { ...ours('w-3'), scsi0: 'os:vm-1102-disk-0,size=100G' } });
  add(one, 500, {
    config: {
      name: 'desktop',
      memory: 32768,
      hostpci0: '0000:02:00,pcie=1',
      smbios1: 'uuid=11111111-2222-4333-8444-555555555555',
      net0: 'e1000=02:AB:00:00:00:07,bridge=vmbr0',
    },
  });
  add(two, 700, { config: ours('w-4') });
  add(two, 701, { status: 'stopped', config: { name: 'w-5' } });
}

/** A port of loopback where nothing listens. */
function closedPort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

const stable = (text: string): string => text.replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT');

describe('doctor on servers on which nearly everything is wrong', () => {
  it('tells every fault with its place and its repair', () => {
    const expected = join(FIXTURES, 'faults.expected.txt');
    if (process.env['UPDATE_FIXTURES']) writeFileSync(expected, stable(printed.err));
    expect(stable(printed.err)).toBe(readFileSync(expected, 'utf8'));
    expect(printed.code).toBe(1);
  });

  it('says per server what passed and what could not be asked', () => {
    const expected = join(FIXTURES, 'faults.servers.txt');
    if (process.env['UPDATE_FIXTURES']) writeFileSync(expected, stable(printed.out));
    expect(stable(printed.out)).toBe(readFileSync(expected, 'utf8'));
  });

  it('gives the same as data', () => {
    const data = JSON.parse(json.out) as { diagnostics: object[]; servers: object[] };
    expect(data).toMatchObject({ format_version: 1 });
    expect(data.diagnostics).toHaveLength(printed.err.trim().split('\n').length);
    expect(data.servers[6]).toEqual({
      cluster: 'faults',
      key: 'pve7',
      node_name: 'pve7',
      checks: 25,
      passed: 0,
      not_checked: ['everything: no answer'],
    });
    expect({ code: json.code, err: json.err }).toEqual({ code: 1, err: '' });
  });

  it.each([DEFAULT_SECRET, 'wrong-secret', 'a-secret-with-a-colon'])(
    'never prints the secret %s',
    (secret) => {
      expect(printed.out + printed.err + json.out).not.toContain(secret);
    },
  );

  it('is what the guide shows, and asks what the guide lists', () => {
    const guide = readFileSync('docs/guide/doctor.md', 'utf8');
    const shown = /```text\n([\s\S]*?)```/.exec(guide)?.[1]?.trim().split('\n') ?? [];
    const all = stable(printed.err + printed.out).split('\n');
    expect(shown.filter((line) => !all.includes(line))).toEqual([]);
    expect(shown).toHaveLength(4);
    const listed = [...guide.matchAll(/^\| `(\/\S+)`/gm)].map((match) => match[1] ?? '');
    const asked = Object.values(pve.sites).flatMap(({ requests }) =>
      requests.map(({ template }) => template),
    );
    expect(listed.sort()).toEqual([...new Set(asked)].sort());
    // What servers had when `init` looked is not written down here.
    const rules = new Set(['live-changed', ...(printed.err.match(/(?<=(error|warning)\[)[a-z-]+/g) ?? [])]);
    expect([...guide.matchAll(/^\| `([a-z-]+)`/gm)].map((match) => match[1]).sort()).toEqual(
      [...rules].sort(),
    );
  });

  it('sends nothing that the API does not allow', () => {
    expect(Object.values(pve.sites).flatMap(({ violations }) => violations)).toEqual([]);
  });
});
