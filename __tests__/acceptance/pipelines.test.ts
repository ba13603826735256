/** The workflows that people copy: checked by actionlint, and each script of each job run as it stands, against simulated servers. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { parseDocument } from 'yaml';
import { bridge, type Bridge, type Omni } from '../../simulators/omni';
import { simulate, type Simulation } from '../../simulators/pve';
import { run } from '../../scripts/lib/exec';
import { PROJECT_ROOT } from '../../tools/paths';
import { programPath } from '../../tools/programs';
import { forge } from '../helpers/forge';
import { describeOmni, omniWith } from '../helpers/omni';
import { describeTerraform, mirrorEnv, temporaryFolder } from '../helpers/terraform';
import { checkout, readWorkflow, runJob, WORKFLOW_FILES, WORKFLOWS, type Ran } from '../helpers/workflows';

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

const codes = (ran: readonly Ran[]): Record<string, number> =>
  Object.fromEntries(ran.map(({ step, code }) => [step, code]));

describeChain('the jobs', () => {
  let simulation: Simulation;
  let omni: Omni;
  let bridged: Bridge;
  let folder = '';
  const { app, comments } = forge();
  let api = '';

  beforeAll(async () => {
    folder = checkout();
    simulation = await simulate(join(PROJECT_ROOT, 'clusters/home.yaml'), { stateDir: temporaryFolder() });
    api = await app.listen({ port: 0, host: '127.0.0.1' });
  }, 60_000);
  afterAll(async () => {
    await simulation.pve.close();
    await app.close();
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
      'github.token': 'good',
      'github.event.pull_request.number': '7',
    },
  });
  const job = (file: string, name: string) => {
    const found = readWorkflow(file).jobs[name];
    if (!found) throw new Error(`no job ${name}`);
    return found;
  };
  /** The cluster of the simulated servers in place of the example, with a change. */
  function edit(change: (document: ReturnType<typeof parseDocument>) => unknown = () => undefined): void {
    const document = parseDocument(simulation.definition());
    change(document);
    writeFileSync(join(folder, 'clusters/home.yaml'), document.toString());
  }

  it('check passes, and fails at the step that something is wrong for', async () => {
    const checked = await runJob(job('pull-request.yml', 'check'), runner());
    expect(checked.filter(({ code }) => code !== 0)).toEqual([]);
    expect(Object.keys(codes(checked))).toEqual([
      'Lint',
      'Validate',
      'Compare with the committed output',
      'Policy',
    ]);

    const file = join(folder, 'clusters/home.yaml');
    const good = readFileSync(file, 'utf8');
    const insecure = good.replace(/tls_ca_file: .*/, 'tls_insecure: true');
    writeFileSync(file, insecure.replace('os_disk_size_gb: 100', 'os_disk_size_gb: 120'));
    const { steps } = job('pull-request.yml', 'check');
    const changed = await runJob({ steps: steps.filter(({ name }) => name !== 'Lint') }, runner());
    expect(codes(changed)).toEqual({ Validate: 0, 'Compare with the committed output': 2, Policy: 1 });
    writeFileSync(file, good);
  }, 400_000);

  it('plan comments what would happen, also where it refuses', async () => {
    edit();
    const planned = await runJob(job('pull-request.yml', 'plan'), runner());
    expect(planned.map(({ step, code, stderr }) => (code === 0 ? step : stderr))).toEqual([
      'Ask the servers',
      'Review',
      'Comment',
    ]);
    expect(comments).toHaveLength(1);
    expect(comments[0]?.body).toMatch(/^<!-- review-home -->\n[\s\S]*6 nodes created/);
  }, 200_000);

  it('apply makes the cluster, and a node leaves only by its name', async () => {
    omni = await omniWith({ maxLifeMs: 900_000 });
    bridged = bridge(simulation.pve, omni);
    edit();
    const first = await runJob(job('apply.yml', 'apply'), runner(omni.env));
    expect(first.map(({ step, code, stderr }) => (code === 0 ? step : stderr))).toEqual(['Up', 'Status']);
    expect(await omni.resources('MachineSetNodes', 'home')).toHaveLength(6);

    const drift = (): Promise<Ran[]> => runJob(job('drift.yml', 'drift'), runner());
    expect(codes(await drift())).toEqual({ Drift: 0 });

    edit((document) => document.deleteIn(['workers', 0]));
    const review = await runJob(job('pull-request.yml', 'plan'), runner());
    expect(codes(review)).toMatchObject({ Review: 2, Comment: 0 });
    expect(comments).toHaveLength(1);
    expect(comments[0]?.body).toContain('talos-worker-1');
    expect(codes(await runJob(job('apply.yml', 'apply'), runner(omni.env)))).toMatchObject({ Up: 2 });
    expect(await omni.resources('MachineSetNodes', 'home')).toHaveLength(6);
    const named = await runJob(job('apply.yml', 'apply'), runner({ ...omni.env, REMOVE: 'talos-worker-1' }));
    expect(codes(named)).toEqual({ Up: 0, Status: 0 });
    expect(await omni.resources('MachineSetNodes', 'home')).toHaveLength(5);

    const [site] = Object.values(simulation.pve.sites);
    const vm = [...(site?.state.vms.values() ?? [])][0];
    if (vm) vm.config['memory'] = '4096';
    const drifted = await drift();
    expect(codes(drifted)).toEqual({ Drift: 2 });
    expect(drifted[0]?.stdout).toMatch(/memory/);
    await bridged.close();
    rmSync(join(folder, 'cdktf.out'), { recursive: true });
  }, 400_000);
});
