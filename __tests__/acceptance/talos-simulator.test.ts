import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { simulate } from '../../simulators/pve';
import {
  bridgeTalos,
  loopbackSubnet,
  startTalos,
  type Talos,
  type TalosMachine,
} from '../../simulators/talos';
import { Terraform } from '../simulators/terraform';
import { eventually } from '../testing/omni';
import { QUICK, TalosCluster, talosAddress, talosMachine } from '../testing/talos';
import { describeTerraform, fakeVariables, synthesize, temporaryFolder } from '../testing/terraform';

const describeTalos = process.env['ACCEPTANCE_TOOLS'] === undefined ? describe.skip : describe;

/** talosctl 1.13 is built where a suite needs it. */
const BUILD_MS = 30 * 60_000;

/**
 * What nobody here wrote is the real talosctl, which talks to the machines as to real ones, and the check of configurations, which is
 * that of Talos itself.
 */
describeTalos.each([
  ['1.12', 'v1.12.0', 'v1.12.3'],
  ['1.13', 'v1.13.0', 'v1.13.1'],
] as const)('simulated machines and the real talosctl %s', (version, installed, newer) => {
  let talos: Talos;
  let cluster: TalosCluster;

  beforeAll(async () => {
    const machines = [1, 2, 3, 4, 5].map((n) => talosMachine(n, { talos: installed }));
    talos = await startTalos({ machines, timing: QUICK });
    cluster = new TalosCluster(talos, version);
    await cluster.generate();
  }, BUILD_MS);

  afterAll(async () => {
    cluster.remove();
    await talos.stop();
  });

  const machine = (n: number): Promise<TalosMachine> => talos.machine(talosMachine(n).id);

  const becomes = (n: number, stage: string): Promise<void> =>
    eventually(async () => expect(await machine(n)).toMatchObject({ stage, ready: true }));

  const health = (): Promise<string> => cluster.mustOn(1, 'health', '--server=false', '--wait-timeout=20s');

  it('in maintenance they say who they are to anybody, and nothing else', async () => {
    const ask = (what: string): Promise<string> =>
      cluster.must('get', what, '--insecure', '--nodes', talosAddress(1), '--output', 'json');
    expect(JSON.parse(await ask('systeminformation').then(firstObject))).toMatchObject({
      spec: { uuid: talosMachine(1).id },
    });
    expect(JSON.parse(await ask('links').then(firstObject))).toMatchObject({
      metadata: { id: 'ens18' },
      spec: { hardwareAddr: 'bc:24:11:01:00:01' },
    });
    expect(JSON.parse(await ask('addresses').then(firstObject))).toMatchObject({
      spec: { address: `${talosAddress(1)}/24` },
    });
    expect(await ask('disks')).toContain('/dev/sda');
    expect(await ask('machinestatus')).toContain('"stage": "maintenance"');
    const members = await cluster.run('etcd', 'members', '-n', talosAddress(1), '-e', talosAddress(1));
    expect(members.stderr).toMatch(/certificate signed by unknown authority/);
  });

  it('a configuration that Talos refuses is refused', async () => {
    writeFileSync(join(cluster.folder, 'broken.yaml'), 'version: v1alpha1\nmachine: {type: worker}\n');
    const { code, stderr } = await cluster.run(
      ...['apply-config', '--insecure', '--nodes', talosAddress(4), '--file', 'broken.yaml'],
    );
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/InvalidArgument/) as string,
    });
    expect(await machine(4)).toMatchObject({ stage: 'maintenance', config: '' });
  });

  it('three control planes and a worker become a cluster', async () => {
    for (const n of [1, 2, 3]) await cluster.apply(n, 'controlplane');
    await cluster.apply(4, 'worker');
    await eventually(async () => expect((await cluster.on(1, 'version')).code).toBe(0));
    await cluster.mustOn(1, 'bootstrap');
    for (const n of [1, 2, 3, 4]) await becomes(n, 'running');
    expect(await health()).toMatch(/all k8s nodes to report schedulable: OK/);
    const members = await cluster.mustOn(1, 'etcd', 'members');
    for (const n of [1, 2, 3]) expect(members).toContain(`https://${talosAddress(n)}:2380`);
    const known = await cluster.mustOn(4, 'get', 'members');
    for (const n of [1, 2, 3, 4]) expect(known).toContain(talosAddress(n));
    await cluster.mustOn(1, 'kubeconfig', 'kubeconfig');
    expect(cluster.read('kubeconfig')).toContain(`server: https://${talosAddress(1)}:6443`);
  });

  it('a second bootstrap is refused, and changes nothing', async () => {
    const { code, stderr } = await cluster.on(1, 'bootstrap');
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('AlreadyExists') as string,
    });
    expect(await health()).toMatch(/etcd to be healthy: OK/);
  });

  it('a node answers for others, and says which of them it cannot reach', async () => {
    const nodes = [1, 4, 9].map(talosAddress).join(',');
    const { stdout, stderr } = await cluster.run('version', '-e', talosAddress(1), '-n', nodes);
    for (const n of [1, 4]) expect(stdout).toMatch(new RegExp(`NODE: +${talosAddress(n)}\n`));
    expect(stderr).toMatch(/no route to host/);
  });

  it('a node that is off is not reached, and the rest goes on', async () => {
    await talos.power(talosMachine(3).id, false);
    expect((await cluster.on(3, 'version')).stderr).toMatch(/connection refused/);
    expect(await cluster.mustOn(1, 'etcd', 'status')).toContain(talosAddress(1));
    await talos.power(talosMachine(3).id, true);
    await becomes(3, 'running');
    await health();
  });

  it('who has other secrets is let in nowhere', async () => {
    const { config } = await machine(1);
    const stranger = new TalosCluster(talos, version);
    try {
      await stranger.generate();
      expect((await stranger.on(1, 'version')).stderr).toMatch(/certificate signed by unknown authority/);
      const { code } = await stranger.run(
        ...['apply-config', '--insecure', '--nodes', talosAddress(1), '--file', 'controlplane.yaml'],
      );
      expect(code).toBe(1);
    } finally {
      stranger.remove();
    }
    expect((await machine(1)).config).toBe(config);
  });

  it('the cluster grows by a worker', async () => {
    await cluster.apply(5, 'worker');
    await becomes(5, 'running');
    expect(await health()).toMatch(/all k8s nodes to report: OK/);
    expect(await cluster.mustOn(1, 'get', 'members')).toContain(talosAddress(5));
  });

  it('a configuration is shown before it is applied, and a node reboots only for what needs it', async () => {
    const before = await machine(4);
    const apply = (...args: string[]): Promise<string> =>
      cluster.mustOn(4, 'apply-config', '--file', 'worker.yaml', ...args);
    expect(await apply('--dry-run')).toContain('No changes.');
    writeFileSync(join(cluster.folder, 'sysctl.yaml'), 'machine: {sysctls: {vm.max_map_count: "262144"}}\n');
    expect(await apply('--config-patch', '@sysctl.yaml', '--dry-run')).toContain('+        vm.max_map_count');
    expect(await apply('--config-patch', '@sysctl.yaml')).toContain('Applied configuration without a reboot');
    expect((await machine(4)).config).toContain('vm.max_map_count');
    expect((await machine(4)).bootId).toBe(before.bootId);
    writeFileSync(join(cluster.folder, 'udev.yaml'), 'machine: {udev: {rules: ["a"]}}\n');
    expect(await apply('--config-patch', '@udev.yaml')).toContain('Applied configuration with a reboot');
    await eventually(async () => expect((await machine(4)).bootId).not.toBe(before.bootId));
    await becomes(4, 'running');
  });

  it('a snapshot of etcd passes the check of talosctl', async () => {
    expect(await cluster.mustOn(1, 'etcd', 'snapshot', 'etcd.snapshot')).toMatch(/total keys 5/);
  });

  it('the leader of etcd gives up its place', async () => {
    const leaderOf = async (): Promise<string | undefined> =>
      /^\S+ +(\S+) +.*? +B?.*?\(.*?\) +(\S+)/m.exec(await cluster.mustOn(1, 'etcd', 'status'))?.[2];
    const before = await leaderOf();
    expect(before).toMatch(/^[0-9a-f]{16}$/);
    for (const n of [1, 2, 3]) await cluster.mustOn(n, 'etcd', 'forfeit-leadership');
    await becomes(1, 'running');
    expect(await leaderOf()).toMatch(/^[0-9a-f]{16}$/);
  });

  it('reboot and upgrade wait until the node is back', async () => {
    const before = await machine(4);
    // By way of a control plane: talosctl 1.13 asks its endpoint for the kubeconfig that it drains the node with.
    const through = ['--endpoints', talosAddress(1), '--nodes', talosAddress(4), '--timeout=20s'];
    await cluster.must('reboot', ...through);
    expect((await machine(4)).bootId).not.toBe(before.bootId);
    await cluster.must('upgrade', '--image', `ghcr.io/siderolabs/installer:${newer}`, ...through);
    expect(await machine(4)).toMatchObject({ talos: newer, stage: 'running', ready: true });
    await health();
  });

  it('a node that is reset leaves the cluster and is in maintenance again', async () => {
    const wipe = ['--system-labels-to-wipe=STATE', '--system-labels-to-wipe=EPHEMERAL'];
    await cluster.mustOn(3, 'reset', '--reboot', ...wipe, '--timeout=20s');
    expect(await machine(3)).toMatchObject({ stage: 'maintenance', installed: true, config: '' });
    const members = await cluster.mustOn(1, 'etcd', 'members');
    expect(members).not.toContain(talosAddress(3));
    expect(members).toContain(talosAddress(2));
    expect(await cluster.mustOn(1, 'get', 'members')).not.toContain(talosAddress(3));
  });

  it('what a machine was asked is on record', async () => {
    const calls = await talos.calls(talosMachine(1).id);
    const bootstraps = calls.filter(({ method }) => method.endsWith('/Bootstrap'));
    expect(bootstraps.map(({ code, roles }) => [code, roles])).toEqual([
      ['OK', ['os:admin']],
      ['AlreadyExists', ['os:admin']],
    ]);
  });
});

