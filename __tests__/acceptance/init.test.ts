/** `init` against simulated servers of six kinds: what it writes validates, doctor is clean, and guests of others stay as they are. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunResult } from '../../scripts/lib/platform/exec';
import { DEFAULT_SECRET, startPve, type Pve, type SiteOptions } from '../../simulators/pve';
import {
  bridgeTalos,
  loopbackSubnet,
  startTalos,
  type Talos,
  type TalosBridge,
} from '../../simulators/talos';
import { runCli } from '../testing/cli';
import { trusting } from '../testing/doctor';
import { QUICK } from '../testing/talos';
import { describeTerraform, mirrorEnv, temporaryFolder } from '../testing/terraform';
import { Vault } from '../testing/vault';

interface Kind {
  readonly sites: readonly SiteOptions[];
  /** VMIDs of guests that are there, on the first node of the first site. */
  readonly guests?: readonly number[];
  readonly flags?: readonly string[];
  readonly says: string;
}

const rtx = { path: '0000:01:00.0', id: '10de:2204', iommuGroup: 14, subsystemId: '10de:1454' };
const ceph = [
  { id: 'local', type: 'dir' },
  { id: 'ceph-vm', type: 'rbd' },
  { id: 'cephfs', type: 'nfs', content: ['iso'] },
] as const;
const small = [
  { id: 'zfs', type: 'zfspool', sizeGib: 400 },
  { id: 'iso', type: 'dir', content: ['iso'] },
] as const;

const KINDS: Readonly<Record<string, Kind>> = {
  single: { sites: [{ name: 'pve1' }], guests: [100, 101], says: 'storage_os: local-lvm' },
  'a standalone pair': {
    sites: [{ name: 'pve1' }, { name: 'mini', nodes: [{ name: 'mini', storages: small, memoryGib: 32 }] }],
    guests: [1000],
    says: 'storage_images: iso',
  },
  'a cluster of three': {
    sites: [{ name: 'dc', nodes: ['a', 'b', 'c'].map((name) => ({ name })) }],
    says: 'proxmox_cluster: dc',
  },
  Ceph: {
    sites: [
      { name: 'dc', nodes: ['a', 'b', 'c'].map((name) => ({ name, storages: ceph })), version: '8.4.1' },
    ],
    guests: [1900],
    says: 'storage_os: ceph-vm',
  },
  'a GPU': {
    sites: [{ name: 'pve1', nodes: [{ name: 'pve1', pci: [rtx] }] }],
    flags: ['--gpu-workers', '1'],
    says: 'gpu_mappings: [ home-gpu-1 ]',
  },
  'crowded VMIDs': {
    sites: [{ name: 'pve1', nodes: [{ name: 'pve1', memoryGib: 512 }] }],
    guests: Array.from({ length: 40 }, (_, i) => 1000 + i * 250),
    says: 'vm_id_range: 11000-11099',
  },
};

/** A guest of somebody else. */
const foreign = (vmid: number) => ({
  vmid,
  node: '',
  status: 'running' as const,
  config: {
    name: `guest-${vmid}`,
    memory: '1024',
    net0: `virtio=BC:24:11:01:00:${hex(vmid % 256)},bridge=vmbr0`,
  },
});
const hex = (value: number): string => value.toString(16).toUpperCase().padStart(2, '0');

/** Servers, and a folder that nothing is in. */
class World {
  readonly folder = temporaryFolder();

  private constructor(
    readonly pve: Pve,
    private readonly more: Readonly<Record<string, string | undefined>>,
  ) {}

  static async start({ sites, guests = [] }: Kind, more: World['more'] = {}): Promise<World> {
    const pve = await startPve({ sites });
    const [first] = Object.values(pve.sites);
    for (const vmid of guests)
      first?.state.vms.set(vmid, { ...foreign(vmid), node: Object.keys(first.endpoints)[0] ?? '' });
    return new World(pve, more);
  }

  get servers(): [string, string][] {
    return Object.values(this.pve.sites).flatMap(({ endpoints }) => Object.entries(endpoints));
  }

  cli(...args: readonly string[]): Promise<RunResult> {
    const tokens = this.servers.map(([key]): [string, string] => [
      `TF_VAR_proxmox_${key}_api_token`,
      `terraform@pve!test=${DEFAULT_SECRET}`,
    ]);
    return runCli(args, {
      cwd: this.folder,
      timeout: 180_000,
      env: {
        ...mirrorEnv(),
        ...trusting(this.pve, this.folder),
        ...Object.fromEntries(tokens),
        CLUSTERS: join(this.folder, 'clusters'),
        CDKTF_OUTDIR: join(this.folder, 'cdktf.out'),
        NO_COLOR: '1',
        ...this.more,
      },
    });
  }

