import { chmodSync, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run, type RunOptions, type RunResult } from './exec';

/** Terraform, or what the user runs in its place: TERRAFORM_BINARY_NAME=tofu. */
const terraformBinary = (): string => process.env['TERRAFORM_BINARY_NAME'] || 'terraform';

export interface PlanOptions {
  /** Folder of the stack, with its `cdk.tf.json`. */
  readonly dir: string;
  /** Only compare the state with the servers. */
  readonly refreshOnly?: boolean;
  /** Value of the Terraform variable `allow`. */
  readonly allow?: string;
  readonly signal?: AbortSignal;
  /** Told what takes its time. */
  readonly progress?: (what: string) => void;
}

/** A plan as JSON, which holds secrets and never goes into a file; `undefined` if there is none. */
export interface PlanResult {
  readonly json?: string;
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * Plans a stack and reads the plan as JSON. The plan file is readable by its owner only, and gone afterwards. Runs
 * `terraform init` where that is still to be done.
 */
export async function planStack(options: PlanOptions): Promise<PlanResult> {
  const { dir, refreshOnly = false, progress } = options;
  if (!existsSync(join(dir, '.terraform'))) {
    const failed = await init(options);
    if (failed) return failed;
  }
  const folder = mkdtempSync(join(tmpdir(), 'plan-'));
  try {
    chmodSync(folder, 0o700);
    const file = join(folder, 'plan');
    // Terraform keeps the mode of a file that is there.
    writeFileSync(file, '', { mode: 0o600 });
    const args = ['plan', '-input=false', '-json', `-out=${file}`, ...(refreshOnly ? ['-refresh-only'] : [])];
    progress?.(refreshOnly ? 'terraform plan -refresh-only' : 'terraform plan');
    let planned = await terraform(options, args);
    if (planned.code !== 0 && NEEDS_INIT.test(planned.stdout)) {
      const failed = await init(options);
      if (failed) return failed;
      planned = await terraform(options, args);
    }
    const { errors, warnings } = diagnosticsOf(planned);
    // A plan with errors is written too, as far as Terraform came.
    if (statSync(file).size === 0) return { errors, warnings };
    const shown = await showPlan(file, options);
    return 'json' in shown
      ? { json: shown.json, errors, warnings }
      : { errors: [...errors, ...shown.errors], warnings };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A plan file as JSON. */
export async function showPlan(
  file: string,
  options: Pick<PlanOptions, 'dir' | 'signal'>,
): Promise<{ readonly json: string } | { readonly errors: readonly string[] }> {
  const { code, stdout, stderr, missing } = await terraform(options, ['show', '-json', file]);
  if (code === 0) return { json: stdout };
  return { errors: [missing ? notInstalled() : stderr.trim()] };
}

const NEEDS_INIT = /terraform init|tofu init/;

async function init(options: PlanOptions): Promise<PlanResult | undefined> {
  options.progress?.('terraform init');
  const { code, stdout, stderr, missing } = await terraform(options, ['init', '-input=false', '-no-color']);
  if (code === 0) return undefined;
  return { errors: [missing ? notInstalled() : stderr.trim() || stdout.trim()], warnings: [] };
}

const notInstalled = (): string =>
  `${terraformBinary()} is not installed; install Terraform or OpenTofu, name it in TERRAFORM_BINARY_NAME, or give --plan FILE`;

function terraform(
  { dir, allow, signal }: Pick<PlanOptions, 'dir' | 'allow' | 'signal'>,
  args: readonly string[],
): Promise<RunResult> {
  const options: RunOptions = {
    cwd: dir,
    env: {
      CHECKPOINT_DISABLE: '1',
      TF_IN_AUTOMATION: '1',
      ...(allow === undefined ? {} : { TF_VAR_allow: allow }),
    },
    ...(signal ? { signal } : {}),
  };
  return run(terraformBinary(), args, options);
}

interface Message {
  readonly type?: string;
  readonly diagnostic?: {
    readonly severity: string;
    readonly summary: string;
    readonly detail?: string;
    readonly address?: string;
  };
}

/** What `plan -json` complains about; each text once. Terraform has taken secrets out of it. */
function diagnosticsOf({ code, stdout, stderr, missing }: RunResult) {
  if (missing) return { errors: [notInstalled()], warnings: [] };
  const found = stdout.split('\n').flatMap((line) => diagnosticOf(line) ?? []);
  const of = (severity: string) => [
    ...new Set(found.filter((one) => one.severity === severity).map(diagnosticText)),
  ];
  const errors = of('error');
  const silent = code !== 0 && errors.length === 0;
  return {
    errors: silent ? [stderr.trim() || `terraform plan ended with code ${code}`] : errors,
    warnings: of('warning'),
  };
}

function diagnosticOf(line: string): Message['diagnostic'] {
  try {
    return (JSON.parse(line) as Message).diagnostic;
  } catch {
    return undefined;
  }
}

const diagnosticText = ({ address, summary, detail }: NonNullable<Message['diagnostic']>): string =>
  [address ? `${address}: ` : '', summary, detail ? `: ${detail}` : ''].join('').replace(/\s+/g, ' ');
