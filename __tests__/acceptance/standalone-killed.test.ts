/** `apply` without Omni, killed again and again: each run goes on where the one before died, and the end is the same. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { KILLED } from '../testing/mortal';
import { mortalTalosctl, type TalosDeath } from '../testing/mortal-talosctl';
import { eventually } from '../testing/omni';
import { StandaloneWorld } from '../testing/standalone-world';
import { describeTerraform } from '../testing/terraform';

const describeTalos = process.env['ACCEPTANCE_TOOLS'] === undefined ? describe.skip : describeTerraform;

const JOIN = 'apply-config --insecure';

/** In the order of the work, each a step further than the one before. */
const DEATHS: readonly TalosDeath[] = [
  { call: 'gen config', nth: 3, when: 'before' },
  { call: 'get systeminformation', nth: 5, when: 'after' },
  { call: JOIN, when: 'before' },
  { call: JOIN, when: 'after' },
  { call: 'bootstrap', when: 'before' },
  { call: 'bootstrap', when: 'after' },
  { call: 'etcd members', nth: 2, when: 'before' },
  { call: JOIN, when: 'before' },
  { call: JOIN, when: 'after' },
  { call: JOIN, when: 'before' },
  { call: JOIN, when: 'after' },
  { call: JOIN, when: 'before' },
  { call: JOIN, when: 'after' },
  { call: JOIN, when: 'after' },
  { call: 'get machinestatus', when: 'after' },
  { call: 'kubeconfig', when: 'before' },
  { call: 'kubeconfig', when: 'after' },
];

describeTalos('apply without Omni, killed at every step', () => {
  let world: StandaloneWorld;

  afterEach(() => world.close());

  it('comes to the same end', async () => {
    world = await StandaloneWorld.ofMachines();
    await world.secrets();
    const apply = ['apply', 'home', '--wait', '60s', '--auto-approve', '--kubeconfig', 'kubeconfig'];
    for (const death of DEATHS) {
      // One that was configured may be rebooting.
      await world.well(world.run(['discover', 'home', '--wait', '60s']));
      const { code, stderr } = await world.run(apply, mortalTalosctl(death));
      expect({ death, code, stderr }).toMatchObject({ death, code: KILLED });
      expect(existsSync(join(world.folder, 'kubeconfig'))).toBe(false);
    }
    await world.well(world.run(apply));
    const names = (await world.cluster()).nodes.map(({ name }) => name).sort();
    expect(await world.running()).toEqual(names);
    expect(await world.count('Bootstrap')).toBe(1);
    expect(await world.count('ApplyConfiguration')).toBe(names.length);
    expect((await world.well(world.run(apply))).stderr).toBe('home: unchanged\nkubeconfig: unchanged\n');
    // What outlives the dead removes the talosconfigs.
    await eventually(async () =>
      expect(
        await Promise.resolve(readdirSync('/dev/shm').filter((name) => name.includes('talos-proxmox'))),
      ).toEqual([]),
    );
  }, 600_000);
});
