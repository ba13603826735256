/** Without Omni: from empty simulated servers to a cluster, with the real Terraform, provider, talosctl, sops and age. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseDocument, type Document } from 'yaml';
import type { RunOptions, RunResult } from '../../scripts/lib/platform/exec';
import { simulate, type Simulation } from '../../simulators/pve';
import {
  bridgeTalos,
  loopbackSubnet,
  startTalos,
  type Talos,
  type TalosBridge,
} from '../../simulators/talos';
import { runCli } from '../testing/cli';
import { scanFolder, scanText, watchArguments } from '../testing/secret-scan';
import { QUICK } from '../testing/talos';
import { describeTerraform, mirrorEnv, temporaryFolder } from '../testing/terraform';
import { Vault } from '../testing/vault';

const describeTools = process.env['ACCEPTANCE_TOOLS'] === undefined ? describe.skip : describeTerraform;

describeTools('up without Omni', () => {
  const vault = new Vault();
  let folder = '';
  let simulation: Simulation;
  let talos: Talos;
  let bridged: TalosBridge;
  let document: Document;

  beforeAll(() => vault.createKey());

  beforeEach(async () => {
    folder = temporaryFolder();
    mkdirSync(join(folder, 'clusters'));
    vault.addRules(folder);
    const subnet = loopbackSubnet();
    const source = join(folder, 'source.yaml');
    const home = parseDocument(
      readFileSync(join('clusters', 'home.yaml'), 'utf8').replaceAll('192.168.10.', `${subnet}.`),
    );
    for (const key of ['omni', 'omni_endpoint']) home.delete(key);
    home.set('management', 'standalone');
    home.set('standalone', home.createNode({ vip: `${subnet}.50` }));
    writeFileSync(source, home.toString());
    simulation = await simulate(source, { stateDir: folder });
    talos = await startTalos({ timing: QUICK });
    bridged = bridgeTalos(simulation.pve, talos);
    document = parseDocument(simulation.definition());
    write();
  });

  afterEach(async () => {
    await bridged.close();
    await simulation.pve.close();
    await talos.stop();
  });

  const write = (): void => writeFileSync(join(folder, 'clusters/home.yaml'), document.toString());

  const cliWith = (options: Partial<RunOptions>, ...args: readonly string[]): Promise<RunResult> =>
    runCli(args, {
      ...options,
      cwd: folder,
      timeout: 180_000,
      env: {
        ...mirrorEnv(),
        ...vault.env,
        ...simulation.variables,
        ...talos.env,
        CLUSTERS: join(folder, 'clusters'),
        CDKTF_OUTDIR: join(folder, 'cdktf.out'),
        NO_COLOR: '1',
      },
    });

  const cli = (...args: readonly string[]): Promise<RunResult> => cliWith({}, ...args);

  const UP = ['up', 'home', '--wait', '60s'];

  const up = (...args: readonly string[]): Promise<RunResult> => cli(...UP, ...args);

  const well = ({ code, stdout, stderr }: RunResult): string => {
    if (code !== 0) throw new Error(`${code}: ${stdout}${stderr}`);
    return stdout + stderr;
  };

  /** Every secret of the bundle by its place, as far as it is one. */
  const planted = async (): Promise<Record<string, string>> => {
    const { stdout } = await vault.must('sops', ['decrypt', join(folder, 'clusters/home.talos.sops.yaml')]);
    const { certs, cluster, secrets, trustdinfo } = parse(stdout) as Record<string, Record<string, unknown>>;
    const keys = Object.entries(certs ?? {}).map(([name, pair]) => [name, (pair as { key: string }).key]);
    const tokens = { ...secrets, ...trustdinfo, secret: cluster?.['secret'] };
    return Object.fromEntries([...keys, ...Object.entries(tokens)]) as Record<string, string>;
  };

  const calls = async (method: string): Promise<string[]> => {
    const machines = await talos.machines();
    const all = await Promise.all(machines.map(async ({ id }) => ({ id, calls: await talos.calls(id) })));
    return all.flatMap((one) =>
      one.calls.filter((call) => call.method.endsWith(`/${method}`)).map(() => one.id),
    );
  };

  it('makes a cluster, changes nothing when it runs again, and grows it', async () => {
    well(await cli('talos', 'secrets', 'home'));
    const watch = watchArguments();
    const made = await up('--auto-approve', '--kubeconfig', 'kubeconfig');
    const log = well(made) + watch.stop();
    expect(log).toContain('home: applied; 6 nodes ready\n');
    expect(scanText(await planted(), 'output and arguments', log)).toEqual([]);
    // Stacks, assembly, logs, state, patches, kubeconfig, and the bundle itself.
    expect(scanFolder(await planted(), folder)).toEqual([]);
    expect(readFileSync(join(folder, 'kubeconfig'), 'utf8')).toContain(`https://${loopbackSubnet()}.50:6443`);
    expect(await talos.machines()).toHaveLength(6);
    expect(await calls('Bootstrap')).toHaveLength(1);

    const configured = await calls('ApplyConfiguration');
    const again = well(await up());
    expect(again).toContain('home: unchanged\n');
    expect(again).not.toContain('terraform apply');
    expect(await calls('ApplyConfiguration')).toEqual(configured);

    const status = await cli('status', 'home');
    expect(well(status)).toMatch(
      /^talos-control-1 +control-plane +pve1 +1000 +running +running +v1\.11\.5 +yes +yes/m,
    );
    expect(status.stderr).not.toContain('Warning');

    document.addIn(['workers'], document.createNode({ name: 'talos-worker-4', proxmox_server: 'pve2' }));
    write();
    expect(well(await up('--auto-approve'))).toContain('home: applied; 7 nodes ready\n');
    // The others keep what they have.
    expect((await calls('ApplyConfiguration')).length).toBe(configured.length + 1);
    expect(await calls('Bootstrap')).toHaveLength(1);
  }, 300_000);

  it('goes on where it was stopped', async () => {
    well(await cli('talos', 'secrets', 'home'));
    const stop = async (when: RegExp): Promise<void> => {
      const abort = new AbortController();
      let text = '';
      const onOutput = (more: string): void => {
        text += more;
        if (when.test(text)) abort.abort();
      };
      const { code } = await cliWith({ signal: abort.signal, onOutput }, ...UP, '--auto-approve');
      expect({ code, text }).toMatchObject({ code: 130, text: expect.stringMatching(when) as string });
    };
    await stop(/^VM talos-control-1: created/m);
    await stop(/^talos-control-1: configuring/m);
    await stop(/^talos-control-1: beginning etcd/m);
    await stop(/^talos-worker-2: configuring/m);
    expect(well(await up('--auto-approve'))).toContain('home: applied; 6 nodes ready\n');
    expect(new Set(await calls('Bootstrap')).size).toBe(1);
    expect(well(await up())).toContain('home: unchanged\n');
  }, 300_000);

  it('sends no secret to a machine that is another, or of another cluster', async () => {
    well(await cli('talos', 'secrets', 'home'));
    well(await up('--auto-approve'));
    const machine = async (name: string): Promise<string> =>
      (await talos.machines()).find(({ hostname }) => hostname === name)?.id ?? '';
    await talos.makeForeign(await machine('talos-worker-1'));
    const foreign = await up('--auto-approve');
    expect(foreign.code).toBe(1);
    expect(foreign.stdout + foreign.stderr).toMatch(
      /talos-worker-1.*a node of another cluster answers there/,
    );

    rmSync(join(folder, 'clusters/home.talos.sops.yaml'));
    const lost = await up('--auto-approve');
    expect(lost.code).toBe(1);
    expect(lost.stdout + lost.stderr).toContain(
      'make the secrets of a new cluster with npm run talos -- secrets home',
    );
    const before = await calls('ApplyConfiguration');
    well(await cli('talos', 'secrets', 'home'));
    const wrong = await up('--auto-approve');
    expect(wrong.code).toBe(1);
    expect(wrong.stdout + wrong.stderr).toMatch(
      /talos-control-1.*the secrets beside the definition are not those of this cluster/,
    );
    expect(await calls('ApplyConfiguration')).toEqual(before);
  }, 300_000);

  it('says which node cannot be reached, and leaves the others as they are', async () => {
    well(await cli('talos', 'secrets', 'home'));
    well(await up('--auto-approve'));
    const worker = (await talos.machines()).find(({ hostname }) => hostname === 'talos-worker-2');
    await talos.power(worker?.id ?? '', false);
    const before = await calls('ApplyConfiguration');
    const result = await cli('apply', 'home', '--auto-approve');
    expect(result.code).toBe(1);
    expect(result.stdout + result.stderr).toMatch(/talos-worker-2.*does not answer at port 50000/);
    expect(await calls('ApplyConfiguration')).toEqual(before);
  }, 300_000);
});
