import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunResult } from '../../../scripts/lib/platform/exec';
import { PROJECT_ROOT } from '../../../tools/paths';
import { runCli } from '../../testing/cli';
import { changed, planFile, planText } from '../../testing/plan-cases';
import { temporaryFolder } from '../../testing/terraform';

const HOME = join(PROJECT_ROOT, 'clusters/home.yaml');

function cli(args: readonly string[], env: Record<string, string> = {}, input?: string): Promise<RunResult> {
  return runCli(args, {
    env: { CLUSTERS: HOME, NO_COLOR: '1', ...env },
    ...(input === undefined ? {} : { input }),
  });
}

describe('review', () => {
  it('reads a plan from standard input, and prints Markdown for a pipe', async () => {
    const args = ['review', '--plan', '-', '--markdown', '-'];
    const { code, stdout, stderr } = await cli(args, {}, planText('worker-removal'));
    expect({ code, stderr }).toEqual({ code: 2, stderr: '' });
    expect(stdout).toMatch(/^### home: 1 node destroyed, 5 untouched\n/);
  });

  it('writes what it is asked for beside the data on standard output', async () => {
    const folder = temporaryFolder();
    const [markdown, html] = [join(folder, 'review.md'), join(folder, 'review.html')];
    const args = [
      'review',
      'home',
      '--plan',
      planFile('grow'),
      '--json',
      '--markdown',
      markdown,
      '--html',
      html,
    ];
    const { code, stdout, stderr } = await cli(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: `${markdown}: written\n${html}: written\n` });
    expect(JSON.parse(stdout)).toMatchObject({ format_version: 1, cluster: 'home', verdict: 'safe' });
    expect(readFileSync(html, 'utf8')).toMatch(/^<!doctype html>/);
    expect((await cli(args)).stderr).toBe(`${markdown}: unchanged\n${html}: unchanged\n`);
  });

  it.each([
    [['review', 'hom', '--plan', '-'], 'error: no cluster "hom"; defined: home; did you mean "home"?\n'],
    [['review', '--plan', 'none.json'], 'error: none.json: cannot be read (ENOENT)\n'],
    [
      ['review', '--plan', 'package.json'],
      'error: the plan is not a Terraform plan (format_version); make it with: terraform show -json <planfile>\n',
    ],
    [
      ['review', '--allow', 'delete:x', '--plan', '-'],
      'error: --allow "delete:x" allows nothing; write adopt, disks, offline, remove, replace, quorum and a name, e.g. remove:worker-3\n',
    ],
    [
      ['review', '--plan', '-', '--html', 'package.json/x/review.html'],
      'error: package.json/x/review.html: cannot be written (ENOTDIR); check the folder and its permissions\n',
    ],
  ])('%j: says what is wrong', async (args, problem) => {
    const { code, stderr } = await cli(args, {}, planText('nothing'));
    expect({ code, stderr }).toEqual({ code: 1, stderr: problem });
  });

  it('gives an incomplete plan no verdict, in no form, and ends with 1', async () => {
    const markdown = join(temporaryFolder(), 'review.md');
    const plan = JSON.stringify({ ...(JSON.parse(planText('one-more')) as object), errored: true });
    const args = ['review', '--plan', '-', '--json', '--markdown', markdown];
    const { code, stdout, stderr } = await cli(args, {}, plan);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `error: the plan is incomplete: Terraform ended with an error before everything was planned\n${markdown}: written\n`,
    });
    expect(JSON.parse(stdout)).toMatchObject({ verdict: 'incomplete', fingerprint: '' });
    expect(readFileSync(markdown, 'utf8')).toMatch(
      /^### home: the plan is incomplete; so far 1 node created, 6 untouched\n\n\*\*No verdict: /,
    );
    const drift = await cli(['drift', '--plan', '-'], {}, plan);
    expect(drift).toMatchObject({ code: 1, stdout: '' });
  });

  it('asks for a name where there are several clusters', async () => {
    const { code, stderr } = await cli(['review'], { CLUSTERS: 'clusters' });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: name a cluster; defined: datacenter, gpu, home, /);
  });

  it('says how to get Terraform', async () => {
    const { code, stderr } = await cli(['review'], {
      TERRAFORM_BINARY_NAME: 'no-such-terraform',
      CDKTF_OUTDIR: join(temporaryFolder(), 'out'),
    });
    expect(code).toBe(1);
    expect(stderr).toBe(
      'home: terraform init …\nerror: no-such-terraform is not installed; install Terraform or OpenTofu, name it in TERRAFORM_BINARY_NAME, or give --plan FILE\n',
    );
  });
});

describe('drift', () => {
  it('reads a plan too', async () => {
    const { code, stdout } = await cli(['drift', '--plan', planFile('drift'), '--json']);
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({
      format_version: 1,
      items: [{ gone: false }, {}, { gone: true }],
    });
  });
});

describe('synth-check', () => {
  it('finds the golden files as they should be', async () => {
    const { code, stdout } = await cli(['synth-check', 'clusters']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'the same as in __tests__/golden\n' });
  });

  it('tells what differs, address by address', async () => {
    const file = join(temporaryFolder(), 'home.yaml');
    writeFileSync(file, changed(readFileSync(HOME, 'utf8'), 'data-disk-removal'));
    const { code, stdout } = await cli(['synth-check', file]);
    expect(code).toBe(2);
    expect(stdout).toMatch(/^home: \d differences\n/);
    expect(stdout).toContain('\n  proxmox_virtual_environment_vm.talos-worker-3 changed\n');
    expect(stdout).toContain('\n    -      "interface": "scsi1",\n');
    expect(stdout).toMatch(/\n\nDiffers from __tests__\/golden: home\n$/);
  });

  it('knows a whole cdktf.out, and stacks that come and go', async () => {
    const folder = join(temporaryFolder(), 'committed');
    mkdirSync(join(folder, 'stacks'), { recursive: true });
    cpSync(join(PROJECT_ROOT, '__tests__/golden/home'), join(folder, 'stacks/home'), { recursive: true });
    cpSync(join(PROJECT_ROOT, '__tests__/golden/home'), join(folder, 'stacks/old'), { recursive: true });
    const definitions = join(temporaryFolder(), 'clusters');
    mkdirSync(definitions);
    for (const name of ['home', 'single'])
      cpSync(join(PROJECT_ROOT, `clusters/${name}.yaml`), join(definitions, `${name}.yaml`));
    const { code, stdout } = await cli(['synth-check', definitions, '--against', folder]);
    expect({ code, stdout }).toEqual({
      code: 2,
      stdout: `old: in ${folder}, but no longer defined\nsingle: new, not in ${folder}\n\nDiffers from ${folder}: old, single\n`,
    });
  });

  it('says how committed output is made', async () => {
    const { code, stderr } = await cli(['synth-check', '--against', 'docs']);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr:
        'error: docs: no <cluster>/cdk.tf.json in it; CDKTF_OUTDIR=docs npm run synth writes it, to be committed\n',
    });
  });
});
