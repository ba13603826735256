import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Existing } from '../../../model/proxmox/existing';
import { mergePlans } from '../../../model/review';
import type { RunResult } from '../platform/exec';
import { temporaryFolder } from '../platform/temporary';
import { explainTerraform, rawText, type ErrorPlace } from './explain-terraform';
import { placeLock } from './provider-lock';
import { logFile, runTerraform, terraformMissing } from './terraform';
import { diagnosticsOf, toolText, type ToolMessage } from './tool-messages';

export interface PlanOptions {
  /** Folder of the stack, with its `cdk.tf.json`. */
  readonly dir: string;
  /** Name of the cluster, for commands that help. Default: that of the folder. */
  readonly cluster?: string;
  /** Only compare the state with the servers. */
  readonly refreshOnly?: boolean;
  /** Value of the Terraform variable `allow`. */
  readonly allow?: string;
  /** Whether the guards in the JSON ask the servers. Default: they do. */
  readonly guards?: boolean;
  /** Told the plan as JSON: says what of it is there already, and of that, what is to be imported. */
  readonly existing?: (json: string) => Promise<TakeOver>;
  readonly signal?: AbortSignal;
  /** Told what takes its time. */
  readonly progress?: (what: string) => void;
  /** Told of the file that has all errors of a plan as they came. */
  readonly onLog?: (file: string) => void;
}

/** What the servers have of all that a plan would create. */
export interface TakeOver {
  readonly found: readonly Existing[];
  /** Of it, what Terraform must import, because it could not create it. */
  readonly imports: readonly Existing[];
  /** What is not known, in words. */
  readonly notes: readonly string[];
}

/** A plan as JSON, which holds secrets and never goes into a file; `undefined` if there is none. */
export interface PlanResult {
  readonly json?: string;
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
  /** What the guards in the JSON refuse, and VMs that must not be destroyed: the plan is that without guards, to be read only. */
  readonly refusals: readonly string[];
  /** What the plan would create and is there already. */
  readonly existing?: readonly Existing[];
}

const NO_PLAN = { warnings: [], refusals: [] };

/** Plans one stack. The plan file is readable by its owner only, and gone afterwards. */
async function withPlan<T>(
  options: PlanOptions,
  use: (result: PlanResult, file: string) => Promise<T>,
): Promise<T> {
  const folder = temporaryFolder('plan');
  try {
    const file = join(folder.path, 'plan');
    const result = await planned(file, options);
    // What Terraform says of a run that was interrupted is no news.
    return await use(options.signal?.aborted ? { ...NO_PLAN, errors: ['interrupted'] } : result, file);
  } finally {
    folder.remove();
  }
}

/** A stack with its plan, to be applied. */
export interface PlannedStack {
  readonly dir: string;
  readonly file: string;
  readonly result: PlanResult;
}

/**
 * Plans stacks, for whoever does something with the plans before they are gone, and reads what they come to together as one in
 * JSON. Runs `terraform init` where that is still to be done. One that fails ends it: the others are not planned.
 *
 * A refused plan lacks the very changes that are refused. It is made once more without guards, to see them, and must not be
 * applied.
 *
 * @param all one per stack
 */
export async function withPlans<T>(
  all: readonly PlanOptions[],
  use: (result: PlanResult, stacks: readonly PlannedStack[]) => Promise<T>,
  before: readonly PlannedStack[] = [],
): Promise<T> {
  const [options, ...rest] = all;
  if (!options) return use(together(before.map(({ result }) => result)), before);
  return withPlan(options, (result, file) => {
    const planned = [...before, { dir: options.dir, file, result }];
    const isFailed = result.json === undefined || result.errors.length > 0;
    return withPlans(isFailed ? [] : rest, use, planned);
  });
}

function together(results: readonly PlanResult[]): PlanResult {
  const [only] = results;
  if (only && results.length === 1) return only;
  const said = {
    errors: results.flatMap(({ errors }) => errors),
    warnings: [...new Set(results.flatMap(({ warnings }) => warnings))],
    refusals: [...new Set(results.flatMap(({ refusals }) => refusals))],
    existing: results.flatMap(({ existing = [] }) => existing),
  };
  if (results.some(({ json }) => json === undefined)) return said;
  const merged = mergePlans(results.flatMap(({ json }) => json ?? []));
  return 'problem' in merged
    ? { ...said, errors: [...said.errors, `the plan ${merged.problem}`] }
    : { ...said, json: merged.json };
}

/** Plans, and once more with imports where what is to be created is there. */
async function planned(file: string, options: PlanOptions): Promise<PlanResult> {
  const blocks = join(options.dir, 'existing.tf.json');
  // A run that was killed may have left it, and what it imports may be gone since.
  rmSync(blocks, { force: true });
  const first = await plannedAsItIs(file, options);
  if (first.json === undefined || first.errors.length > 0 || !options.existing) return first;
  const { found, imports, notes } = await options.existing(first.json);
  const told = { existing: found, warnings: [...first.warnings, ...notes] };
  if (imports.length === 0) return { ...first, ...told };
  writeFileSync(
    blocks,
    JSON.stringify({ import: imports.map(({ address: to, importId: id }) => ({ to, id })) }),
  );
  try {
    const second = await plannedAsItIs(file, options);
    return { ...second, existing: found, warnings: [...second.warnings, ...notes] };
  } finally {
    // A plan file has its own copy of the configuration.
    rmSync(blocks, { force: true });
  }
}

