/** What goes wrong without Omni, with the real talosctl: each is told, and nothing is done. */
import { renameSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { connect } from 'node:tls';
import { join } from 'node:path';
import type { MachineFaults } from '../../simulators/talos';
import { eventually } from '../testing/omni';
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

  it('notices lost and wrong secrets, and nodes that left the definition', async () => {
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

    world.edit((it) => it.deleteIn(['workers', 1]));
    expect(await refused()).toMatch(
      /error\[live-talos-leaving\] talos-worker-2: is a member of the cluster and not in the definition.*talosctl reset --graceful --nodes \S+\.111/,
    );
  }, 240_000);

  it('goes on without a node that does not answer, as far as etcd can spare it', async () => {
    world = await StandaloneWorld.ofMachines();
    await world.secrets();
    const off = async (name: string): Promise<() => Promise<void>> => {
      const { id } = await world.machine(name);
      await world.talos.power(id, false);
      return () => world.talos.power(id, true);
    };
    const firstOn = await off('talos-control-1');
    expect(await refused()).toContain(
      'error[live-talos-etcd] talos-control-1: no other control plane shows members of etcd, so nobody knows whether etcd has begun on talos-control-1',
    );
    await firstOn();

    const workerOn = await off('talos-worker-2');
    const without = await world.apply();
    expect(without).toMatchObject({ code: 1 });
    expect(without.stderr).toMatch(
      /warning\[live-talos-unreachable\] talos-worker-2: \S+: does not answer at port 50000; check that the VM runs/,
    );
    expect(without.stderr).toContain(
      'home: applied; 5 nodes ready\nerror: home is incomplete: without talos-worker-2; run the same command again when all nodes answer\n',
    );
    expect(await world.running()).toHaveLength(5);
    await workerOn();
    await world.well(world.run(['discover', 'home', '--wait', '30s']));

    // A member of etcd is away: workers go on, control planes wait.
    const memberOn = await off('talos-control-3');
    for (const list of ['control_planes', 'workers'])
      world.edit((it) => it.setIn([list, 0, 'sysctls'], it.createNode({ 'vm.swappiness': '10' })));
    const held = await world.apply();
    expect(held.code).toBe(1);
    expect(held.stderr).toContain(
      'warning[live-talos-held] talos-control-1: stays as it is until talos-control-3 answers: a member of etcd is away',
    );
    expect(held.stdout).toBe(
      `- talos-worker-1: machine.sysctls: none → (set)\n- talos-worker-2 gets its configuration, and joins (${world.subnet}.111)\n`,
    );
    expect(held.stderr).toContain('error: home is incomplete: without talos-control-3, talos-control-1; run');
    expect((await world.machine('talos-control-1')).config).not.toContain('vm.swappiness');
    await memberOn();
    await world.well(world.run(['discover', 'home', '--wait', '30s']));
    expect((await world.well(world.apply())).stdout).toBe(
      '- talos-control-1: machine.sysctls: none → (set)\n',
    );
  }, 300_000);

  it('does not begin a cluster whose shared address somebody else has', async () => {
    world = await StandaloneWorld.ofMachines();
    await world.secrets();
    const vip = `${world.subnet}.50`;
    const taken = `error[live-talos-vip] talos-control-1: the VIP ${vip}, which the control planes will share, is taken:`;
    const server = createServer().listen(8006, vip);
    expect(await refused()).toContain(`${taken} a machine answers there at port 8006 (Proxmox VE). Free it`);
    server.close();
    await world.talos.addMachine({
      id: STRANGER,
      links: [{ mac: 'AA:AA:AA:AA:AA:AA' }],
      addresses: [`${vip}/24`],
    });
    expect(await refused()).toContain(
      `${taken} a machine in maintenance mode answers there, with UUID ${STRANGER} and MAC aa:aa:aa:aa:aa:aa. Free it`,
    );
    await world.talos.removeMachine(STRANGER);
    await world.well(world.apply());

    // Who is elected has it, and another one when that is away.
    const holder = async (): Promise<string> => {
      const socket = connect({ host: vip, port: 6443, rejectUnauthorized: false });
      await once(socket, 'secureConnect');
      const names = socket.getPeerCertificate().subjectaltname ?? '';
      socket.destroy();
      expect(names).toContain(`IP Address:${vip}`);
      return /\.10(\d)\b/.exec(names)?.[1] ?? names;
    };
    const before = await holder();
    expect(before).toMatch(/^[012]$/);
    await world.talos.power((await world.machine(`talos-control-${Number(before) + 1}`)).id, false);
    await eventually(async () => expect(await holder()).toMatch(before === '0' ? /^[12]$/ : /^0$/));
  }, 300_000);

  it('tells which machine has another Talos than its configuration is for', async () => {
    world = await StandaloneWorld.ofMachines(undefined, ({ name }) => ({
      ...(name === 'talos-worker-1' ? { talos: 'v1.11.5' } : {}),
      ...(name === 'talos-worker-2' ? { talos: 'v1.13.0' } : {}),
    }));
    await world.secrets();
    const told = await refused();
    expect(told).toContain(
      'error[live-talos-version] talos-worker-1: has booted Talos v1.11.5, which does not know all of a configuration for v1.12.0; let its image in the definition be of v1.12.0, and make its VM anew: npm run up -- home --allow replace:talos-worker-1\n',
    );
    expect(told).toContain(
      'warning[live-talos-version] talos-worker-2: has booted Talos v1.13.0, and installs v1.12.0 of the definition, which is older; is its image the one that is meant?\n',
    );
  }, 120_000);

  it('tells which node has another clock, another address, or hangs, and what helps', async () => {
    world = await StandaloneWorld.ofMachines();
    await world.secrets();
    await world.well(world.apply());
    const id = async (name: string): Promise<string> => (await world.machine(name)).id;
    const restart = async (name: string, whileOff: () => Promise<void> = () => Promise.resolve()) => {
      await world.talos.power(await id(name), false);
      await whileOff();
      await world.talos.power(await id(name), true);
      await eventually(async () => expect(await world.machine(name)).toMatchObject({ stage: 'running' }));
    };
    const clock = async (hours: number): Promise<void> => {
      await world.talos.fault(await id('talos-worker-1'), { clockMs: hours * 3_600_000 });
      await restart('talos-worker-1');
    };
    await clock(50);
    const moved = await id('talos-worker-2');
    await restart('talos-worker-2', () => world.talos.lease(moved, `${world.subnet}.77/24`));
    await world.talos.fault(await id('talos-worker-3'), { hangs: true });
    const told = await refused();
    expect(told).toMatch(
      /error\[live-talos-failed\] talos-worker-1: \S+: has a certificate that is valid from 2\S+ on, and here it is 2\S+: its clock is (49|50)h\S* ahead or more, or that of this computer behind; compare date -u here and on its Proxmox server/,
    );
    expect(told).toMatch(
      new RegExp(
        `warning\\[live-talos-unreachable\\] talos-worker-2: \\S+: does not answer at port 50000;.*The other nodes find talos-worker-2 at ${world.subnet}.77: give its MAC \\S+ its address again`,
      ),
    );
    expect(told).toMatch(
      /warning\[live-talos-unreachable\] talos-worker-3: \S+: takes connections at port 50000, and answers nothing: its Talos hangs; .* qm reset 1102 on pve1\n/,
    );

    await clock(-50);
    expect(await refused()).toMatch(
      /talos-worker-1: .* was valid until .*: its clock is 2\dh\S* behind or more/,
    );
    await clock(-5);
    expect(await refused()).toMatch(
      /talos-worker-1: .* takes a certificate that was made just now for one that is not valid: its clock is behind/,
    );
  }, 400_000);

  it('tells which machine took its configuration, and did not come back with it', async () => {
    world = await StandaloneWorld.ofMachines();
    await world.secrets();
    const fault = async (name: string, faults: MachineFaults): Promise<void> =>
      world.talos.fault((await world.machine(name)).id, faults);
    await fault('talos-worker-1', { neverInstalls: true });
    await fault('talos-worker-2', { neverBoots: true });
    const { code, stderr } = await world.apply('--wait', '15s');
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /error: after 15s: talos-worker-1 is still in maintenance mode; the console of VM 1100 on pve1 says why .*, talos-worker-2: does not answer at port 50000/,
    );
    expect(await world.running()).toHaveLength(4);
    for (const name of ['talos-worker-1', 'talos-worker-2']) await fault(name, {});
    await world.talos.power((await world.machine('talos-worker-2')).id, true);
    await world.well(world.run(['discover', 'home', '--wait', '30s']));
    const done = await world.well(world.apply());
    expect(done.stdout).toBe(`- talos-worker-1 gets its configuration, and joins (${world.subnet}.110)\n`);
  }, 300_000);

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