  init(...flags: readonly string[]): Promise<RunResult> {
    const named = this.servers.flatMap(([key, url]) => ['--server', `${key}=${url}`]);
    return this.cli('init', ...named, '--management', 'standalone', '--yes', ...flags);
  }

  readonly read = (path: string): string => readFileSync(join(this.folder, path), 'utf8');

  /** What the servers know of guests with these VMIDs. */
  guests(vmids: readonly number[] = []): string {
    const all = Object.values(this.pve.sites).flatMap(({ state }) => [...state.vms.values()]);
    return JSON.stringify(all.filter(({ vmid }) => vmids.includes(vmid)));
  }

  readonly close = (): Promise<void> => this.pve.close();
}

const NETWORK = ['--subnet', '10.9.0.0/24', '--gateway', '10.9.0.1', '--dns', '10.9.0.1'];

const well = ({ code, stdout, stderr }: RunResult): string => {
  if (code !== 0) throw new Error(`${code}: ${stdout}${stderr}`);
  return stdout + stderr;
};

describe.each(Object.entries(KINDS))('init, asking servers of the kind: %s', (_, kind) => {
  let world: World;
  beforeAll(async () => (world = await World.start(kind)));
  afterAll(() => world.close());

  it('writes a definition without a problem, for which doctor is clean', async () => {
    const before = world.guests(kind.guests);
    well(await world.init(...NETWORK, ...(kind.flags ?? [])));
    expect(world.read('clusters/home.yaml')).toContain(kind.says);
    expect(await world.cli('validate')).toMatchObject({ code: 0, stderr: '' });
    const doctor = await world.cli('doctor', 'home');
    expect(doctor).toMatchObject({ code: 0, stderr: '' });
    const lines = doctor.stdout.trimEnd().split('\n');
    expect(
      lines.filter((line) => !/^home\/\S+: PVE [\d.]+, node \S+, \d+ checks passed$/.test(line)),
    ).toEqual([]);
    expect(lines).toHaveLength(world.servers.length);
    const asked = Object.values(world.pve.sites).flatMap(({ requests }) => requests);
    expect(asked.filter(({ method }) => method !== 'GET')).toEqual([]);
    expect(Object.values(world.pve.sites).flatMap(({ violations }) => violations)).toEqual([]);
    expect(world.guests(kind.guests)).toBe(before);
  });

  it('changes nothing when it runs again', async () => {
    writeFileSync(join(world.folder, 'clusters/home.yaml'), `${world.read('clusters/home.yaml')}# mine\n`);
    const again = await world.init(...NETWORK);
    expect(well(again)).toMatch(/home is there, and stays as it is/);
    expect(world.read('clusters/home.yaml')).toMatch(/# mine\n$/);
  });
});

const describeTools = process.env['ACCEPTANCE_TOOLS'] === undefined ? describe.skip : describeTerraform;

describeTools.each(['single', 'a standalone pair'])('up, after init on servers of the kind: %s', (name) => {
  const vault = new Vault();
  const kind = KINDS[name];
  let world: World;
  let talos: Talos;
  let bridged: TalosBridge;

  beforeAll(async () => {
    await vault.createKey();
    talos = await startTalos({ timing: QUICK });
    world = await World.start(kind ?? { sites: [], says: '' }, { ...vault.env, ...talos.env });
    bridged = bridgeTalos(world.pve, talos);
    vault.addRules(world.folder);
  });

  afterAll(async () => {
    await bridged.close();
    await world.close();
    await talos.stop();
  });

  it('makes a healthy cluster, and leaves guests of others as they are', async () => {
    const subnet = loopbackSubnet();
    const before = world.guests(kind?.guests);
    well(await world.init('--subnet', `${subnet}.0/24`, '--gateway', `${subnet}.1`));
    well(await world.cli('talos', 'secrets', 'home'));
    const up = well(await world.cli('up', 'home', '--auto-approve', '--wait', '90s'));
    expect(up).toMatch(/^home: applied; \d nodes ready$/m);
    expect(await world.cli('doctor', 'home')).toMatchObject({ code: 0, stderr: '' });
    expect(world.guests(kind?.guests)).toBe(before);
  }, 300_000);
});
