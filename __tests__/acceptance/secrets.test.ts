import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run, type RunResult } from '../../scripts/lib/platform/exec';
import { bridge, startOmni, type Bridge, type Omni } from '../../simulators/omni';
import { simulate, type Simulation } from '../../simulators/pve';
import { terraformBinary } from '../../scripts/lib/terraform/terraform';
import { PROJECT_ROOT } from '../../tools/paths';
import { CLI, runCli } from '../testing/cli';
import { scanFolder, scanText, watchArguments, type Planted } from '../testing/secret-scan';
import { describeTerraform, mirrorEnv, temporaryFolder } from '../testing/terraform';
import { Vault } from '../testing/vault';

const tools = process.env['ACCEPTANCE_TOOLS'];
const describeSecrets = tools === undefined ? describe.skip : describeTerraform;

/** `npm run with-secrets -- …`, as npm starts it. */
function withSecrets(
  vault: Vault,
  args: readonly string[],
  options: { cwd?: string; env?: Readonly<Record<string, string | undefined>> } = {},
): Promise<RunResult> {
  return runCli(['with-secrets', ...args], {
    ...options,
    env: { ...vault.env, ...options.env },
  });
}

const yaml = (values: Planted): string =>
  Object.entries(values)
    .map(([name, value]) => `${name}: ${JSON.stringify(value)}\n`)
    .join('');

describeSecrets('with-secrets', () => {
  const vault = new Vault();
  let file: string;

  beforeAll(async () => {
    await vault.createKey();
    file = await vault.encrypt('secrets.sops.yaml', yaml({ TF_VAR_a: 'hunter2 $HOME', OMNI_B: 'b' }));
  });

  it('gives the secrets to one command, and hands on its output and exit code', async () => {
    const command = [
      'sh',
      '-c',
      'printf "%s|%s|%s" "$TF_VAR_a" "$OMNI_B" "$1"; echo talk >&2; exit 7',
      'sh',
      '--flag',
    ];
    // The default file is found where the command runs.
    expect(await withSecrets(vault, ['--', ...command], { cwd: vault.dir })).toMatchObject({
      code: 7,
      stdout: 'hunter2 $HOME|b|--flag',
      stderr: 'talk\n',
    });
  });

  it('reads .env files too', async () => {
    const env = await vault.encrypt('secrets.sops.env', 'TF_VAR_a=x=y z\n');
    expect(await withSecrets(vault, ['--file', env, 'sh', '-c', 'echo "$TF_VAR_a"'])).toMatchObject({
      code: 0,
      stdout: 'x=y z\n',
    });
  });

  it('leaves a variable of the environment as it is, and says so', async () => {
    const result = await withSecrets(vault, ['--file', file, 'sh', '-c', 'echo "$TF_VAR_a"'], {
      env: { TF_VAR_a: 'mine' },
    });
    expect(result).toMatchObject({
      code: 0,
      stdout: 'mine\n',
      stderr: 'kept from the environment: TF_VAR_a\n',
    });
  });

  it.each(['SIGTERM', 'SIGHUP', 'SIGINT'])('hands on %s', async (signal) => {
    const script = [
      `process.on('${signal}', () => { console.log('caught'); process.exit(3); });`,
      `process.kill(process.ppid, '${signal}');`,
      'setTimeout(() => process.exit(9), 10_000);',
    ].join('\n');
    const result = await withSecrets(vault, ['--file', file, process.execPath, '-e', script]);
    expect(result).toMatchObject({ code: 3, stdout: 'caught\n' });
  });

  it.each([
    ['a signal', 'kill -KILL $$', 137],
    ['nothing', 'true', 0],
  ])('ends as the command does: %s', async (_what, script, code) => {
    expect(await withSecrets(vault, ['--file', file, 'sh', '-c', script])).toMatchObject({ code });
  });

  it('says which command does not exist', async () => {
    expect(await withSecrets(vault, ['--file', file, 'no-such-program'])).toMatchObject({
      code: 127,
      stderr: 'error: no-such-program: no such command\n',
    });
  });

  /** What is said, and that the command did not run. */
  async function refused(
    name: string,
    env: Readonly<Record<string, string | undefined>> = {},
  ): Promise<string> {
    const result = await withSecrets(vault, ['--file', name, 'echo', 'ran'], { cwd: vault.dir, env });
    expect(result).toMatchObject({ code: 1, stdout: '' });
    return result.stderr;
  }

  it('explains what is missing', async () => {
    const path = { PATH: join(vault.dir, 'nowhere') };
    expect(await refused('secrets.sops.yaml', path)).toBe(
      'error: sops is not on the PATH; install SOPS 3.9 or newer, https://github.com/getsops/sops/releases\n',
    );
    expect(await refused('secrets.sops.yaml', { SOPS_AGE_KEY_FILE: undefined })).toBe(
      'error: secrets.sops.yaml: no age key to decrypt it; set SOPS_AGE_KEY_FILE to the file of your key, or put that at ~/.config/sops/age/keys.txt\n',
    );
    expect(await refused('other.yaml')).toBe(
      'error: other.yaml: no such file; make one with sops (docs/guide/secrets-and-state.md), or name another with --file\n',
    );
  });

  it('explains a file that it cannot use', async () => {
    const stranger = new Vault();
    await stranger.createKey();
    expect(await refused('secrets.sops.yaml', { SOPS_AGE_KEY_FILE: stranger.env.SOPS_AGE_KEY_FILE })).toBe(
      'error: secrets.sops.yaml: encrypted for other keys than yours; ask a member of the team to add your public key with sops updatekeys\n',
    );
    writeFileSync(join(vault.dir, 'plain.yaml'), 'TF_VAR_a: hunter2\n');
    expect(await refused('plain.yaml')).toBe(
      'error: plain.yaml: not encrypted; run sops encrypt --in-place plain.yaml, and rotate what was ever committed\n',
    );
  });

  it('refuses all that is no secret of ours, and shows no value', async () => {
    await vault.encrypt(
      'bad.sops.yaml',
      'PATH: /hunter2\nNODE_OPTIONS: --require=hunter2\nTF_VAR_: hunter2\nTF_VAR_a: [hunter2]\nAWS_B: ""\n',
    );
    const lines = (await refused('bad.sops.yaml')).trimEnd().split('\n');
    expect(lines.map((line) => line.replace(/; allowed: .*/, ''))).toEqual([
      'error: bad.sops.yaml: PATH: not a name for a secret',
      'error: bad.sops.yaml: NODE_OPTIONS: not a name for a secret',
      'error: bad.sops.yaml: TF_VAR_: not a name for a secret',
      'error: bad.sops.yaml: TF_VAR_a: not one value; write NAME: value',
      'error: bad.sops.yaml: AWS_B: empty; write the secret, or take the line out',
    ]);
    await vault.encrypt('bad.sops.env', 'TF_VAR_a="hunter2"\n');
    expect(await refused('bad.sops.env')).toBe(
      'error: bad.sops.env: TF_VAR_a: in quotes, which sops keeps as a part of a .env value; write it without\n',
    );
  });
});

