/** What goes wrong without Omni, with the real talosctl: each is told, and nothing is done. */
import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { StandaloneWorld } from '../testing/standalone-world';
import { describeTerraform } from '../testing/terraform';

const describeTalos = process.env['ACCEPTANCE_TOOLS'] === undefined ? describe.skip : describeTerraform;

const STRANGER = '99999999-9999-4999-8999-999999999999';

describeTalos('apply without Omni, where something is wrong', () => {
  let world: StandaloneWorld;

  afterEach(() => world.close());

  /** What `apply` says, and that it has configured nobody. */
  async function refused(...args: readonly string[]): Promise<string> {
    const configs = async (): Promise<string[]> => (await world.talos.machines()).map(({ config }) => config);
    const before = await configs();
    const { code, stdout, stderr } = await world.apply('--wait', '10s', ...args);
    expect({ code, stdout, stderr }).toMatchObject({ code: 1 });
    expect(stderr).toContain('nothing changed\n');
    expect(await configs()).toEqual(before);
    return stderr;
  }

  it('gives no secret to machines that are not its nodes', async () => {
    world = await StandaloneWorld.ofMachines(undefined, ({ name, uuid = '' }) => ({
      ...(name === 'talos-worker-1' ? { id: STRANGER } : {}),
      ...(name === 'talos-worker-2' ? { links: [{ mac: 'AA:AA:AA:AA:AA:AA' }] } : {}),
      ...(name === 'talos-worker-3' ? { id: uuid } : {}),
    }));
    await world.secrets();
    await world.talos.makeForeign((await world.machine('talos-worker-3')).id);
    const told = await refused();
    const at = (host: number): string => `${world.subnet}.${host}`;
    expect(told).toContain(
      `error[live-talos-foreign] talos-worker-1: ${at(110)}: another machine answers there: its UUID is ${STRANGER}`,
    );
    expect(told).toContain(
      `error[live-talos-foreign] talos-worker-2: ${at(111)}: another machine answers there: it has the MAC aa:aa:aa:aa:aa:aa`,
    );
    expect(told).toContain(
      `error[live-talos-foreign] talos-worker-3: ${at(112)}: a node of another cluster answers there, or the secrets`,
    );
    const { code, stdout } = await world.run(['discover', 'home', '--wait', '5s']);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^talos-worker-1 .* foreign$/m);
    expect(stdout).toMatch(/^talos-control-1 .* maintenance$/m);
  }, 120_000);

  it('notices lost, wrong and broken secrets, nodes that are away, and nodes that left the definition', async () => {
    world = await StandaloneWorld.ofMachines();
    await world.secrets();
    await world.well(world.apply());
    const bundle = join(world.folder, 'clusters/home.talos.sops.yaml');

    renameSync(bundle, `${bundle}.mine`);
    const lost = await world.apply();
    expect(lost.code).toBe(1);
    expect(lost.stderr).toContain('home.talos.sops.yaml: no such file');
    await world.secrets();
    expect(await refused()).toMatch(
      /talos-control-1: \S+: a node of another cluster answers there, or the secrets beside/,
    );
    rmSync(bundle);
    renameSync(`${bundle}.mine`, bundle);
    await world.well(world.apply());

    const { id } = await world.machine('talos-worker-2');
    await world.talos.power(id, false);
    expect(await refused()).toMatch(
      /error\[live-talos-unreachable\] talos-worker-2: \S+: does not answer at port 50000; check that the VM runs/,
    );
    await world.talos.power(id, true);
    await world.well(world.run(['discover', 'home', '--wait', '30s']));
    await world.well(world.apply());

    world.edit((it) => it.deleteIn(['workers', 1]));
    expect(await refused()).toMatch(
      /error\[live-talos-leaving\] talos-worker-2: is a member of the cluster and not in the definition.*talosctl reset --graceful --nodes \S+\.111/,
    );
  }, 240_000);

  it('does not begin etcd a second time', async () => {
    world = await StandaloneWorld.ofMachines();
    await world.secrets();
    await world.well(world.apply());
    // A control plane that was made anew joins those that are there.
    const first = await world.machine('talos-control-1');
    await world.talos.power(first.id, false);
    await world.talos.wipe(first.id);
    await world.talos.power(first.id, true);
    await world.well(world.run(['discover', 'home', '--wait', '30s']));
    const { stdout } = await world.run(['apply', 'home', '--dry-run']);
    expect(stdout).toContain('talos-control-1 gets its configuration');
    expect(stdout).not.toContain('etcd begins');
  }, 240_000);

  it('reboots a node only if it is named', async () => {
    world = await StandaloneWorld.ofMachines();
    await world.secrets();
    await world.well(world.apply());
    const patch = { proxy: { machine: { env: { http_proxy: 'http://proxy:3128' } } } };
    for (const list of ['control_planes', 'workers'])
      world.edit((it) => it.setIn([list, 0, 'patches'], it.createNode(patch)));
    const boots = async (): Promise<string[]> => (await world.talos.machines()).map(({ bootId }) => bootId);
    const before = await boots();
    const told = await refused('--reboot', 'talos-control-1');
    expect(told).toContain(
      'error[live-talos-reboot] talos-worker-1: changes machine.env, which Talos does with a reboot only; give --reboot talos-worker-1 when it may\n',
    );
    expect(told).not.toContain('talos-control-1');
    expect(await boots()).toEqual(before);
    expect(await refused('--reboot', 'nobody')).toContain(
      'nobody: is named by --reboot, and no node of the cluster',
    );

    const done = await world.well(world.apply('--reboot', 'talos-control-1', '--reboot', 'talos-worker-1'));
    expect(done.stdout).toBe(
      '- talos-control-1 reboots: machine.env: none → (not shown)\n- talos-worker-1 reboots: machine.env: none → (not shown)\n',
    );
    const after = await boots();
    expect(after.filter((boot, i) => boot !== before[i])).toHaveLength(2);
    expect((await world.well(world.apply())).stderr).toBe('home: unchanged\n');
  }, 240_000);
});
