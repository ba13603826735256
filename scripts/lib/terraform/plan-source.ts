import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Cluster } from '../../../model/cluster/cluster';
import type { ClusterDraft } from '../../../model/cluster/definition/draft';
import type { Existing } from '../../../model/proxmox/existing';
import { allowProblem, gapIn, parsePlan, terraformAllow, type Plan } from '../../../model/review';
import { list } from '../../../model/support/text';
import { errorCode } from '../../../model/support/files';
import type { Io } from '../../../model/diagnostics/io';
import { askExisting } from './existing';
import { synthesize } from '../project/synth';
import { stackFolder } from '../project/workspace';
import { showPlan, withPlans, type PlannedStack, type PlanResult, type TakeOver } from './plan-stack';

/** What is planned. */
export interface PlanRequest {
  readonly cluster: Cluster;
  /** One stack of a split cluster. Default: all of them. */
  readonly part?: string;
  /** A definition or a folder of definitions. */
  readonly definitions: string;
  /** Where it is synthesized to. Default: where `npm run synth` does. */
  readonly outdir?: string;
  /** Only compare the state with the servers. */
  readonly refreshOnly?: boolean;
  /** Looks on the servers for what the plan would create, and imports what can only be ours or is allowed. */
  readonly draft?: ClusterDraft;
  /** What a person allows. */
  readonly allow?: readonly string[];
  readonly signal?: AbortSignal;
}

export interface PlanSource extends PlanRequest {
  /** A plan file, or one as JSON, instead of a new plan; `-` is standard input. */
  readonly file?: string;
}

/** Synthesizes and plans, or reads a plan that is there. Says what it does on standard error. */
export async function planFrom({ file, ...request }: PlanSource, io: Io): Promise<PlanResult> {
  if (file === undefined) return withPlansOf(request, io, (result) => Promise.resolve(result));
  const { cluster, part, signal } = request;
  const problem = partProblem(request);
  return problem === undefined ? readPlan(file, stackFolder(part ?? cluster.name), signal) : failed(problem);
}

/** Synthesizes and plans, for whoever does something with the plan files before they are gone. Says what it does on standard error. */
export async function withPlansOf<T>(
  request: PlanRequest,
  io: Io,
  use: (result: PlanResult, stacks: readonly PlannedStack[]) => Promise<T>,
): Promise<T> {
  const { cluster, part, definitions, outdir, refreshOnly = false, allow, draft, signal } = request;
  const problem = partProblem(request);
  if (problem !== undefined) return use(failed(problem), []);
  const synthesis = await synthesize(definitions, outdir);
  if (synthesis.code !== 0) return use(failed(`synth failed\n${synthesis.stderr.trim()}`), []);
  const all = (part === undefined ? stacksOf(cluster) : [part]).map((stack) => ({
    dir: stackFolder(stack, outdir),
    cluster: cluster.name,
    refreshOnly,
    progress: (what: string) => io.err(`${stack}: ${what} …\n`),
    onLog: (file: string) => io.err(`all that Terraform said: ${file}\n`),
    ...(allow && allow.length > 0 ? { allow: terraformAllow(allow) } : {}),
    // Drift is no change: there is nothing to guard.
    ...(refreshOnly ? { guards: false } : {}),
    ...(draft ? { existing: takeOver(cluster, draft, allow ?? []) } : {}),
    ...(signal ? { signal } : {}),
  }));
  return withPlans(all, use);
}

const takeOver =
  (cluster: Cluster, draft: ClusterDraft, allow: readonly string[]) =>
  async (json: string): Promise<TakeOver> => {
    const { found, problems } = await askExisting(json, cluster, draft);
    const isMeant = ({ ours, name }: Existing) => ours || allow.includes(`adopt:${name}`);
    return {
      found,
      imports: found.filter((one) => one.importId !== '' && isMeant(one)),
      notes: problems.map((text) => `whether something of it exists already is not known: ${text}`),
    };
  };

function partProblem({ cluster, part }: PlanRequest): string | undefined {
  const stacks = stacksOf(cluster);
  if (part === undefined || stacks.includes(part)) return undefined;
  return `--part ${part} is not a stack of ${cluster.name}; there is ${list(stacks)}`;
}

/** The whole plan of a result without errors, or lines that say why there is none. */
export function completePlan({
  json,
  errors,
  refusals,
}: PlanResult): { readonly plan: Plan } | { readonly problems: readonly string[] } {
  if (json === undefined || errors.length > 0) return { problems: errors.map((error) => `error: ${error}`) };
  const parsed = parsePlan(json);
  if ('problem' in parsed) return { problems: [`error: the plan ${parsed.problem}`] };
  const gap = gapIn(parsed.plan, refusals);
  return gap === '' ? parsed : { problems: [`error: the plan is incomplete: ${gap}; plan again`] };
}

/** Lines that say what is wrong with items of `--allow`. */
export const allowErrors = (allow: readonly string[]): string[] =>
  allow.flatMap((item) => {
    const problem = allowProblem(item);
    return problem === undefined ? [] : [`error: --allow ${problem}`];
  });

/** Stacks of a cluster in the order in which they are applied: what the nodes share comes first. */
export const stacksOf = ({ name, parts }: Cluster): string[] => [name, ...parts.map(({ stack }) => stack)];

const failed = (error: string): PlanResult => ({ errors: [error], warnings: [], refusals: [] });

/** JSON as it is, a plan file by way of Terraform. */
async function readPlan(file: string, dir: string, signal?: AbortSignal): Promise<PlanResult> {
  let content: string;
  try {
    content = file === '-' ? await text(process.stdin) : readFileSync(file, 'utf8');
  } catch (cause) {
    return failed(`${file}: cannot be read (${errorCode(cause)})`);
  }
  // A plan file is a ZIP archive.
  if (!content.startsWith('PK')) return { json: content, errors: [], warnings: [], refusals: [] };
  if (file === '-') return failed('standard input takes a plan as JSON only');
  const shown = await showPlan(resolve(file), { dir, ...(signal ? { signal } : {}) });
  return { errors: [], warnings: [], refusals: [], ...shown };
}
