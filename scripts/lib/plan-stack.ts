import { existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Existing } from '../../model/live/existing';
import { mergePlans } from '../../model/review';
import type { RunResult } from './exec';
import { temporaryFolder } from './temporary';
import { runTerraform, terraformMissing } from './terraform';

export interface PlanOptions {
  /** Folder of the stack, with its `cdk.tf.json`. */
  readonly dir: string;
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
  if (result.code === 0 || !NEEDS_INIT.test(result.stdout)) return saidBy(result);
  return (await init(options)) ?? saidBy(await terraform(options, args));
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
  return { ...NO_PLAN, errors: [missing ? notInstalled() : stderr.trim() || stdout.trim()] };
}

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

interface Diagnostic {
  readonly severity: string;
  readonly summary: string;
  readonly detail?: string;
  readonly address?: string;
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

/** What `plan -json` complains about; each text once. Terraform has taken secrets out of it. */
function saidBy({ code, stdout, stderr, missing }: RunResult): Said {
  if (missing) return { ...NO_PLAN, errors: [notInstalled()] };
  const found = stdout.split('\n').flatMap((line) => diagnosticOf(line) ?? []);
  const isRefusal = ({ severity, summary }: Diagnostic) =>
    severity === 'error' && (GUARDS.has(summary) || PREVENTED.has(summary));
  const refusals = found
    .filter(isRefusal)
    .flatMap(({ summary, detail = '' }) =>
      GUARDS.has(summary) ? detail.split('\n') : detail.replace(/\s+/g, ' '),
    );
  const texts = (severity: string) => [
    ...new Set(found.filter((one) => one.severity === severity && !isRefusal(one)).map(diagnosticText)),
  ];
  const errors = texts('error');
  const silent = code !== 0 && errors.length === 0 && refusals.length === 0;
  return {
    errors: silent ? [stderr.trim() || `terraform plan ended with code ${code}`] : errors,
    warnings: texts('warning'),
    refusals,
  };
}

function diagnosticOf(line: string): Diagnostic | undefined {
  try {
    return (JSON.parse(line) as { readonly diagnostic?: Diagnostic }).diagnostic;
  } catch {
    return undefined;
  }
}

const diagnosticText = ({ address, summary, detail }: Diagnostic): string =>
  [address ? `${address}: ` : '', summary, detail ? `: ${detail}` : ''].join('').replace(/\s+/g, ' ');
