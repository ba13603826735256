/**
 * `up` without Omni is killed again and again, with its whole process group, on simulated servers, with the real Terraform, provider,
 * sops and talosctl. Each run goes on where the one before died, and the end is that of a run that nobody has disturbed.
 */
import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { KILLED } from '../testing/mortal';
import { mortalPrograms, type ProgramDeath } from '../testing/mortal-programs';
import { eventually } from '../testing/omni';
import { StandaloneWorld, UP } from '../testing/standalone-world';
import { describeTerraform, terraform } from '../testing/terraform';

const describeTools = process.env['ACCEPTANCE_TOOLS'] === undefined ? describe.skip : describeTerraform;

const JOIN = 'talosctl apply-config --insecure';

/** In the order of the work, each a step further than the one before. */
const DEATHS: readonly ProgramDeath[] = [
  { call: 'sops decrypt', when: 'before' },
  { call: 'terraform plan', when: 'before' },
  { call: 'terraform plan', when: 'after' },
  { call: 'terraform apply', when: 'before' },
  // Terraform dies, too, and what it had begun is in no state.
  { call: 'terraform apply', when: { powercut: 'virtual_environment_vm.*Creation complete' } },
  // Terraform ends in order what it has begun.
  { call: 'terraform apply', when: { during: 'virtual_environment_vm.*Creation complete' } },
  { call: 'talosctl get systeminformation', nth: 2, when: 'before' },
  { call: 'talosctl gen config', nth: 3, when: 'before' },
  { call: JOIN, when: 'before' },
  { call: JOIN, when: 'after' },
  { call: 'talosctl bootstrap', when: 'before' },
  { call: 'talosctl bootstrap', when: 'after' },
  { call: 'talosctl etcd members', nth: 2, when: 'after' },
  { call: JOIN, when: 'after' },
  { call: JOIN, when: 'before' },
  { call: JOIN, nth: 2, when: 'after' },
  { call: 'talosctl kubeconfig', when: 'before' },
  { call: 'talosctl kubeconfig', when: 'after' },
];

describeTools('up without Omni, killed at every step', () => {
  let world: StandaloneWorld;

  afterEach(() => world.close());

  const up = [...UP, '--auto-approve', '--kubeconfig', 'kubeconfig'];

  /** All that there is at the end, but for what each run makes anew: certificates of clients, and numbers of boots. */
  async function theEnd() {
    const machines = await world.talos.machines();
    const kubeconfig = readFileSync(join(world.folder, 'kubeconfig'), 'utf8');
    const { stdout } = await terraform(
      join(world.folder, 'cdktf.out/stacks/home'),
      ['output', '-json', 'machine_inventory'],
      {},
    );
    return {
      inventory: JSON.parse(stdout) as unknown,
      kubeconfig: parse(kubeconfig.replaceAll(/(client-(?:certificate|key)-data): \S+/g, '$1: x')) as unknown,
      machines: machines
        .map((machine) => ({ ...machine, bootId: '' }))
        .sort((a, b) => a.hostname.localeCompare(b.hostname)),
      vms: world.vms(),
      // Whoever is configured again may reboot.
      configured: await world.did('ApplyConfiguration'),
      begun: await world.did('Bootstrap'),
    };
  }

  it('comes to the same end', async () => {
    world = await StandaloneWorld.ofServers();
    await world.secrets();
    await world.well(world.run(up));
    const good = await theEnd();
    expect(good.configured).toEqual((await world.cluster()).nodes.map(({ name }) => name).sort());
    expect(good.begun).toEqual(['talos-control-1']);
    const undisturbed = world;
    await world.close();

    world = await StandaloneWorld.ofServers(undisturbed.vault);
    const secrets = 'clusters/home.talos.sops.yaml';
    cpSync(join(undisturbed.folder, secrets), join(world.folder, secrets));
    for (const death of DEATHS) {
      const { env, gone } = mortalPrograms(death, world.env['PATH'] ?? '');
      const { code, stderr } = await world.run(up, { env });
      expect({ death, code, stderr }).toMatchObject({ death, code: KILLED });
      expect(existsSync(join(world.folder, 'kubeconfig'))).toBe(false);
      await gone();
    }
    await world.well(world.run(up));
    expect(await theEnd()).toEqual(good);
    const again = await world.well(world.run(up));
    expect(again.stderr).toContain('home: unchanged\nkubeconfig: unchanged\n');
    // What outlives the dead removes the talosconfigs.
    await eventually(async () => expect(await Promise.resolve(readdirSync(world.memory))).toEqual([]));
  }, 600_000);
});
