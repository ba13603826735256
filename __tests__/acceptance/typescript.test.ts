/** Clusters that are written in TypeScript, in a repository that has installed the package, through every verb. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bridge, startOmni, type Bridge, type Omni } from '../../simulators/omni';
import { simulate, type Simulation } from '../../simulators/pve';
import { installInto, packTarball, succeed, type Consumer } from '../testing/consumer';
import { describeOmni } from '../testing/omni';
import { temporaryFolder } from '../testing/terraform';
import type { RunResult } from '../../scripts/lib/platform/exec';

let consumer: Consumer;
let simulation: Simulation;
let omni: Omni;
let bridged: Bridge;
let env: Record<string, string | undefined> = {};

const npm = (script: string, ...args: string[]): Promise<RunResult> =>
  consumer.run('npm', ['run', '-s', script, '--', ...args], env);

/** Changes the program as its author would. */
function edit(change: (text: string) => string): void {
  const file = join(consumer.dir, 'main.ts');
  const text = readFileSync(file, 'utf8');
  const changed = change(text);
  if (changed === text) throw new Error('nothing was changed');
  writeFileSync(file, changed);
}

describeOmni('clusters in TypeScript', () => {
  beforeAll(async () => {
    consumer = await installInto(await packTarball());
    // What the simulator needs to know of the servers is in the definition of an assembly.
    await succeed(consumer.run('npm', ['run', '-s', 'synth']));
    const assembly = join(consumer.dir, 'cdktf.out/stacks/blue/cluster.json');
    const { definition } = JSON.parse(readFileSync(assembly, 'utf8')) as { definition: object };
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'clusters'));
    const yaml = join(folder, 'clusters/blue.yaml');
    writeFileSync(yaml, JSON.stringify(definition));
    simulation = await simulate(yaml, { stateDir: folder });
    omni = await startOmni({ readyAfterMs: 300, maxLifeMs: 900_000 });
    bridged = bridge(simulation.pve, omni);
    env = { ...simulation.variables, ...omni.env, NO_COLOR: '1' };
    const url = simulation.pve.site('pve1').endpoints['pve1'] ?? '';
    edit((text) =>
      text
        .replace("'https://192.168.10.5:8006/'", `'${url}', tlsInsecure: true`)
        .replaceAll("talosVersion: 'v1.11.5'", "talosVersion: 'v1.11.5', kubernetesVersion: 'v1.34.1'")
        .replace(/path: '[^']*\/(\w+)\.tfstate'/g, (_, name: string) => `path: '${folder}/${name}.tfstate'`),
    );
  });

  afterAll(async () => {
    await bridged.close();
    await omni.stop();
    await simulation.pve.close();
  });

  it('are validated beside the one in YAML', async () => {
    const { code, stdout, stderr } = await npm('validate', '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { clusters } = JSON.parse(stdout) as { clusters: { cluster_name: string; total_vms: number }[] };
    expect(clusters.map(({ cluster_name, total_vms }) => [cluster_name, total_vms])).toEqual([
      ['blue', 2],
      ['green', 1],
      ['lab', 1],
    ]);
  });

  it('have their mistakes told in the keys of the props, as data too', async () => {
    const file = join(consumer.dir, 'main.ts');
    const before = readFileSync(file, 'utf8');
    edit((text) => text.replace("vmIdRange: '2000-2099'", "vmIdRange: '20-30'"));
    const [told, json] = [await npm('validate', 'blue'), await npm('validate', 'blue', '--json')];
    writeFileSync(file, before);
    expect(told.code).toBe(1);
    expect(told.stderr).toMatch(
      /^blue\/cluster: error\[vmid-range\] defaults\.controlPlanes\.vmIdRange: 20-30 starts below 100; .*$/m,
    );
    const { diagnostics } = JSON.parse(json.stdout) as { diagnostics: { severity: string }[] };
    expect(diagnostics.filter(({ severity }) => severity === 'error')).toMatchObject([
      { file: 'blue/cluster', rule: 'vmid-range', path: 'defaults.controlPlanes.vmIdRange' },
    ]);
  });

  it('are compared with their servers by doctor', async () => {
    const { code, stdout, stderr } = await npm('doctor', 'blue');
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.not.stringContaining('error[') as string });
    expect(stdout).toMatch(/^blue\/pve1: PVE .*, \d+ checks passed$/m);
  });

  it.each(['blue', 'green'])('%s is reviewed, made, and shown', async (name) => {
    const review = await npm('review', name);
    expect({ code: review.code, stderr: review.stderr }).toMatchObject({ code: 0 });
    expect(review.stdout).toMatch(/nodes? created/);
    const up = await npm('up', name, '--auto-approve', '--wait', '60s');
    expect(up.code === 0 ? '' : up.stderr).toBe('');
    const status = await npm('status', name, '--output', 'json');
    expect(status.code === 0 ? '' : status.stderr).toBe('');
    const { machines } = JSON.parse(status.stdout) as { machines: { name: string; ready: boolean }[] };
    expect(machines.map(({ ready }) => ready)).not.toContain(false);
    const drift = await npm('drift', name);
    expect({ code: drift.code, stderr: drift.stderr }).toMatchObject({ code: 0 });
  });

  it('grow, refuse to lose a node that nobody named, and lose it by name', async () => {
    const second = "{ name: 'blue-worker-2', ipAddress: '192.168.10.22' }";
    edit((text) => text.replace("ipAddress: '192.168.10.21' }]", `ipAddress: '192.168.10.21' }, ${second}]`));
    const grown = await npm('up', 'blue', '--auto-approve', '--wait', '60s');
    expect(grown.code === 0 ? '' : grown.stderr).toBe('');
    const members = async () =>
      (await omni.resources('MachineSetNodes', 'blue')).map(({ annotations }) => annotations['name']).sort();
    expect(await members()).toEqual(['blue-1', 'blue-worker-1', 'blue-worker-2']);

    edit((text) => text.replace(`, ${second}`, ''));
    const refused = await npm('up', 'blue', '--auto-approve', '--wait', '60s');
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('--remove blue-worker-2');
    expect(await members()).toHaveLength(3);

    const removed = await npm('up', 'blue', '--auto-approve', '--wait', '60s', '--remove', 'blue-worker-2');
    expect(removed.code === 0 ? '' : removed.stderr).toBe('');
    expect(await members()).toEqual(['blue-1', 'blue-worker-1']);
  });

  it('are taken from what another job has synthesized, without running the app', async () => {
    await succeed(npm('synth'));
    edit((text) => `this is no program; ${text}`);
    const { code, stdout } = await npm('validate', '--assembly', 'cdktf.out');
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('blue: 2 nodes') as string });
    const review = await npm('review', 'blue', '--assembly', 'cdktf.out');
    expect({ code: review.code, stderr: review.stderr }).toMatchObject({ code: 0 });
    expect((await npm('validate')).code).toBe(1);
  });
});
