/** Simulated machines with a real etcd and a real Kubernetes below them; who asks are the real talosctl and kubectl. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run, type RunResult } from '../../scripts/lib/platform/exec';
import { loopbackSubnet, startTalos, type Talos } from '../../simulators/talos';
import { programPath } from '../../tools/programs';
import { eventually } from '../testing/omni';
import { QUICK, TalosCluster, talosAddress, talosMachine } from '../testing/talos';

jest.setTimeout(240_000);

const CONTROL_PLANES = [1, 2, 3];
const WORKERS = [4, 5];
const ALL = [...CONTROL_PLANES, ...WORKERS];

/** Long enough for a computer that does other things, too. */
const patiently = (check: () => Promise<void>): Promise<void> => eventually(check, 90_000);

describe('a cluster of simulated machines on a real Kubernetes', () => {
  const vip = `${loopbackSubnet()}.50`;
  let talos: Talos;
  let cluster: TalosCluster;

  const name = async (n: number): Promise<string> => (await talos.machine(talosMachine(n).id)).hostname;

  const kubectl = (...args: readonly string[]): Promise<RunResult> =>
    run(programPath('kubectl'), ['--kubeconfig', 'kubeconfig', ...args], {
      cwd: cluster.folder,
      env: { HOME: cluster.folder },
      timeout: 60_000,
    });

  const must = async (...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await kubectl(...args);
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}${stdout}`);
    return stdout;
  };

  /** Status by name, as `kubectl get nodes` shows it. */
  const nodes = async (): Promise<Record<string, string>> => {
    const lines = (await must('get', 'nodes', '--no-headers')).trim().split('\n');
    return Object.fromEntries(lines.map((line) => line.split(/ +/) as [string, string]));
  };

  const allReady = async (): Promise<void> => {
    const names = await Promise.all(ALL.map(name));
    await patiently(async () =>
      expect(await nodes()).toEqual(Object.fromEntries(names.map((n) => [n, 'Ready']))),
    );
  };

  const power = (n: number, on: boolean): Promise<void> => talos.power(talosMachine(n).id, on);

  const health = (): Promise<string> => cluster.mustOn(1, 'health', '--server=false', '--wait-timeout=90s');

  const members = async (n = 1): Promise<string[]> =>
    [...(await cluster.mustOn(n, 'etcd', 'members')).matchAll(/https:\/\/([\d.]+):2380/g)]
      .map(([, ip = '']) => ip)
      .sort();

  beforeAll(async () => {
    talos = await startTalos({
      machines: ALL.map((n) => talosMachine(n)),
      timing: { ...QUICK, reboot: 2000 },
      kubernetes: true,
    });
    cluster = new TalosCluster(talos, '1.12');
    writeFileSync(
      join(cluster.folder, 'vip.yaml'),
      `machine: {network: {interfaces: [{interface: ens18, vip: {ip: ${vip}}}]}}`,
    );
    await cluster.generate(vip, '--config-patch-control-plane', '@vip.yaml');
    for (const n of CONTROL_PLANES) await cluster.apply(n, 'controlplane');
    for (const n of WORKERS) await cluster.apply(n, 'worker');
    await eventually(async () => expect((await cluster.on(1, 'version')).code).toBe(0));
    await cluster.mustOn(1, 'bootstrap');
    await cluster.mustOn(1, 'kubeconfig', 'kubeconfig');
    await patiently(async () => expect(Object.keys(await nodes())).toHaveLength(ALL.length));
  });

  afterAll(async () => {
    cluster.remove();
    await talos.stop();
  });

  it('kubectl sees all nodes at the shared address, and talosctl calls the cluster healthy', async () => {
    expect(cluster.read('kubeconfig')).toContain(`server: https://${vip}:6443`);
    await allReady();
    expect(await must('version')).toContain('Server Version: v1.34.1');
    expect(await health()).toMatch(/all k8s nodes to report schedulable: OK/);
    expect(await members()).toEqual(CONTROL_PLANES.map(talosAddress).sort());
    // That it was not ready at first is taken off by the controller a moment later.
    const taints = ['get', 'node', await name(1), '-o', 'jsonpath={.spec.taints[*].key}'];
    await patiently(async () => expect(await must(...taints)).toBe('node-role.kubernetes.io/control-plane'));
  });

  it('a drain waits for the budget of a workload, and pods move when it allows', async () => {
    const drain = async (timeout: string): Promise<RunResult> =>
      kubectl('drain', await name(4), '--ignore-daemonsets', `--timeout=${timeout}`);
    const where = async (): Promise<string[]> =>
      (await must('get', 'pods', '-l', 'app=web', '-o', 'jsonpath={.items[*].spec.nodeName}'))
        .split(' ')
        .sort();
    const isReady = (): Promise<void> =>
      patiently(async () =>
        expect(await must('get', 'deployment', 'web', '-o', 'jsonpath={.status.readyReplicas}')).toBe('4'),
      );
    await must('create', 'deployment', 'web', '--image=example.com/web', '--replicas=4');
    await must('create', 'poddisruptionbudget', 'web', '--selector=app=web', '--min-available=4');
    await isReady();
    expect(new Set(await where())).toEqual(new Set([await name(4), await name(5)]));
    await patiently(async () =>
      expect(await must('get', 'pdb', 'web', '-o', 'jsonpath={.status.currentHealthy}')).toBe('4'),
    );

    const refused = await drain('6s');
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.stderr).toContain("Cannot evict pod as it would violate the pod's disruption budget.");
    expect(await nodes()).toMatchObject({ [await name(4)]: 'Ready,SchedulingDisabled' });
    expect((await cluster.on(1, 'health', '--server=false', '--wait-timeout=3s')).code).toBe(1);

    await must('patch', 'pdb', 'web', '-p', '{"spec":{"minAvailable":3}}');
    const moved = await drain('90s');
    expect({ code: moved.code, stderr: moved.stderr }).toMatchObject({ code: 0 });
    await isReady();
    expect(new Set(await where())).toEqual(new Set([await name(5)]));
    await must('uncordon', await name(4));
    await allReady();
  });

  it('a control plane that is off is not ready, and the others answer at the shared address', async () => {
    await power(1, false);
    const off = await name(1);
    await patiently(async () => expect(await nodes()).toMatchObject({ [off]: 'NotReady' }));
    expect(await members(2)).toHaveLength(3);
    await power(2, false);
    await patiently(async () => expect((await kubectl('get', 'nodes', '--request-timeout=3s')).code).toBe(1));
    for (const n of [1, 2]) await power(n, true);
    await allReady();
    await health();
  });

  it('a member that left etcd comes back as another, with its node', async () => {
    const ids = async (): Promise<string[]> =>
      [...(await cluster.mustOn(1, 'etcd', 'members')).matchAll(/ ([0-9a-f]{16}) /g)].map(
        ([, id = '']) => id,
      );
    const before = await ids();
    const wipe = ['--system-labels-to-wipe=EPHEMERAL', '--reboot', '--timeout=60s'];
    await cluster.mustOn(3, 'reset', ...wipe);
    await patiently(async () => expect(await members()).toHaveLength(3));
    expect((await ids()).filter((id) => before.includes(id))).toHaveLength(2);
    await allReady();
  });

  it('a snapshot brings back what was in the cluster', async () => {
    await must('create', 'configmap', 'kept', '--from-literal=a=b');
    expect(await cluster.mustOn(1, 'etcd', 'snapshot', 'etcd.snapshot')).toMatch(/total keys \d{3}/);
    await must('delete', 'configmap', 'kept');
    const wipe = ['--system-labels-to-wipe=EPHEMERAL', '--graceful=false', '--reboot', '--wait=false'];
    // All at once: one that is back while others still have their data joins them.
    await Promise.all(CONTROL_PLANES.map((n) => cluster.mustOn(n, 'reset', ...wipe)));
    await patiently(async () => {
      for (const n of CONTROL_PLANES) expect((await talos.machine(talosMachine(n).id)).stage).toBe('booting');
    });
    await patiently(async () => {
      const { code, stderr } = await cluster.on(1, 'bootstrap', '--recover-from=etcd.snapshot');
      expect({ code, stderr }).toMatchObject({ code: 0 });
    });
    await patiently(async () =>
      expect(await must('get', 'configmap', 'kept', '-o', 'jsonpath={.data.a}')).toBe('b'),
    );
    await allReady();
    await patiently(async () => expect(await members()).toHaveLength(3));
  });
});
