import type { Cluster } from '../../model/cluster/cluster';
import { gapIn, parsePlan, reviewExitCode, reviewPlan, type Review } from '../../model/review';
import { chooseCluster } from '../lib/project/choose-cluster';
import { fail, writeAndTell } from '../lib/platform/io';
import type { Io } from '../../model/diagnostics/io';
import { stableJson } from '../lib/platform/json';
import { allowErrors, planFrom } from '../lib/terraform/plan-source';
import { reviewHtml } from '../lib/review/html';
import { askLiveMachines } from '../lib/proxmox/machines';
import { reviewMarkdown } from '../lib/review/markdown';
import { reviewText } from '../lib/review/text';
import { waitingIn } from '../lib/proxmox/waiting';

export interface ReviewOptions {
  /** May be left out where there is only one. */
  readonly cluster?: string;
  /** A definition or a folder of definitions. */
  readonly definitions: string;
  /** `remove:worker-3` and the like. */
  readonly allow: readonly string[];
  /** One stack of a split cluster. Default: all of them. */
  readonly part?: string;
  /** A plan file, or one as JSON, instead of a new plan; `-` is standard input. */
  readonly plan?: string;
  /** File for Markdown; `-` is standard output, in place of the text. */
  readonly markdown?: string;
  /** File for the page. */
  readonly html?: string;
  readonly json?: boolean;
  readonly colour: boolean;
}

/**
 * Says in people's words what a plan does, and whether it may.
 *
 * @returns 0 nothing destructive, or all of it allowed; 1 failure, or an incomplete plan, which is shown without a verdict; 2 something destructive that is not allowed
 */
export async function runReview(options: ReviewOptions, io: Io, signal?: AbortSignal): Promise<number> {
  const wrong = allowErrors(options.allow);
  if (wrong.length > 0) return fail(wrong, io);
  const chosen = await chooseCluster(options.definitions, options.cluster);
  if ('problems' in chosen) return fail(chosen.problems, io);
  const { cluster } = chosen;
  const { part } = options;

  const {
    json,
    errors,
    warnings,
    refusals,
    existing = [],
  } = await planFrom(
    {
      cluster,
      draft: chosen.draft,
      definitions: options.definitions,
      allow: options.allow,
      ...(options.plan === undefined ? {} : { file: options.plan }),
      ...(part === undefined ? {} : { part }),
      ...(signal ? { signal } : {}),
    },
    io,
  );
  for (const error of errors) io.err(`error: ${error}\n`);
  if (json === undefined) return 1;
  const parsed = parsePlan(json);
  if ('problem' in parsed) return fail([`error: the plan ${parsed.problem}`], io);

  const gap = gapIn(parsed.plan, refusals);
  if (errors.length === 0 && gap !== '') io.err(`error: the plan is incomplete: ${gap}\n`);
  const failed = errors.length > 0;
  // A plan that was made elsewhere may be read where nobody has a token.
  const asked =
    failed || options.plan !== undefined
      ? {}
      : { waiting: await waitingIn(chosen), live: await askLiveMachines(parsed.plan, chosen) };
  const review = reviewPlan(parsed.plan, cluster, {
    allow: options.allow,
    notes: warnings,
    refusals,
    failed,
    existing,
    ...asked,
  });
  const written = print(review, cluster, options, io);
  return written ? reviewExitCode(review) : 1;
}

/** @returns whether all files could be written */
function print(review: Review, cluster: Cluster, options: ReviewOptions, io: Io): boolean {
  const { markdown, html, json, colour } = options;
  if (json) io.out(stableJson(review));
  else if (markdown === '-') io.out(reviewMarkdown(review));
  else io.out(reviewText(review, colour));
  const files: [string | undefined, () => string][] = [
    [markdown === '-' ? undefined : markdown, () => reviewMarkdown(review)],
    [html, () => reviewHtml(review, cluster)],
  ];
  return files.every(([file, content]) => file === undefined || writeAndTell(file, content(), io));
}
