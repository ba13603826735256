import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { StateSplit } from '../../../model/cluster';
import type { DefinitionDraft } from '../../../model/definition/schema';
import { loadInventory } from '../../../scripts/lib/inventory-source';
import { clusterMember, definitionOf, Scenario } from '../../helpers/scenario';
import { describeTerraform, mirrorEnv, temporaryFolder } from '../../helpers/terraform';

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
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('9 resources moved') });
    const stacks = await scenario.stacks();
    expect(stacks.map(({ dir }) => dir.split('/').at(-1))).toEqual(parts);
    expect(await scenario.planned()).toEqual([]);

    for (const terraform of stacks)
      expect(await terraform.apply()).toContain('0 added, 0 changed, 0 destroyed');
    expect(writes()).toBe(since);
    expect({ born: scenario.identities(), vms: vms() }).toEqual(before);

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