async function plannedAsItIs(file: string, options: PlanOptions): Promise<PlanResult> {
  const lock = placeLock(options.dir);
  if ('problems' in lock) return { ...NO_PLAN, errors: lock.problems };
  if (!existsSync(join(options.dir, '.terraform'))) {
    const failed = await init(options);
    if (failed) return failed;
  }
  const first = await planInto(file, options);
  if (first.errors.length > 0 || first.refusals.length === 0) return withJson(file, first, options);
  const second = await planInto(file, { ...options, guards: false });
  const refusals = [...new Set([...first.refusals, ...second.refusals])];
  return withJson(file, { ...second, refusals }, options);
}

type Said = Omit<PlanResult, 'json'>;

async function planInto(file: string, options: PlanOptions): Promise<Said> {
  const { refreshOnly = false, progress } = options;
  // Terraform keeps the mode of a file that is there.
  rmSync(file, { force: true });
  writeFileSync(file, '', { mode: 0o600 });
  const mode = refreshOnly ? ['-refresh-only'] : [];
  const args = ['plan', '-input=false', '-json', `-out=${file}`, ...mode];
  progress?.(['terraform plan', ...mode, ...(options.guards === false ? ['without guards'] : [])].join(' '));
  const result = await terraform(options, args);
  if (result.code === 0 || !NEEDS_INIT.test(result.stdout)) return saidBy(result, options);
  return (await init(options)) ?? saidBy(await terraform(options, args), options);
}

async function withJson(file: string, said: Said, options: PlanOptions): Promise<PlanResult> {
  // A plan with errors is written too, as far as Terraform came.
  if (statSync(file).size === 0) return said;
  const shown = await showPlan(file, options);
  return 'json' in shown
    ? { ...said, json: shown.json }
    : { ...said, errors: [...said.errors, ...shown.errors] };
}

/** A plan file as JSON. */
export async function showPlan(
  file: string,
  options: Pick<PlanOptions, 'dir' | 'cluster' | 'signal'>,
): Promise<{ readonly json: string } | { readonly errors: readonly string[] }> {
  const { code, stdout, stderr, missing } = await terraform(options, ['show', '-json', file]);
  if (code === 0) return { json: stdout };
  return { errors: missing ? [notInstalled()] : explainTerraform([toolText(stderr)], placeOf(options)) };
}

const NEEDS_INIT = /terraform init|tofu init|Required plugins are not installed/;

async function init(options: PlanOptions): Promise<PlanResult | undefined> {
  options.progress?.('terraform init');
  const lock = placeLock(options.dir);
  const args = ['init', '-input=false', '-no-color', ...('flags' in lock ? lock.flags : [])];
  const { code, stdout, stderr, missing } = await terraform(options, args);
  if (code === 0) return undefined;
  if (missing) return { ...NO_PLAN, errors: [notInstalled()] };
  const error = toolText(stderr || stdout);
  logErrors([error], options);
  return { ...NO_PLAN, errors: explainTerraform([error], placeOf(options)) };
}

const placeOf = ({ dir, cluster = basename(dir) }: Pick<PlanOptions, 'dir' | 'cluster'>): ErrorPlace => ({
  cluster,
  dir,
});

const notInstalled = (): string => terraformMissing('--plan FILE');

function terraform(
  { dir, allow, guards, signal }: Pick<PlanOptions, 'dir' | 'allow' | 'guards' | 'signal'>,
  args: readonly string[],
): Promise<RunResult> {
  const variables = {
    ...(allow === undefined ? {} : { TF_VAR_allow: allow }),
    ...(guards === false ? { TF_VAR_guards: 'false' } : {}),
  };
  return runTerraform({ dir, variables, ...(signal ? { signal } : {}) }, args);
}

/** Errors by which a plan says no, on purpose: our guards, a line for each reason. */
const GUARDS: ReadonlySet<string> = new Set([
  'Resource precondition failed',
  'Resource postcondition failed',
  'Module output value precondition failed',
]);

/** VMs that must not be destroyed, in the words of Terraform and of OpenTofu. */
const PREVENTED: ReadonlySet<string> = new Set([
  'Instance cannot be destroyed',
  'Resource instance cannot be destroyed',
]);

/** Keeps errors as they came, beside those in our words. Not the rest: the code that Terraform shows may hold values. */
function logErrors(errors: readonly ToolMessage[], { dir, onLog }: Pick<PlanOptions, 'dir' | 'onLog'>): void {
  const log = logFile(dir, 'plan');
  mkdirSync(dirname(log), { recursive: true });
  const texts = errors.map(({ address, summary, detail }) =>
    [summary, address, detail].filter(Boolean).join('\n'),
  );
  writeFileSync(log, `${texts.join('\n\n')}\n`, { mode: 0o600 });
  onLog?.(log);
}

/** What `plan -json` complains about; each text once. Terraform has taken secrets out of it. */
function saidBy({ code, stdout, stderr, missing }: RunResult, options: PlanOptions): Said {
  if (missing) return { ...NO_PLAN, errors: [notInstalled()] };
  const found = diagnosticsOf(stdout);
  const isRefusal = ({ severity, summary }: ToolMessage) =>
    severity === 'error' && (GUARDS.has(summary) || PREVENTED.has(summary));
  const refusals = found
    .filter(isRefusal)
    .flatMap(({ summary, detail = '' }) =>
      GUARDS.has(summary) ? detail.split('\n') : detail.replace(/\s+/g, ' '),
    );
  const others = (severity: string) => found.filter((one) => one.severity === severity && !isRefusal(one));
  const silent = code !== 0 && others('error').length === 0 && refusals.length === 0;
  const errors = silent ? [toolText(stderr || `terraform plan ended with code ${code}`)] : others('error');
  if (errors.length > 0) logErrors(errors, options);
  return {
    errors: explainTerraform(errors, placeOf(options)),
    warnings: [...new Set(others('warning').map(rawText))],
    refusals,
  };
}
