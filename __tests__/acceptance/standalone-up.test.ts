/** Without Omni: from empty simulated servers to a cluster, with the real Terraform, provider, talosctl, sops and age. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { scanFolder, scanText, watchArguments } from '../testing/secret-scan';
import { StandaloneWorld, UP } from '../testing/standalone-world';
import { describeTerraform } from '../testing/terraform';

const describeTools = process.env['ACCEPTANCE_TOOLS'] === undefined ? describe.skip : describeTerraform;

describeTools('up without Omni', () => {
  let world: StandaloneWorld;

  beforeEach(async () => {
    world = await StandaloneWorld.ofServers();
    await world.secrets();
  });

  afterEach(() => world.close());

  it('makes a cluster, changes nothing when it runs again, and grows it', async () => {
    const watch = watchArguments();
    const made = await world.well(world.up('--auto-approve', '--kubeconfig', 'kubeconfig'));
    const log = made.stdout + made.stderr + watch.stop();
    expect(log).toContain('home: applied; 6 nodes ready\n');
    const planted = await world.planted();
    expect(scanText(planted, 'output and arguments', log)).toEqual([]);
    // Stacks, assembly, logs, state, patches, kubeconfig, and the bundle itself.
    expect(scanFolder(planted, world.folder)).toEqual([]);
    expect(readFileSync(join(world.folder, 'kubeconfig'), 'utf8')).toContain(
      `https://${world.subnet}.50:6443`,
    );
    expect(await world.running()).toHaveLength(6);
    expect(await world.did('Bootstrap')).toEqual(['talos-control-1']);

    const configured = await world.did('ApplyConfiguration');
    const again = await world.well(world.up());
    expect(again.stderr).toContain('home: unchanged\n');
    expect(again.stderr).not.toContain('terraform apply');
    expect(await world.did('ApplyConfiguration')).toEqual(configured);

    const status = await world.well(world.run(['status', 'home']));
    expect(status.stdout).toMatch(
      /^talos-control-1 +control-plane +pve1 +1000 +running +running +v1\.12\.0 +yes +yes +v1\.34\.1$/m,
    );
    expect(status.stderr).not.toContain('Warning');

    world.edit((it) =>
      it.addIn(['workers'], it.createNode({ name: 'talos-worker-4', proxmox_server: 'pve2' })),
    );
    const grown = await world.well(world.up('--auto-approve'));
    expect(grown.stderr).toContain('home: applied; 7 nodes ready\n');
    // The others keep what they have.
    expect(await world.did('ApplyConfiguration')).toEqual([...configured, 'talos-worker-4']);
    expect(await world.did('Bootstrap')).toEqual(['talos-control-1']);
  }, 300_000);

  it('goes on where it was stopped', async () => {
    const stop = async (when: RegExp): Promise<void> => {
      const abort = new AbortController();
      let text = '';
      const onOutput = (more: string): void => {
        text += more;
        if (when.test(text)) abort.abort();
      };
      const { code } = await world.run([...UP, '--auto-approve'], { signal: abort.signal, onOutput });
      expect({ code, text }).toMatchObject({ code: 130, text: expect.stringMatching(when) as string });
    };
    await stop(/^VM talos-control-1: created/m);
    await stop(/^talos-control-1: configuring/m);
    await stop(/^talos-control-1: beginning etcd/m);
    await stop(/^talos-worker-2: configuring/m);
    const done = await world.well(world.up('--auto-approve'));
    expect(done.stderr).toContain('home: applied; 6 nodes ready\n');
    expect(await world.did('Bootstrap')).toEqual(['talos-control-1']);
    expect((await world.well(world.up())).stderr).toContain('home: unchanged\n');
  }, 300_000);
});
