import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { run, type RunResult } from '../../scripts/lib/exec';
import { PROJECT_ROOT } from '../../tools/paths';
import { temporaryFolder } from './terraform';

export const WORKFLOWS = join(PROJECT_ROOT, 'docs/pipelines/workflows');
export const WORKFLOW_FILES = readdirSync(WORKFLOWS).sort();

interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
}

interface Job {
  readonly env?: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}

export interface Workflow {
  readonly permissions?: unknown;
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
}

export interface Ran extends RunResult {
  readonly step: string;
}

/**
 * Runs the scripts of a job as they stand in the workflow, in order, each in a shell of its own, also after one has failed. Steps
 * that use an action are left out, and `npm ci`, which takes half a minute and is proven by every clone.
 */
export async function runJob(job: Job, { folder, expressions, env }: Runner): Promise<Ran[]> {
  const results: Ran[] = [];
  for (const step of job.steps) {
    if (step.run === undefined || step.run === 'npm ci') continue;
    const given = Object.entries({ ...job.env, ...step.env }).map(([name, value]): [string, string] => [
      name,
      fill(value, expressions),
    ]);
    const result = await run('bash', ['-e', '-c', step.run], {
      cwd: folder,
      env: { CI: 'true', ...env, ...Object.fromEntries(given) },
      timeout: 300_000,
    });
    results.push({ step: step.name ?? '', ...result });
  }
  return results;
}
