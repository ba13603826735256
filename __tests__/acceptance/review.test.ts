import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { reviewPlan } from '../../model/review';
import type { RunResult } from '../../scripts/lib/platform/exec';
import { reviewMarkdown } from '../../scripts/lib/review/markdown';
import { reviewText } from '../../scripts/lib/review/text';
import { simulate, type Simulation } from '../../simulators/pve';
import { runCli } from '../testing/cli';
import {
  changed,
  clusterOf,
  PLAN_CASES,
  planFile,
  planOf,
  trimPlan,
  type PlanCase,
} from '../testing/plan-cases';
import {
  BINARIES,
  describeTerraform,
  mirrorEnv,
  temporaryFolder,
  terraform,
  useBinary,
} from '../testing/terraform';

/** Compares with the committed recording, which is by Terraform; UPDATE_FIXTURES=1 writes it. */
function expectRecorded(file: string, text: string): void {
  if (process.env['UPDATE_FIXTURES']) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  expect(text).toBe(existsSync(file) ? readFileSync(file, 'utf8') : 'not recorded');
}

/** Changes of a cluster that runs on simulated servers, planned by the real provider and reviewed. */
describeTerraform.each(BINARIES)('with %s, a review of', (product, binary) => {
  useBinary(binary);
  let simulation: Simulation;
  let folder: string;
  let dir: string;

  const env = () => ({
    ...mirrorEnv(),
    ...simulation.variables,
    CLUSTERS: join(folder, 'home.yaml'),
    CDKTF_OUTDIR: join(folder, 'out'),
    NO_COLOR: '1',
    TMPDIR: join(folder, 'tmp'),
  });

  const npm = (command: string, ...args: readonly string[]): Promise<RunResult> =>
    runCli([command, ...args], { env: env() });

  const define = (name: PlanCase): void =>
    writeFileSync(join(folder, 'home.yaml'), changed(simulation.definition(), name));

  /** The whole plan of the stack as it was synthesized last, as JSON; also what guards or `prevent_destroy` refuse. */
  async function planned(...args: readonly string[]): Promise<string> {
    const file = join(folder, 'plan');
    const unguarded = { ...env(), TF_VAR_guards: 'false' };
    await terraform(dir, ['plan', '-input=false', `-out=${file}`, ...args], unguarded);
    return (await terraform(dir, ['show', '-json', file], env())).stdout;
  }

  /** What is left of plan files, which hold secrets. */
  const plansLeft = (): string[] =>
    readdirSync(join(folder, 'tmp')).filter((name) => name.includes('-plan-'));

  beforeAll(async () => {
    folder = temporaryFolder();
    mkdirSync(join(folder, 'tmp'));
    dir = join(folder, 'out/stacks/home');
    simulation = await simulate('clusters/home.yaml', { stateDir: folder });
    define('nothing');
  });

  afterAll(async () => {
    await simulation.pve.close();
  });

  it('a new cluster: all is created, and the stack is initialized on the way', async () => {
    const { code, stdout, stderr } = await npm('review');
    expect(stderr).toBe('home: terraform init …\nhome: terraform plan …\n');
    expect(stdout).toContain('home: 6 nodes created; 2 images created\n');
    expect(stdout).toContain('Nothing destructive.\n');
    expect(code).toBe(0);
    expect((await terraform(dir, ['apply', '-auto-approve', '-input=false'], env())).code).toBe(0);
  });

  it.each(Object.keys(PLAN_CASES) as PlanCase[])('%s', async (name) => {
    define(name);
    const markdown = join(folder, name, 'review.md');
    const { code, stdout, stderr } = await npm('review', 'home', '--markdown', markdown);
    if (product === 'Terraform') expectRecorded(planFile(name), trimPlan(await planned()));

    const review = reviewPlan(planOf(name), clusterOf(name));
    expect(stdout).toBe(reviewText(review, false));
    expect(readFileSync(markdown, 'utf8')).toBe(reviewMarkdown(review));
    expect(code).toBe(review.verdict === 'blocked' ? 2 : 0);
    expect(stderr).toMatch(
      /^home: terraform plan …\n(home: terraform plan without guards …\n)?.*review\.md: written\n$/,
    );
    expect(plansLeft()).toEqual([]);
  });

  it('what is allowed by name passes, and never shows a token', async () => {
    define('worker-removal');
    const page = join(folder, 'review.html');
    const { code, stdout } = await npm(
      'review',
      '--allow',
      'remove:talos-worker-2',
      '--json',
      '--html',
      page,
    );
    expect(JSON.parse(stdout)).toMatchObject({
      verdict: 'allowed',
      findings: [{ severity: 'allowed', rule: 'node-removed', subject: 'talos-worker-2' }],
    });
    expect(code).toBe(0);
    expect(stdout + readFileSync(page, 'utf8')).not.toContain('00000000-0000-4000-8000-000000000000');
  });

  it('a plan file, which Terraform turns into JSON', async () => {
    await planned();
    const { code, stdout } = await npm('review', '--plan', join(folder, 'plan'));
    expect(stdout).toContain('home: 1 node destroyed, 5 untouched\n');
    expect(code).toBe(2);
  });

  it('what only the guards know of: a foreign VM, with the flag that lets it pass', async () => {
    define('one-more');
    const [site] = Object.values(simulation.pve.sites).filter(({ state }) => state.vms.has(1101));
    const config = { name: 'database', tags: 'prod', cores: 1, memory: '512' };
    site?.state.vms.set(1103, { vmid: 1103, node: 'minipc', status: 'running', config });
    const { code, stdout } = await npm('review');
    site?.state.vms.delete(1103);
    expect(stdout).toContain(
      'blocked[live-identity-taken] talos-worker-4: VM 1103 on node minipc is called "database", not "talos-worker-4": Terraform would take it over, and a later destroy would delete it. Give talos-worker-4 a free vm_id, or remove that VM\n    allow it with --allow adopt:talos-worker-4\n',
    );
    expect(code).toBe(2);
  });

  it('a wrong token: what the provider says, and code 1', async () => {
    const [name = ''] = Object.keys(simulation.variables);
    const { code, stdout, stderr } = await runCli(['review'], {
      env: { ...env(), [name]: 'other@pve!token=11111111-1111-4111-8111-111111111111' },
    });
    expect(stderr).toContain('expected the token with the id terraform@pve!talos');
    expect(stdout + stderr).not.toContain('11111111-1111-4111-8111-111111111111');
    expect(code).toBe(1);
  });

  it('drift: what somebody changed by hand, in words', async () => {
    define('nothing');
    expect(await npm('drift')).toMatchObject({ code: 0, stdout: 'home: no drift since the last apply\n' });
    const vms = Object.values(simulation.pve.sites).flatMap(({ state }) => [...state.vms.values()]);
    const vm = (id: number) => vms.find(({ vmid }) => vmid === id);
    Object.assign(vm(1000)?.config ?? {}, { cores: 16, tags: 'mine' });
    Object.assign(vm(1100) ?? {}, { status: 'stopped' });
    for (const { state } of Object.values(simulation.pve.sites)) state.vms.delete(1102);

    const { code, stdout } = await npm('drift', 'home');
    if (product === 'Terraform')
      expectRecorded(planFile('drift'), trimPlan(await planned('-refresh-only'), true));
    expect(stdout).toBe(
      [
        'home: 3 differences on the servers',
        '  ~ talos-control-1 (control plane on pve1)',
        '      cores 4 → 16',
        '      tags control-plane, home, talos, terraform-managed → mine',
        '  ~ talos-worker-1 (worker on pve1)',
        '      running yes → no',
        '  - talos-worker-3 (worker on pve1): no longer there',
        'npm run review -- home says what the next apply makes of it.',
        '',
      ].join('\n'),
    );
    expect(code).toBe(2);
  });
});
