import { driftExitCode, driftLines, reviewDrift } from '../../model/review/drift';
import { chooseCluster } from '../lib/project/choose-cluster';
import { fail, writeAndTell } from '../lib/platform/io';
import type { Io } from '../../model/diagnostics/io';
import { stableJson } from '../lib/platform/json';
import { completePlan, planFrom } from '../lib/terraform/plan-source';
import { driftMarkdown } from '../lib/review/markdown';

export interface DriftOptions {
  /** May be left out where there is only one. */
  readonly cluster?: string;
  /** A definition or a folder of definitions. */
  readonly definitions: string;
  /** One stack of a split cluster. Default: all of them. */
  readonly part?: string;
  /** A plan file, or one as JSON, instead of a new plan; `-` is standard input. */
  readonly plan?: string;
  /** File for Markdown. */
  readonly markdown?: string;
  readonly json?: boolean;
}

/**
 * Says what somebody changed on the servers since the last apply.
 *
 * @returns 0 nothing, 1 failure, 2 something
 */
export async function runDrift(options: DriftOptions, io: Io, signal?: AbortSignal): Promise<number> {
  const { definitions, part, plan, json: asJson } = options;
  const chosen = await chooseCluster(definitions, options.cluster);
  if ('problems' in chosen) return fail(chosen.problems, io);
  const { cluster } = chosen;
  const result = await planFrom(
    {
      cluster,
      definitions,
      refreshOnly: true,
      ...(plan === undefined ? {} : { file: plan }),
      ...(part === undefined ? {} : { part }),
      ...(signal ? { signal } : {}),
    },
    io,
  );
  const complete = completePlan(result);
  if ('problems' in complete) return fail(complete.problems, io);

  const drift = reviewDrift(complete.plan, cluster, result.warnings);
  io.out(asJson ? stableJson(drift) : `${driftLines(drift).join('\n')}\n`);
  if (options.markdown !== undefined && !writeAndTell(options.markdown, driftMarkdown(drift), io)) return 1;
  return driftExitCode(drift);
}
