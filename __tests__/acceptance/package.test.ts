import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { loadDefinitions } from '../../model/load/load';
import { run } from '../../scripts/lib/platform/exec';
import { PROJECT_ROOT } from '../../tools/paths';
import { programPath } from '../../tools/programs';
import { runCli } from '../testing/cli';
import { surveyOf } from '../testing/survey';
import { installInto, PACKAGE, packTarball, succeed, type Consumer } from '../testing/consumer';
import { describeTerraform, runMain, temporaryFolder, terraform } from '../testing/terraform';

let tarball: string;
let consumer: Consumer;

beforeAll(async () => {
  tarball = await packTarball();
  consumer = await installInto(tarball);
});

const STACKS = ['blue', 'green', 'lab'];

/** All files below a folder, by path. */
const files = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();

const stackFile = (outdir: string, stack: string): string =>
  readFileSync(join(outdir, 'stacks', stack, 'cdk.tf.json'), 'utf8');

describe('the package', () => {
  it('holds compiled code, types, templates, policies, pipelines and the schema, and nothing else', () => {
    const allowed = [
      /^(package\.json|README\.md|CHANGELOG\.md|LICENSE|NOTICE)$/,
      /^schemas\/(assembly|cluster)\.schema\.json$/,
      /^dist\/(index|main)\.(js|d\.ts)$/,
      /^dist\/(\.gen|constructs|model|scripts)\/[\w./-]+\.(js|d\.ts)$/,
      /^dist\/scripts\/templates\/[\w-]+\.hbs$/,
      /^dist\/policies\/talos_proxmox\.rego$/,
      /^dist\/scripts\/(commands\/explain\/explanations|lib\/project\/pins)\.json$/,
      /^dist\/docs\/pipelines\/[\w./-]+\.yml$/,
    ];
    const packed = files(consumer.package);
    expect(packed.filter((file) => !allowed.some((pattern) => pattern.test(file)))).toEqual([]);
    expect(packed.filter((file) => /test(?!ing\.)|fixture/.test(file))).toEqual([]);
    const templates = readdirSync(join(PROJECT_ROOT, 'scripts/templates'));
    expect(packed.filter((file) => file.endsWith('.hbs'))).toHaveLength(templates.length);
  });

  it('holds of the bindings those in use', () => {
    const used = new Set(
      files(join(PROJECT_ROOT, 'constructs')).flatMap((file) =>
        [...readFileSync(join(PROJECT_ROOT, 'constructs', file), 'utf8').matchAll(/\.gen\/([\w/-]+)'/g)].map(
          (match) => match[1] ?? '',
        ),
      ),
    );
    const packed = files(join(consumer.package, 'dist/.gen')).filter((file) => file.endsWith('.js'));
    expect(packed).toEqual([...used].map((path) => `${path}/index.js`).sort());
  });

  it('names no folder of this machine and refers to no source map', () => {
    for (const file of files(consumer.package)) {
      const content = readFileSync(join(consumer.package, file), 'utf8');
      for (const word of [PROJECT_ROOT, `${homedir()}/`, 'sourceMappingURL'])
        expect(`${file} ${content.includes(word) ? word : ''}`).toBe(`${file} `);
    }
  });

  it('is small', () => {
    expect(readFileSync(tarball).length).toBeLessThan(700_000);
  });

  it('gives what its exports say, and no way past them', async () => {
    const resolve = (path: string) =>
      consumer.run(process.execPath, ['-e', `console.log(require.resolve(${JSON.stringify(path)}))`]);
    expect((await resolve(`${PACKAGE}/schemas/cluster.schema.json`)).code).toBe(0);
    expect((await resolve(`${PACKAGE}/dist/model/text.js`)).stderr).toContain(
      'ERR_PACKAGE_PATH_NOT_EXPORTED',
    );
  });
});

describe('a repository that has installed it', () => {
  const npm = (script: string, ...args: string[]) =>
    consumer.run('npm', ['run', '-s', script, '--', ...args]);

  it.each([
    ['as it is configured', []],
    [
      'with the strictest options and the module resolution of old',
      '--exactOptionalPropertyTypes --noUncheckedIndexedAccess --module commonjs --moduleResolution node10'.split(
        ' ',
      ),
    ],
    ['for a bundler', '--module preserve --moduleResolution bundler'.split(' ')],
  ])('compiles strictly, with all declarations checked, %s', async (_, args) => {
    const options = ['--noEmit', '--strict', '--skipLibCheck', 'false', ...args];
    expect(await consumer.run('tsc', options)).toMatchObject({ code: 0, stdout: '' });
  });

  it('may pass on a CheckedCluster, and nothing that only looks like one', async () => {
    const said = await consumer.compile(`
      import * as talos from '${PACKAGE}';
      async function main(): Promise<void> {
        const app = talos.createApp();
        const { clusters }: talos.Loaded = await talos.loadDefinitions('clusters');
        for (const checked of clusters) {
          const named: talos.CheckedCluster = checked;
          new talos.ClusterStack(app, named.cluster.name, named);
          const stack = new talos.BaseStack(app, 'other');
          new talos.TalosCluster(stack, 'cluster', { checked, transforms: {} });
          const same = { cluster: checked.cluster, isChecked: true };
          // @ts-expect-error only the loader makes one
          new talos.TalosCluster(stack, 'cluster', same);
          // @ts-expect-error
          new talos.TalosCluster(stack, 'cluster', { checked: same });
        }
        // @ts-expect-error
        new talos.CheckedCluster();
      }
      void main();`);
    expect(said).toBe('');
  });

  it('has a mistake in the props found by the compiler', async () => {
    const file = join(consumer.dir, 'main.ts');
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replace('ipAddress:', 'ipAdress:'));
    const { code, stdout } = await consumer.run('tsc', ['--noEmit']);
    writeFileSync(file, text);
    expect({ code, stdout }).toEqual({ code: 2, stdout: expect.stringContaining('ipAdress') as string });
  });

  it('has tests of its own, which the helpers of the package make short', async () => {
    const { code, stdout, stderr } = await npm('test');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/pass 2\b/);
  });

  it('synthesizes its clusters, the one in YAML to the same bytes as this checkout', async () => {
    expect(await npm('synth')).toMatchObject({ code: 0, stdout: '', stderr: '' });
    const outdir = join(consumer.dir, 'cdktf.out');
    expect(readdirSync(join(outdir, 'stacks')).sort()).toEqual(STACKS);
    const here = join(temporaryFolder(), 'out');
    await succeed(runMain(join(consumer.dir, 'clusters'), here));
    expect(stackFile(outdir, 'lab')).toBe(stackFile(here, 'lab'));
    const green = JSON.parse(stackFile(outdir, 'green')) as { resource: Record<string, object> };
    expect(Object.keys(green.resource['proxmox_virtual_environment_vm'] ?? {})).toEqual(['green-1']);
  });

  it('is told of mistakes in words, without a stack trace', async () => {
    await succeed(consumer.run('tsc', []));
    const file = join(consumer.dir, 'build', 'main.js');
    writeFileSync(file, readFileSync(file, 'utf8').replace("'v1.11.5'", "'latest'"));
    const outdir = join(temporaryFolder(), 'out');
    const { code, stderr } = await consumer.run(process.execPath, [file], { CDKTF_OUTDIR: outdir });
    expect(code).toBe(1);
    expect(stderr).toContain('error[version-pin] talosVersion: "latest"');
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it('gives the same on cdktn, as the package alias does it', async () => {
    await succeed(npm('synth'));
    const outdir = join(temporaryFolder(), 'out');
    const args = ['-r', join(PROJECT_ROOT, '__tests__/testing/cdktn.cjs'), 'build/main.js'];
    await succeed(consumer.run(process.execPath, args, { CDKTF_OUTDIR: outdir }));
    const read = (folder: string, stack: string) =>
      JSON.parse(stackFile(folder, stack).replace(/"version": "0\.2[14]\.0"/, '"version": "-"')) as unknown;
    for (const stack of STACKS)
      expect(read(outdir, stack)).toEqual(read(join(consumer.dir, 'cdktf.out'), stack));
  });

  it('has the commands: validate', async () => {
    const { code, stdout } = await npm('validate');
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('lab: 1 node') as string });
    expect((await npm('validate', 'main.ts')).code).toBe(1);
  });

  it('has the commands: generate, to the same files as this checkout', async () => {
    const here = join(temporaryFolder(), 'here');
    await succeed(npm('generate', 'lab', '--from-definition'));
    const definitions = join(consumer.dir, 'clusters');
    const args = ['generate', 'lab', '--from-definition', '--definitions', definitions, '--output', here];
    await succeed(runCli(args));
    const made = join(consumer.dir, 'machine-configs');
    const templates = files(made).filter((file) => file.endsWith('.yaml'));
    expect(templates).toContain('lab/cluster-template.yaml');
    for (const file of templates)
      expect(readFileSync(join(made, file), 'utf8')).toBe(readFileSync(join(here, file), 'utf8'));
  });

  it('has the commands: synth, for a repository with definitions only', async () => {
    const outdir = join(temporaryFolder(), 'out');
    expect(await consumer.run('talos-proxmox', ['synth'], { CDKTF_OUTDIR: outdir })).toMatchObject({
      code: 0,
    });
    expect(readdirSync(join(outdir, 'stacks'))).toEqual(['lab']);
  });

  it('has the commands: init, in an empty folder', async () => {
    const into = join(temporaryFolder(), 'mine');
    const answers = join(temporaryFolder(), 'answers.json');
    writeFileSync(answers, JSON.stringify(surveyOf()));
    const flags = ['--management', 'standalone', '--forge', 'github', '--yes'];
    const args = ['init', '--into', into, '--from-servers', answers, ...flags];
    await succeed(consumer.run('talos-proxmox', args));
    const made = JSON.parse(readFileSync(join(into, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    expect(made.dependencies).toMatchObject({ cdktf: '0.21.0', [PACKAGE]: '0.1.0' });
    expect(files(into)).toContain('.github/workflows/apply.yml');
    const { clusters, diagnostics } = await loadDefinitions(join(into, 'clusters'));
    expect({ clusters: clusters.length, diagnostics }).toEqual({ clusters: 1, diagnostics: [] });
  });

  (process.env['ACCEPTANCE_TOOLS'] === undefined ? it.skip : it)('has the commands: policy', async () => {
    await succeed(npm('synth'));
    const { code, stdout, stderr } = await consumer.run('npm', ['run', '-s', 'policy'], {
      OPA: programPath('opa'),
    });
    expect({ code, stderr, stdout }).toMatchObject({ code: 0, stderr: '3 stacks: nothing is denied\n' });
    expect(stdout).toContain('lab: warning[remote-state]');
  });

  it('has its own app run by commands that synthesize', async () => {
    await succeed(consumer.run('npm', ['run', '-s', 'synth'], { CDKTF_OUTDIR: 'committed' }));
    const same = await npm('synth:check');
    expect(same).toMatchObject({ code: 0, stdout: 'the same as in committed\n' });
    rmSync(join(consumer.dir, 'committed', 'stacks', 'green'), { recursive: true });
    const other = await npm('synth:check', '--against', 'committed');
    expect(other).toMatchObject({ code: 2 });
    expect(other.stdout).toContain('green: new');
    const file = join(consumer.dir, 'cdktf.json');
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, '{ "app": ');
    const broken = await npm('synth:check');
    writeFileSync(file, text);
    expect(broken).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^error: cdktf\.json: .+\n$/) as string,
    });
  });
});

