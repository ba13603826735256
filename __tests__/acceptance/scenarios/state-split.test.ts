import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { StateSplit } from '../../../model/cluster/cluster';
import type { DefinitionDraft } from '../../../model/cluster/definition/schema';
import { loadInventory } from '../../../scripts/lib/terraform/inventory-source';
import { clusterMember, definitionOf, Scenario } from '../../testing/scenario';
import { writesOf } from '../../simulators/terraform';
import { postgresOr, startPostgres, type Postgres } from '../../testing/postgres';
import { describeTerraform, mirrorEnv, temporaryFolder } from '../../testing/terraform';

const SERVERS = {
  dc1: clusterMember(11, 'dc1', 'dc'),
  dc2: clusterMember(12, 'dc2', 'dc'),
};

const REST: DefinitionDraft = {
  backend: { type: 'local' },
  resource_pool: { id: 'talos', create: true },
  node_pools: [{ name: 'web', role: 'worker', count: 1, first_index: 10, proxmox_server: 'dc2' }],
};

const definition = (): DefinitionDraft => {
  const made = definitionOf(SERVERS, { controlPlanes: 3, workers: 2 }, REST);
  Object.assign(made.defaults?.workers ?? {}, { ha: true });
  return made;
};

const splitBy = (split: StateSplit) => (d: DefinitionDraft) => void (d.state_split = split);

/** Runs move-state on a scenario, with copies in a folder that is gone afterwards. */
const moveState = (scenario: Scenario, ...flags: readonly string[]) =>
  scenario.cli('move-state', 'lab', '--auto-approve', '--backup', temporaryFolder(), ...flags);

describeTerraform('a cluster whose state is split and joined again', () => {
  let scenario: Scenario;
  let before: { readonly born: unknown; readonly vms: string };

  /** All that the servers know of the VMs, and since when they run. */
  const vms = (): string => JSON.stringify(scenario.vms());
  const writes = (): number =>
    scenario.sites.flatMap(({ requests }) => requests.filter(({ method }) => method !== 'GET')).length;

  beforeAll(async () => {
    Object.assign(process.env, mirrorEnv());
    scenario = await Scenario.start(definition());
    await scenario.apply();
    before = { born: scenario.identities(), vms: vms() };
  });

  it('is never destroyed by a plan that comes before the state was moved', async () => {
    await scenario.change(splitBy('server'));
    const [main] = await scenario.stacks();
    const planned = (await main?.planned()) ?? [];
    expect(planned.filter((one) => one.startsWith('forget'))).toHaveLength(6 + 3);
    expect(planned.filter((one) => !one.startsWith('forget'))).toEqual([]);
  });

  it('is blocked by a review then, which says what to run', async () => {
    const { code, stdout } = await scenario.cli('review', 'lab');
    expect(stdout).toContain('blocked[state-misplaced] lab: cp-1, cp-2');
    expect(stdout).toContain('run npm run move-state -- lab');
    expect(code).toBe(2);
  });

  it('tells what it would move, and moves nothing, with --dry-run', async () => {
    const { code, stdout } = await moveState(scenario, '--dry-run');
    expect(stdout).toContain('lab: 9 resources to be moved\n');
    expect(stdout).toContain('  lab → lab-dc2: proxmox_virtual_environment_vm.cp-2\n');
    expect(code).toBe(2);
  });

  it.each<[from: StateSplit, to: StateSplit, parts: string[]]>([
    ['none', 'server', ['lab', 'lab-dc1', 'lab-dc2']],
    ['server', 'machine_set', ['lab', 'lab-control-planes', 'lab-gpu-workers', 'lab-web', 'lab-workers']],
    ['machine_set', 'none', ['lab']],
  ])('%s → %s: no plan has anything to do, and no VM is touched', async (from, to, parts) => {
    const since = writes();
    await scenario.change(splitBy(to));
    const { code, stderr } = await moveState(scenario, '--from', from);
    expect({ code, stderr }).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('9 resources moved') as string,
    });
    const stacks = await scenario.stacks();
    expect(stacks.map(({ dir }) => dir.split('/').at(-1))).toEqual(parts);
    expect(await scenario.planned()).toEqual([]);

    for (const terraform of stacks)
      expect(await terraform.apply()).toContain('0 added, 0 changed, 0 destroyed');
    expect(writes()).toBe(since);
    expect({ born: scenario.identities(), vms: vms() }).toEqual(before);

    for (const command of ['review', 'drift']) {
      const { code: found, stdout } = await scenario.cli(command, 'lab');
      expect({ found, stdout }).toMatchObject({
        found: 0,
        stdout: expect.stringContaining('lab: ') as string,
      });
    }
    const read = await loadInventory({ cluster: 'lab' });
    expect('inventory' in read ? Object.keys(read.inventory) : read).toEqual(
      expect.arrayContaining(['cp-1', 'cp-2', 'cp-3', 'w-1', 'w-2', 'web-1']),
    );
    expect((await moveState(scenario, '--from', from)).stderr).toContain(
      'every resource is in the state where it belongs',
    );
  });

  it('leaves no folder with states behind', () => {
    const stacks = join(scenario.file, '../out/stacks');
    expect(existsSync(stacks)).toBe(true);
    expect(readdirSync(stacks).filter((name) => name.startsWith('.'))).toEqual([]);
  });
});