/** What the commands write, and what a pipeline keeps of what they print. */
const PLACES = [
  'cdktf.out/stacks/gpu/cdk.tf.json',
  'cdktf.out/manifest.json',
  'review.html',
  'review.md',
  'machine-data/gpu/matched-machines.json',
  'machine-configs/gpu/cluster-template.yaml',
  'run.log',
];

describeSecrets('planted secrets', () => {
  const vault = new Vault();
  const folder = temporaryFolder();
  const outdir = join(folder, 'cdktf.out');
  let simulation: Simulation;
  let omni: Omni;
  let bridged: Bridge;
  let planted: Planted;
  /** Everything that was printed, by command. */
  const printed: [string, string][] = [];
  let commandLines = '';

  /** Runs a command with the secrets, and keeps what it prints. */
  async function step(name: string, command: readonly string[], cwd: string): Promise<string> {
    const { OMNI_SERVICE_ACCOUNT_KEY: _, ...where } = omni.env;
    const env = { ...mirrorEnv(), ...where, CLUSTERS: join(folder, 'gpu.yaml'), CDKTF_OUTDIR: outdir };
    const file = ['--file', join(vault.dir, 'secrets.sops.yaml'), '--'];
    const { code, stdout, stderr } = await withSecrets(vault, [...file, ...command], { cwd, env });
    printed.push([`stdout of ${name}`, stdout], [`stderr of ${name}`, stderr]);
    expect({ name, code }).toEqual({ name, code: 0 });
    return stdout;
  }

  beforeAll(async () => {
    await vault.createKey();
    simulation = await simulate('clusters/gpu.yaml', { stateDir: join(folder, 'state') });
    omni = await startOmni({ readyAfterMs: 300 });
    bridged = bridge(simulation.pve, omni);
    mkdirSync(outdir);
    writeFileSync(join(folder, 'gpu.yaml'), simulation.definition());
    const variables = {
      ...simulation.variables,
      TF_VAR_talos_gpu_image_url:
        'https://images.example.com/hunter2-address/talos.iso?token=hunter2%20token',
      OMNI_SERVICE_ACCOUNT_KEY: omni.env['OMNI_SERVICE_ACCOUNT_KEY'] ?? '',
      AWS_SECRET_ACCESS_KEY: 'hunter2/secret+access/key',
    };
    await vault.encrypt('secrets.sops.yaml', yaml(variables));
    // Of a token the part after = is the secret; an address is one as a whole.
    planted = Object.fromEntries(
      Object.entries(variables).map(([name, value]) => [name, /^\S+!\S+?=(.+)$/.exec(value)?.[1] ?? value]),
    );
  });

  afterAll(async () => {
    await bridged.close();
    await omni.stop();
    await simulation.pve.close();
  });

  it('reach Terraform, and nothing that is shown or kept', async () => {
    const watch = watchArguments();
    const stack = join(outdir, 'stacks/gpu');
    const terraform = (...args: readonly string[]) =>
      step(`terraform ${args.join(' ')}`, [terraformBinary(), ...args], stack);
    const cli = (name: string, ...args: readonly string[]) => step(name, [...CLI, name, ...args], folder);
    await step('synth', [process.execPath, '-r', './tools/register.cjs', 'main.ts'], PROJECT_ROOT);
    await cli('validate', 'gpu.yaml', '--json');
    await cli('doctor', 'gpu');
    await terraform('init', '-input=false', '-no-color');
    await terraform('plan', '-input=false', '-no-color');
    await cli('review', 'gpu', '--html', 'review.html', '--markdown', 'review.md');
    await terraform('apply', '-input=false', '-no-color', '-auto-approve');
    await cli('drift', 'gpu');
    await cli('discover', 'gpu', '--wait', '60s');
    await cli('generate', 'gpu');
    await cli('apply', 'gpu', '--auto-approve', '--wait', '60s');
    await cli('status', 'gpu');
    commandLines = watch.stop();

    for (const written of PLACES.slice(0, -1))
      expect([written, existsSync(join(folder, written))]).toEqual([written, true]);
    expect(Object.values(simulation.pve.sites).flatMap(({ state }) => [...state.vms.keys()])).toHaveLength(5);
    expect(scanFolder(planted, folder, isState)).toEqual([]);
    expect(printed.flatMap(([place, text]) => scanText(planted, place, text))).toEqual([]);
    expect(scanText(planted, 'arguments', commandLines)).toEqual([]);
    // The watch has seen the commands, so that an empty result means something.
    expect(commandLines.includes(`${terraformBinary()} apply`)).toBe(true);
    // The state is the one place that holds them: the guide says so.
    expect(scanFolder(planted, join(folder, 'state'))).toContain('gpu.tfstate: TF_VAR_talos_gpu_image_url');
  });

  it.each(PLACES)('would be found in %s', (path) => {
    for (const [name, secret] of Object.entries(planted)) {
      const place = temporaryFolder();
      mkdirSync(join(place, path, '..'), { recursive: true });
      writeFileSync(join(place, path), `before ${secret} after`);
      expect(scanFolder(planted, place)).toContain(`${path}: ${name}`);
    }
  });

  it('would be found in what is printed, also when encoded', () => {
    for (const [name, secret] of Object.entries(planted)) {
      const encoded = [
        Buffer.from(`${secret} and more`).toString('base64'),
        encodeURIComponent(secret),
        JSON.stringify(secret),
      ];
      for (const text of [secret, ...encoded])
        expect(scanText(planted, 'stdout', `a ${text} b`)).toContain(`stdout: ${name}`);
    }
    expect(scanText(planted, 'stdout', 'nothing of it')).toEqual([]);
  });

  it('would be found in the arguments of a process', async () => {
    for (const [name, secret] of Object.entries(planted)) {
      const watch = watchArguments();
      await run('sh', ['-c', 'sleep 0.2', 'sh', secret]);
      expect(scanText(planted, 'arguments', watch.stop())).toContain(`arguments: ${name}`);
    }
  });
});

/** The state holds secrets by its nature; where it lives is the person's choice. */
const isState = (path: string): boolean => path.includes('/state/');
