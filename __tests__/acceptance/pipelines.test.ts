/** The workflows that people copy: checked by actionlint, and each script of each job run as it stands, against simulated servers. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { parseDocument } from 'yaml';
import { bridge, type Bridge, type Omni } from '../../simulators/omni';
import { simulate, type Simulation } from '../../simulators/pve';
import { run } from '../../scripts/lib/platform/exec';
import { LOCK_FILE, ownPlatform } from '../../scripts/lib/terraform/provider-lock';
import { PROJECT_ROOT } from '../../tools/paths';
import { programPath } from '../../tools/programs';
import { forge } from '../testing/forge';
import { describeOmni, omniWith } from '../testing/omni';
import { describeTerraform, mirrorEnv, temporaryFolder } from '../testing/terraform';
import { checkout, readWorkflow, runJob, WORKFLOW_FILES, WORKFLOWS, type RanJob } from '../testing/workflows';

/** Providers that are built from their Go modules. */
const MIRROR = join(PROJECT_ROOT, '.cache/mirror');

const tools = process.env['ACCEPTANCE_TOOLS'];
const describeChain = tools === undefined ? describe.skip : describeTerraform;
const PATH = [tools ?? '', process.env['PATH'] ?? ''].join(delimiter);

const actionlint = (files: readonly string[]) =>
  run(programPath('actionlint'), [
    ...['-config-file', join(PROJECT_ROOT, 'docs/pipelines/actionlint.yaml')],
    ...files,
  ]);

describeOmni('the workflows', () => {
  const read = (file: string): string => readFileSync(join(WORKFLOWS, file), 'utf8');

  it('are right for actionlint, which sees one that is not', async () => {
    const files = WORKFLOW_FILES.map((file) => join(WORKFLOWS, file));
    expect(await actionlint(files)).toMatchObject({ code: 0, stdout: '' });
    const broken = join(temporaryFolder(), 'broken.yml');
    writeFileSync(broken, read('drift.yml').replace('matrix.cluster }}\n    env', 'matrix.node }}\n    env'));
    expect((await actionlint([broken])).stdout).toContain('property "node" is not defined');
  });

  it.each(WORKFLOW_FILES)(
    '%s pins its actions, starts without rights, and puts no expression into a shell',
    (file) => {
      const workflow = readWorkflow(file);
      expect(workflow.permissions).toEqual({ contents: 'read' });
      const uses = [...read(file).matchAll(/^ +- uses: (.*)$/gm)].map(([, what = '']) => what);
      expect(uses.length).toBeGreaterThan(1);
      for (const what of uses) expect(what).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
      for (const { steps } of Object.values(workflow.jobs))
        for (const step of steps) expect(step.run ?? '').not.toContain('${{');
    },
  );

  it.each(WORKFLOW_FILES)('%s gives secrets to no step but those that ask a server', (file) => {
    const { jobs, env } = readWorkflow(file);
    const holders = Object.values(jobs).flatMap(({ steps }) =>
      steps.filter((step) => JSON.stringify(step).includes('secrets.')),
    );
    for (const { run: script } of holders)
      expect(script).toMatch(/^npm run (-s )?(doctor|review|up|status|drift) /);
    const elsewhere = [env, ...Object.values(jobs).map(({ steps: _, ...job }) => job)];
    expect(JSON.stringify(elsewhere)).not.toContain('secrets.');
  });

  it('the hooks are right for lefthook', async () => {
    const folder = temporaryFolder();
    await run('git', ['init', '-q'], { cwd: folder });
    const hooks = readFileSync(join(PROJECT_ROOT, 'docs/pipelines/lefthook.yml'), 'utf8');
    writeFileSync(join(folder, 'lefthook.yml'), hooks);
    expect(await run(programPath('lefthook'), ['validate'], { cwd: folder })).toMatchObject({ code: 0 });
    writeFileSync(join(folder, 'lefthook.yml'), hooks.replace('parallel: true', 'parallel: maybe'));
    expect((await run(programPath('lefthook'), ['validate'], { cwd: folder })).code).toBe(1);
  });
});

const codes = ({ steps }: RanJob): Record<string, number> =>
  Object.fromEntries(steps.map(({ step, code }) => [step, code]));

