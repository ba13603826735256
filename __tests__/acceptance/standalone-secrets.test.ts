/** Secrets of a cluster without Omni reach its nodes, and nothing that is shown or kept; with the real tools. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseDocument } from 'yaml';
import type { RunResult } from '../../scripts/lib/platform/exec';
import { simulate, type Simulation } from '../../simulators/pve';
import {
  bridgeTalos,
  loopbackSubnet,
  startTalos,
  type Talos,
  type TalosBridge,
} from '../../simulators/talos';
import { CLI, runCli } from '../testing/cli';
import { scanFolder, scanText, watchArguments, type Planted } from '../testing/secret-scan';
import { startImageFactory, type ImageFactory } from '../testing/image-factory';
import { QUICK } from '../testing/talos';
import { describeTerraform, mirrorEnv, temporaryFolder } from '../testing/terraform';
import { Vault } from '../testing/vault';

const describeTools = process.env['ACCEPTANCE_TOOLS'] === undefined ? describe.skip : describeTerraform;

/** What people put into their SOPS file for the configuration of nodes, by the names of variables. */
const OWN = { TF_VAR_tailscale_key: 'tskey-auth-"hunter2"\n- a: b', TF_VAR_mirror: 'hunter2/mirror' };

describeTools('secrets without Omni', () => {
  const vault = new Vault();
  const folder = temporaryFolder();
  /** In place of the folder in memory, to look into. */
  const memory = temporaryFolder();
  const definition = join(folder, 'clusters/home.yaml');
  let simulation: Simulation;
  let talos: Talos;
  let bridged: TalosBridge;
  let factory: ImageFactory;
  /** Everything that was printed, by command. */
  const printed: [string, string][] = [];

  beforeAll(async () => {
    factory = await startImageFactory();
    await vault.createKey();
    vault.addRules(folder);
    mkdirSync(join(folder, 'clusters'));
    const subnet = loopbackSubnet();
    const home = parseDocument(
      readFileSync('clusters/home.yaml', 'utf8').replaceAll('192.168.10.', `${subnet}.`),
    );
    for (const key of ['omni', 'omni_endpoint']) home.delete(key);
    home.set('management', 'standalone');
    home.set(
      'standalone',
      home.createNode({
        vip: `${subnet}.50`,
        registry_logins: { 'mirror.example.com': { username: 'robot', password: '${secret:mirror}' } },
      }),
    );
    home.set('system_extensions', home.createNode(['siderolabs/tailscale']));
    home.set('images', home.createNode({ talos: { schematic: { factory: factory.url } } }));
    home.setIn(
      ['defaults', 'all', 'patches'],
      home.createNode({
        tailscale: {
          apiVersion: 'v1alpha1',
          kind: 'ExtensionServiceConfig',
          name: 'tailscale',
          environment: ['TS_AUTHKEY=${secret:tailscale_key}'],
        },
      }),
    );
    const source = join(folder, 'source.yaml');
    writeFileSync(source, home.toString());
    simulation = await simulate(source, { stateDir: join(folder, 'state') });
    talos = await startTalos({ timing: QUICK });
    bridged = bridgeTalos(simulation.pve, talos);
    writeFileSync(definition, simulation.definition());
    await vault.encrypt(
      'secrets.sops.yaml',
      [...Object.entries({ ...simulation.variables, ...OWN })]
        .map(([name, value]) => `${name}: ${JSON.stringify(value)}\n`)
        .join(''),
    );
  });

  afterAll(async () => {
    await bridged.close();
    await simulation.pve.close();
    await talos.stop();
    factory.stop();
  });

  /** Runs a command with the secrets, as npm does, and keeps what it prints. */
  async function cli(...args: readonly string[]): Promise<RunResult> {
    const file = join(vault.dir, 'secrets.sops.yaml');
    const result = await runCli(['with-secrets', '--file', file, '--', ...CLI_OF(args)], {
      cwd: folder,
      timeout: 240_000,
      env: {
        ...mirrorEnv(),
        ...vault.env,
        ...talos.env,
        XDG_RUNTIME_DIR: memory,
        CLUSTERS: join(folder, 'clusters'),
        CDKTF_OUTDIR: join(folder, 'cdktf.out'),
        NO_COLOR: '1',
      },
    });
    printed.push([`stdout of ${args[0]}`, result.stdout], [`stderr of ${args[0]}`, result.stderr]);
    return result;
  }

  const well = async (...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await cli(...args);
    if (code !== 0) throw new Error(`${args.join(' ')}: ${code}: ${stdout}${stderr}`);
    return stdout + stderr;
  };

  /** Every secret there is: those of people, those of the bundle, and the keys that are made of it for people. */
  async function planted(): Promise<Planted> {
    const { stdout } = await vault.must('sops', ['decrypt', join(folder, 'clusters/home.talos.sops.yaml')]);
    return { ...OWN, ...Object.fromEntries(secretsOf(parse(stdout))), ...keysOf(folder) };
  }

  it('reach the nodes, and nothing that is shown or kept', async () => {
    const watch = watchArguments();
    await well('talos', 'secrets', 'home');
    await well('validate', 'home', '--json');
    await well('generate', 'home');
    // The factory is told of the image when the servers are about to download it, and not before.
    expect(await well('up', 'home', '--print-commands')).toContain(`${factory.url}/schematics <<'EOF'\n`);
    expect(await factory.schematics()).toEqual({});
    const made = await well(
      ...['up', 'home', '--auto-approve', '--verbose', '--wait', '90s', '--kubeconfig', 'home.kubeconfig'],
    );
    expect(made).toContain('home: applied; 6 nodes ready\n');
    expect(made).toContain(`: known to ${factory.url}\n`);
    expect(Object.values(await factory.schematics())).toEqual([
      expect.stringContaining('- siderolabs/tailscale\n'),
    ]);
    await well('talos', 'config', 'home', '--output', 'talosconfig');
    await well('discover', 'home', '--output', 'json');
    await well('status', 'home');
    expect(await well('apply', 'home')).toContain('home: unchanged\n');

    // The nodes have them, to the byte.
    for (const { config } of await talos.machines()) {
      expect(config).toContain(JSON.stringify(OWN.TF_VAR_mirror).slice(1, -1));
      expect(config).not.toContain('${secret:');
    }
    // A change of one of them is told by its place.
    const nodes = readFileSync(definition, 'utf8');
    writeFileSync(definition, nodes.replace('TS_AUTHKEY=${', 'TS_AUTHKEY=${secret:mirror}${'));
    const changed = await cli('apply', 'home', '--dry-run', '--json');
    expect(changed.stdout).toContain('ExtensionServiceConfig/tailscale.environment');
    writeFileSync(definition, nodes);
    // All go through this place, and leave nothing there.
    expect(readdirSync(memory)).toEqual([]);

    const all = await planted();
    expect(Object.keys(all)).toEqual(
      expect.arrayContaining(['.certs.os.key', 'talosconfig', 'home.kubeconfig', 'TF_VAR_mirror']),
    );
    const found = scanFolder(all, folder);
    // They are made to be kept there, for who may read them; and the state of the cluster has none.
    expect(found.sort()).toEqual(['home.kubeconfig: home.kubeconfig', 'talosconfig: talosconfig']);
    expect(printed.flatMap(([place, text]) => scanText(all, place, text))).toEqual([]);
    const commandLines = watch.stop();
    expect(scanText(all, 'arguments', commandLines)).toEqual([]);
    // The watch has seen the commands, so that an empty result means something.
    for (const seen of ['gen config home', 'apply-config --insecure', 'gen secrets'])
      expect(commandLines).toContain(seen);
  }, 400_000);

  it('are missed before anything is changed', async () => {
    const only = await vault.encrypt('only.sops.yaml', 'TF_VAR_mirror: a\n');
    const { code, stderr } = await runCli(
      ['with-secrets', '--file', only, '--', ...CLI_OF(['up', 'home', '--auto-approve'])],
      {
        cwd: folder,
        timeout: 120_000,
        env: { ...mirrorEnv(), ...vault.env, ...talos.env, CLUSTERS: join(folder, 'clusters') },
      },
    );
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: TF_VAR_tailscale_key is not set, and the configuration of talos-/m);
    expect(stderr).toContain('home: stopped here; nothing was changed\n');
  }, 200_000);
});

const CLI_OF = (args: readonly string[]): string[] => [...CLI, ...args];

/** Every secret value of a bundle by its place; certificates are none. */
function secretsOf(bundle: unknown, path = ''): [string, string][] {
  if (typeof bundle === 'string')
    return path.endsWith('.crt') || path === '.cluster.id' ? [] : [[path, bundle]];
  return Object.entries(bundle as object).flatMap(([key, value]) => secretsOf(value, `${path}.${key}`));
}

/** The private keys of the two files that open a cluster. */
function keysOf(folder: string): Planted {
  const talosconfig = parse(readFileSync(join(folder, 'talosconfig'), 'utf8')) as {
    readonly contexts: Readonly<Record<string, { readonly key: string }>>;
  };
  const kubeconfig = parse(readFileSync(join(folder, 'home.kubeconfig'), 'utf8')) as {
    readonly users: readonly { readonly user: { readonly 'client-key-data': string } }[];
  };
  return {
    talosconfig: talosconfig.contexts['home']?.key ?? '',
    'home.kubeconfig': kubeconfig.users[0]?.user['client-key-data'] ?? '',
  };
}
