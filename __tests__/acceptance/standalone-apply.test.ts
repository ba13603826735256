/** The steps after Terraform without Omni, with the real talosctl, on machines that run Talos as far as their API shows. */
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scanFolder, scanText, watchArguments } from '../testing/secret-scan';
import { StandaloneWorld } from '../testing/standalone-world';
import { describeTerraform } from '../testing/terraform';

const describeTalos = process.env['ACCEPTANCE_TOOLS'] === undefined ? describe.skip : describeTerraform;

describeTalos('apply without Omni', () => {
  let world: StandaloneWorld;

  afterEach(() => world.close());

  it('shows what would be, does it, and shows what is', async () => {
    world = await StandaloneWorld.ofMachines();
    await world.secrets();
    const nodes = (await world.cluster()).nodes.map(({ name }) => name);

    const found = await world.well(world.run(['discover', 'home']));
    expect(found.stdout.match(/maintenance$/gm)).toHaveLength(nodes.length);
    const dry = await world.well(world.run(['apply', 'home', '--dry-run']));
    expect(dry.stdout.split('\n').slice(0, 2)).toEqual([
      `- talos-control-1 gets its configuration, and joins (${world.subnet}.100)`,
      `- talos-control-2 gets its configuration, and joins (${world.subnet}.101)`,
    ]);
    expect(dry.stdout).toContain('- etcd begins on talos-control-1\n');
    expect((await world.run(['apply', 'home', '--dry-run', '--detailed-exitcode'])).code).toBe(2);
    const printed = await world.well(world.apply('--print-commands'));
    expect(printed.stdout).toContain(
      `talosctl apply-config --insecure --nodes ${world.subnet}.100 --file <machine configuration of talos-control-1>\ntalosctl bootstrap --nodes ${world.subnet}.100\n`,
    );
    expect(await world.did('ApplyConfiguration')).toEqual([]);
    expect((await world.run(['apply', 'home'])).stderr).toContain('there is no terminal to ask on');

    const made = await world.well(world.apply('--kubeconfig', 'kubeconfig'));
    expect(made.stderr).toContain(`home: applied; ${nodes.length} nodes ready\n`);
    expect(statSync(join(world.folder, 'kubeconfig')).mode & 0o777).toBe(0o600);
    expect(await world.did('Bootstrap')).toEqual(['talos-control-1']);
    expect(await world.running()).toEqual([...nodes].sort());
    const status = await world.run(['status', 'home']);
    expect(status.stdout).toMatch(/^talos-control-1 +control-plane .* running +v1\.12\.0 +yes +yes /m);
    expect(status.stdout).toMatch(/^talos-worker-1 +worker .* running +v1\.12\.0 +yes +- /m);

    const kubeconfig = readFileSync(join(world.folder, 'kubeconfig'), 'utf8');
    const again = await world.well(world.apply('--kubeconfig', 'kubeconfig'));
    expect(again.stderr).toBe('home: unchanged\nkubeconfig: unchanged\n');
    expect(readFileSync(join(world.folder, 'kubeconfig'), 'utf8')).toBe(kubeconfig);
    writeFileSync(join(world.folder, 'other'), 'apiVersion: v1\n');
    expect((await world.apply('--kubeconfig', 'other')).stderr).toMatch(
      /^error: other exists, and is no kubeconfig of/,
    );
  }, 240_000);

  it('changes running nodes one at a time, and reboots none that nobody named', async () => {
    world = await StandaloneWorld.ofMachines();
    await world.secrets();
    await world.well(world.apply());
    const applied = await world.did('ApplyConfiguration');
    world.edit((it) => it.setIn(['workers', 0, 'sysctls'], it.createNode({ 'vm.swappiness': '10' })));
    const changed = await world.well(world.apply());
    expect(changed.stdout).toBe('- talos-worker-1: machine.sysctls: none → (set)\n');
    // A dry run, and the change.
    expect(await world.did('ApplyConfiguration')).toEqual(
      [...applied, 'talos-worker-1', 'talos-worker-1'].sort(),
    );
    expect((await world.well(world.apply())).stderr).toBe('home: unchanged\n');
  }, 240_000);

  it('keeps secrets out of arguments, output and files, and leaves nothing in memory', async () => {
    world = await StandaloneWorld.ofMachines();
    await world.secrets();
    const watch = watchArguments();
    const results = [
      await world.run(['discover', 'home', '--json']),
      await world.run(['generate', 'home']),
      await world.apply('--json', '--kubeconfig', 'kubeconfig'),
      await world.run(['status', 'home', '--json']),
      await world.run(['talos', 'config', 'home', '--output', 'talosconfig']),
    ];
    const commandLines = watch.stop();
    expect(results.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0]);
    const planted = await world.planted();
    for (const { stdout, stderr } of results)
      expect(scanText(planted, 'output', stdout + stderr)).toEqual([]);
    expect(scanText(planted, 'arguments', commandLines)).toEqual([]);
    expect(commandLines).toContain('apply-config');
    // What a person has asked for is a secret as a whole, and for its owner alone.
    for (const asked of ['kubeconfig', 'talosconfig']) {
      expect(statSync(join(world.folder, asked)).mode & 0o777).toBe(0o600);
      const keys =
        readFileSync(join(world.folder, asked), 'utf8').match(/(?<=key(?:-data)?: )\S{40,}/g) ?? [];
      expect(keys.length).toBeGreaterThan(0);
      for (const { stdout, stderr } of results)
        expect(scanText({ key: keys[0] ?? '' }, 'output', stdout + stderr)).toEqual([]);
      rmSync(join(world.folder, asked));
    }
    expect(scanFolder(planted, world.folder)).toEqual([]);
    expect(existsSync(join(world.folder, 'machine-configs/home/nodes/talos-worker-1.yaml'))).toBe(true);
    expect(readdirSync(world.memory)).toEqual([]);
  }, 240_000);
});
