import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { run, type RunResult } from '../../scripts/lib/platform/exec';
import { PROJECT_ROOT } from '../../tools/paths';
import { temporaryFolder } from './terraform';

export const WORKFLOWS = join(PROJECT_ROOT, 'docs/pipelines/workflows');
export const WORKFLOW_FILES = readdirSync(WORKFLOWS).sort();

interface Step {
  readonly id?: string;
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
}

interface Job {
  readonly env?: Readonly<Record<string, string>>;
  readonly outputs?: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}

export interface Workflow {
  readonly permissions?: unknown;
  readonly env?: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

export const readWorkflow = (file: string): Workflow =>
  parse(readFileSync(join(WORKFLOWS, file), 'utf8')) as Workflow;

/** Values of the expressions in a workflow, by their text: `secrets.TOKEN`. */
export type Expressions = Readonly<Record<string, string>>;

/** Fills in `${{ … }}`; one that a test does not know fails it. */
function fill(text: string, values: Expressions): string {
  return text.replace(/\$\{\{ (.*?) \}\}/g, (_, expression: string) => {
    const value = values[expression];
    if (value === undefined) throw new Error(`no value for \${{ ${expression} }}`);
    return value;
  });
}

/** A copy of this repository as a runner checks it out. `npm ci` has been run in it, as it were. */
export function checkout(): string {
  const folder = temporaryFolder();
  const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: PROJECT_ROOT,
    encoding: 'utf8',
  });
  for (const file of files.split('\0').filter(Boolean)) {
    mkdirSync(join(folder, dirname(file)), { recursive: true });
    cpSync(join(PROJECT_ROOT, file), join(folder, file));
  }
  symlinkSync(join(PROJECT_ROOT, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

export interface Runner {
  /** What `checkout` made. */
  readonly folder: string;
  readonly expressions: Expressions;
  /** What the runner sets besides: PATH, and the variables of the forge. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Steps that are left out, by name. */
  readonly without?: readonly string[];
}

export interface Ran extends RunResult {
  readonly step: string;
}

export interface RanJob {
  readonly steps: readonly Ran[];
  /** Values for the jobs that need this one: `needs.plan.outputs.plan`. */
  readonly outputs: Expressions;
}

/**
 * Runs the scripts of a job as they stand in the workflow, in order, each in a shell of its own, also after one has failed. Steps
 * that use an action are left out, and `npm ci`, which takes half a minute and is proven by every clone.
 *
 * @param name key of the job
 */
export async function runJob(file: string, name: string, runner: Runner): Promise<RanJob> {
  const workflow = readWorkflow(file);
  const job = workflow.jobs[name];
  if (!job) throw new Error(`${file} has no job ${name}`);
  const { folder, env, without = [] } = runner;
  const output = join(temporaryFolder(), 'output');
  writeFileSync(output, '');
  const values: Record<string, string> = { ...runner.expressions };
  const steps: Ran[] = [];
  for (const step of job.steps) {
    if (step.run === undefined || step.run === 'npm ci --ignore-scripts' || without.includes(step.name ?? ''))
      continue;
    const given = Object.entries({ ...workflow.env, ...job.env, ...step.env }).map(
      ([variable, value]): [string, string] => [variable, fill(value, values)],
    );
    const forge = { CI: 'true', GITHUB_OUTPUT: output, GITHUB_STEP_SUMMARY: join(folder, 'summary.md') };
    const result = await run('bash', ['-e', '-c', step.run], {
      cwd: folder,
      env: { ...forge, ...env, ...Object.fromEntries(given) },
      timeout: 300_000,
    });
    steps.push({ step: step.name ?? '', ...result });
    for (const [, key = '', value = ''] of readFileSync(output, 'utf8').matchAll(/^(.+?)=(.*)$/gm))
      values[`steps.${step.id ?? ''}.outputs.${key}`] = value;
  }
  const outputs = Object.entries(job.outputs ?? {}).map(([key, value]): [string, string] => [
    `needs.${name}.outputs.${key}`,
    fill(value, values),
  ]);
  return { steps, outputs: Object.fromEntries(outputs) };
}