describeTerraform('what it synthesizes, with Terraform', () => {
  it.each(STACKS)('%s is valid', async (stack) => {
    await succeed(consumer.run('npm', ['run', '-s', 'synth']));
    const dir = join(consumer.dir, 'cdktf.out', 'stacks', stack);
    await succeed(terraform(dir, ['init', '-input=false', '-no-color', '-backend=false']));
    const { stdout } = await terraform(dir, ['validate', '-json']);
    expect(JSON.parse(stdout)).toMatchObject({ valid: true, error_count: 0, warning_count: 0 });
  });
});

describe('the public interface', () => {
  const program = (name: string, ...args: string[]) =>
    run(process.execPath, [join(PROJECT_ROOT, 'node_modules', '.bin', name), ...args], { cwd: PROJECT_ROOT });

  it.each([
    ['package', []],
    ['testing', ['-c', 'api-extractor.testing.json']],
  ])('is the one of docs/reference/%s.api.md', async (_, config) => {
    const { code, stdout, stderr } = await program('api-extractor', 'run', ...config);
    const accept = 'if the change is meant, run npm run api, look at the difference, and commit it';
    expect(code === 0 ? '' : `${accept}\n${stdout}${stderr}`).toBe('');
  });

  it('is documented, every item of it', async () => {
    const { code, stdout, stderr } = await program('typedoc', '--out', join(temporaryFolder(), 'api'));
    expect(code === 0 ? '' : `${stdout}${stderr}`).toBe('');
  });
});