/** The steps that passed, or what one that failed says. */
const outcome = ({ steps }: RanJob): string[] =>
  steps.map(({ step, code, stderr }) => (code === 0 ? step : stderr));

describeChain('the jobs', () => {
  let simulation: Simulation;
  let omni: Omni;
  let bridged: Bridge;
  let folder = '';
  const { app, comments, issues } = forge();
  let api = '';

  beforeAll(async () => {
    folder = checkout();
    simulation = await simulate(join(PROJECT_ROOT, 'clusters/home.yaml'), { stateDir: temporaryFolder() });
    api = await app.listen({ port: 0, host: '127.0.0.1' });
    expect(await npm('lock', '--platform', ownPlatform(), '--fs-mirror', MIRROR)).toMatchObject({ code: 0 });
  }, 120_000);
  afterAll(async () => {
    await simulation.pve.close();
    await app.close();
  });

  /** One of our scripts, as the team runs it. */
  const npm = (...args: readonly string[]) =>
    run('npm', ['run', '-s', args[0] ?? '', '--', ...args.slice(1)], {
      cwd: folder,
      env: { ...mirrorEnv(), PATH, NO_COLOR: '1', ...simulation.variables },
    });

  /** What a runner of a team has. */
  const runner = (more: Readonly<Record<string, string | undefined>> = {}) => ({
    folder,
    env: { ...mirrorEnv(), PATH, NO_COLOR: '1', GITHUB_API_URL: api, GITHUB_REPOSITORY: 'o/r', ...more },
    expressions: {
      'secrets.PROXMOX_PVE1_API_TOKEN': simulation.variables['TF_VAR_proxmox_pve1_api_token'] ?? '',
      'secrets.PROXMOX_PVE2_API_TOKEN': simulation.variables['TF_VAR_proxmox_pve2_api_token'] ?? '',
      'secrets.OMNI_SERVICE_ACCOUNT_KEY': more['OMNI_SERVICE_ACCOUNT_KEY'] ?? '',
      'vars.OMNI_ENDPOINT': more['OMNI_ENDPOINT'] ?? '',
      'matrix.cluster': 'home',
      "inputs.cluster || 'home'": 'home',
      'inputs.remove': more['REMOVE'] ?? '',
      'inputs.allow': '',
      'inputs.plan || needs.plan.outputs.plan': more['PLAN'] ?? '',
      'github.token': 'good',
      'github.event.pull_request.number': '7',
    },
  });
  /** The cluster of the simulated servers in place of the example, with a change. */
  function edit(change: (document: ReturnType<typeof parseDocument>) => unknown = () => undefined): void {
    const document = parseDocument(simulation.definition());
    change(document);
    writeFileSync(join(folder, 'clusters/home.yaml'), document.toString());
  }

  it('check passes, and fails at the step that something is wrong for', async () => {
    const checked = await runJob('pull-request.yml', 'check', runner());
    expect(outcome(checked)).toEqual([
      ...['Lint', 'Validate', 'Providers', 'Compare with the committed output', 'Policy'],
    ]);

    const file = join(folder, 'clusters/home.yaml');
    const good = readFileSync(file, 'utf8');
    const insecure = good.replace(/tls_ca_file: .*/, 'tls_insecure: true');
    writeFileSync(file, insecure.replace('os_disk_size_gb: 100', 'os_disk_size_gb: 120'));
    const changed = await runJob('pull-request.yml', 'check', { ...runner(), without: ['Lint'] });
    expect(codes(changed)).toEqual({
      Validate: 0,
      Providers: 0,
      'Compare with the committed output': 2,
      Policy: 1,
    });
    writeFileSync(file, good);
  }, 400_000);

  it('a provider is taken only with the committed checksum', async () => {
    edit();
    const file = join(folder, LOCK_FILE);
    const good = readFileSync(file, 'utf8');
    expect(good).toMatch(new RegExp(`^# platforms: ${ownPlatform()}$`, 'm'));
    writeFileSync(file, good.replace(/"h1:[^"]+"/, `"h1:${'A'.repeat(43)}="`));
    const other = await npm('review', 'home');
    expect(other.code).toBe(1);
    expect(other.stderr).toContain(
      'error: a provider is not the one whose checksum is in terraform.lock.hcl',
    );
    // Nor is it written over what does not fit.
    const rewritten = await npm('lock', '--fs-mirror', MIRROR);
    expect(rewritten.code).toBe(1);
    expect(rewritten.stderr).toContain('0.111.1 has other checksums than those in terraform.lock.hcl');
    writeFileSync(file, good.replace(/0\.111\.1/g, '0.111.0'));
    expect((await npm('review', 'home')).stderr).toMatch(
      /has checksums of \S+ 0\.111\.0, and 0\.111\.1 is used/,
    );
    expect((await npm('lock', '--check')).code).toBe(2);
    writeFileSync(file, good);
    expect((await npm('lock', '--check')).code).toBe(0);
    rmSync(join(folder, 'cdktf.out'), { recursive: true });
  }, 200_000);

  it('plan comments what would happen, also where it refuses', async () => {
    edit();
    const planned = await runJob('pull-request.yml', 'plan', runner());
    expect(outcome(planned)).toEqual(['Ask the servers', 'Review', 'Comment']);
    expect(comments).toHaveLength(1);
    expect(comments[0]?.body).toMatch(/^<!-- review-home -->\n[\s\S]*6 nodes created/);
  }, 200_000);

  it('apply makes the cluster that was approved, and a node leaves only by its name', async () => {
    omni = await omniWith({ maxLifeMs: 900_000 });
    bridged = bridge(simulation.pve, omni);
    const members = () => omni.resources('MachineSetNodes', 'home');
    const apply = (more: Readonly<Record<string, string>> = {}) =>
      runJob('apply.yml', 'apply', runner({ ...omni.env, ...more }));
    const plan = async (more: Readonly<Record<string, string>> = {}): Promise<[RanJob, string]> => {
      const ran = await runJob('apply.yml', 'plan', runner(more));
      return [ran, ran.outputs['needs.plan.outputs.plan'] ?? ''];
    };

    edit();
    const [first, PLAN] = await plan();
    expect(outcome(first)).toEqual(['Review', 'Tell']);
    expect(readFileSync(join(folder, 'summary.md'), 'utf8')).toContain('6 nodes created');
    edit((document) => document.setIn(['defaults', 'workers', 'cpu_cores'], 12));
    const other = await apply({ PLAN });
    expect(codes(other)).toMatchObject({ Up: 2 });
    expect(other.steps[0]?.stderr).toContain(`and not ${PLAN}, which was expected`);
    expect(Object.values(simulation.pve.sites).flatMap((site) => [...site.state.vms.keys()])).toEqual([]);
    edit();
    expect(outcome(await apply({ PLAN }))).toEqual(['Up', 'Status']);
    expect(await members()).toHaveLength(6);

    const drift = () => runJob('drift.yml', 'drift', runner());
    expect(codes(await drift())).toMatchObject({ Drift: 0 });
    issues.length = 0; // A runner would not run the step of a failure.

    edit((document) => document.deleteIn(['workers', 0]));
    const review = await runJob('pull-request.yml', 'plan', runner());
    expect(codes(review)).toMatchObject({ Review: 2, Comment: 0 });
    expect(comments).toHaveLength(1);
    expect(comments[0]?.body).toContain('talos-worker-1');
    const [refused, name] = await plan();
    expect(codes(refused)).toEqual({ Review: 2, Tell: 0 });
    expect(codes(await apply({ PLAN: name }))).toMatchObject({ Up: 2 });
    expect(await members()).toHaveLength(6);
    const REMOVE = 'talos-worker-1';
    const [allowed, approved] = await plan({ REMOVE });
    expect(codes(allowed)).toEqual({ Review: 0, Tell: 0 });
    expect(codes(await apply({ REMOVE, PLAN: approved }))).toEqual({ Up: 0, Status: 0 });
    expect(await members()).toHaveLength(5);

    const [site] = Object.values(simulation.pve.sites);
    const vm = [...(site?.state.vms.values() ?? [])][0];
    if (vm) vm.config['memory'] = '4096';
    const drifted = await drift();
    expect(codes(drifted)).toEqual({ Drift: 2, Issue: 0 });
    expect(issues).toMatchObject([
      { title: 'Drift of home', body: expect.stringMatching(/memory/) as string },
    ]);
    expect(drifted.steps[0]?.stdout).toMatch(/memory/);
    await bridged.close();
    rmSync(join(folder, 'cdktf.out'), { recursive: true });
  }, 400_000);
});