postgresOr(describeTerraform)('a state in PostgreSQL', () => {
  let postgres: Postgres;

  beforeAll(async () => {
    Object.assign(process.env, mirrorEnv());
    postgres = await startPostgres();
    process.env['PG_CONN_STR'] = postgres.connection;
  });
  afterAll(async () => {
    delete process.env['PG_CONN_STR'];
    await postgres.stop();
  });

  it('is split and joined again, and no VM is touched', async () => {
    const scenario = await Scenario.start(definition());
    await scenario.change((d) => (d.backend = { type: 'pg', config: { schema_name: 'lab' } }));
    await scenario.terraform.must('init', '-reconfigure');
    await scenario.apply();
    expect(Object.keys(scenario.vms())).toHaveLength(6);
    const born = scenario.identities();
    for (const [from, to] of [
      ['none', 'server'],
      ['server', 'machine_set'],
      ['machine_set', 'none'],
    ] as const) {
      await scenario.change(splitBy(to));
      const { code, stderr } = await moveState(scenario, '--from', from);
      expect({ code, stderr }).toMatchObject({
        code: 0,
        stderr: expect.stringContaining('9 resources moved') as string,
      });
      expect(await scenario.planned()).toEqual([]);
    }
    expect(scenario.identities()).toEqual(born);
    expect(await postgres.schemas()).toEqual(
      ['', '_control_planes', '_dc1', '_dc2', '_gpu_workers', '_web', '_workers'].map((part) => `lab${part}`),
    );
    expect(await postgres.locks()).toBe(0);
  });
});

describeTerraform('a split state', () => {
  it('refuses to lose a control plane, also where its part has no other node', async () => {
    const made = definitionOf(
      SERVERS,
      { controlPlanes: 3 },
      { backend: { type: 'local' }, state_split: 'server' },
    );
    const scenario = await Scenario.start(made);
    for (const terraform of await scenario.stacks()) await terraform.apply();
    expect(Object.keys(scenario.vms()).sort()).toEqual(['cp-1', 'cp-2', 'cp-3']);
    await scenario.change((d) => void (d.control_planes = d.control_planes?.slice(0, 1)));

    const [main, dc1, dc2] = await scenario.stacks();
    for (const terraform of [main, dc1, dc2]) {
      expect(await terraform?.refused('plan')).toContain('Control plane cp-2 (VM 1001 on node dc2)');
    }
    const { code, stdout } = await scenario.cli('review', 'lab');
    expect({ code, stdout }).toMatchObject({
      code: 2,
      stdout: expect.stringContaining('--allow remove:cp-2') as string,
    });
    expect(await dc2?.apply('-var', 'allow=["remove:cp-2","remove:cp-3"]')).toContain('1 destroyed');
    expect(Object.keys(scenario.vms()).sort()).toEqual(['cp-1', 'cp-3']);
  });

  it('follows a node that Proxmox has migrated to another server', async () => {
    const made = definitionOf(SERVERS, { workers: 1 }, { backend: { type: 'local' }, state_split: 'server' });
    const scenario = await Scenario.start(made);
    for (const terraform of await scenario.stacks()) await terraform.apply();
    const before = scenario.identities();
    scenario.vm('w-1').node = 'dc2';
    await scenario.change((d) => void Object.assign(d.workers?.[0] ?? {}, { proxmox_server: 'dc2' }));
    expect((await moveState(scenario)).stdout).toContain(
      'lab-dc1 → lab-dc2: proxmox_virtual_environment_vm.w-1',
    );
    // The first node there brings its image.
    expect(await scenario.planned()).toEqual(['create proxmox_download_file.talos_dc2']);
    expect(scenario.identities()).toEqual(before);
  });
});

describeTerraform('a cluster that is renamed', () => {
  it.each<StateSplit>(['none', 'server'])('keeps its VMs, with state_split: %s', async (split) => {
    const scenario = await Scenario.start({ ...definition(), state_split: split });
    for (const terraform of await scenario.stacks()) await terraform.apply();
    const [born, uuid] = [scenario.identities(), scenario.vm('w-1').config['smbios1']];
    await scenario.change((d) => Object.assign(d, { cluster_name: 'labor', renamed_from: 'lab' }));
    const moved = await scenario.cli('move-state', 'labor', '--auto-approve', '--backup', temporaryFolder());
    expect(moved).toMatchObject({ code: 0 });

    // The new name is in descriptions and tags.
    const planned = await scenario.planned();
    expect(planned).toHaveLength(6);
    expect(planned.filter((one) => !one.startsWith('update proxmox_virtual_environment_vm.'))).toEqual([]);
    const requests = () => scenario.sites.flatMap((site) => writesOf(site));
    const since = requests().length;
    for (const terraform of await scenario.stacks()) await terraform.apply();
    expect(
      new Set(
        requests()
          .slice(since)
          .map((write) => write.replace(/\d+/, 'N')),
      ),
    ).toEqual(new Set(['PUT qemu/N/config']));
    expect(scenario.identities()).toEqual(born);
    expect(scenario.vm('w-1')).toMatchObject({ status: 'running', config: { smbios1: uuid } });
    expect(scenario.vm('w-1').config['tags']).toContain('labor');
    expect(await scenario.planned()).toEqual([]);
  });
});