/** From a definition by terraform apply on a simulated Proxmox VE to machines in maintenance, and back. */
describeTerraform('VMs that boot Talos', () => {
  it('answer at their address with the UUID and MAC of the definition, and are silent when they are off', async () => {
    const folder = temporaryFolder();
    const own = join(folder, 'own.yaml');
    const subnet = loopbackSubnet();
    writeFileSync(
      own,
      readFileSync(join('clusters', 'home.yaml'), 'utf8').replaceAll('192.168.10.', `${subnet}.`),
    );
    const simulation = await simulate(own, { stateDir: folder });
    const talos = await startTalos({ timing: QUICK });
    const bridged = bridgeTalos(simulation.pve, talos);
    try {
      const file = join(folder, 'home.yaml');
      writeFileSync(file, simulation.definition());
      const synthesis = await synthesize(file);
      const variables = { ...fakeVariables(synthesis.json('home')), ...simulation.variables };
      const terraform = await Terraform.in(synthesis.dir('home'), variables);
      await terraform.apply();
      await bridged.settled();

      const { nodes } = simulation.cluster;
      const ask = async (what: string, address = ''): Promise<string> =>
        (await talos.talosctl(['get', what, '--insecure', '-n', address, '-o', 'yaml'])).stdout;
      expect(await talos.machines()).toHaveLength(nodes.length);
      for (const { uuid, nics } of nodes) {
        const [management] = nics;
        expect(await ask('systeminformation', management?.ip)).toContain(`uuid: ${uuid}\n`);
        expect(await ask('links', management?.ip)).toContain(
          `hardwareAddr: ${management?.mac.toLowerCase() ?? ''}\n`,
        );
      }
      const [first] = nodes;
      const id = bridged.idOf(String(first?.server.siteName), Number(first?.vmId)) ?? '';
      expect(await talos.machine(id)).toMatchObject({ id: first?.uuid, talos: 'v1.11.5' });

      const worker = nodes.find(({ role }) => role === 'worker');
      const target = `-target=proxmox_virtual_environment_vm.${worker?.name ?? ''}`;
      await terraform.must('destroy', '-auto-approve', target);
      await bridged.settled();
      expect(await talos.machines()).toHaveLength(nodes.length - 1);
      expect(await ask('systeminformation', worker?.nics[0]?.ip)).toBe('');
    } finally {
      await bridged.close();
      await simulation.pve.close();
      await talos.stop();
    }
  });
});

/** Objects stand one after another. */
const firstObject = (text: string): string => text.slice(0, text.indexOf('\n}\n') + 2);
