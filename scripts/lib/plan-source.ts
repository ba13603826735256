import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Cluster } from '../../model/cluster';
import { terraformAllow } from '../../model/review';
import { list } from '../../model/text';
import { errorCode } from './files';
import type { Io } from './io';
import { stackFolder, synthesize } from './synth';
import { planStacks, showPlan, type PlanResult } from './plan-stack';

/** Where a plan comes from. */
export interface PlanSource {
  readonly cluster: Cluster;
  /** One stack of a split cluster. Default: all of them. */
  readonly part?: string;
  /** A definition or a folder of definitions. */
  readonly definitions: string;
  /** A plan file, or one as JSON, instead of a new plan; `-` is standard input. */
  readonly file?: string;
  /** Only compare the state with the servers. */
  readonly refreshOnly?: boolean;
  /** What a person allows. */
  readonly allow?: readonly string[];
  readonly signal?: AbortSignal;
}

/** Synthesizes and plans, or reads a plan that is there. Says what it does on standard error. */
export async function planFrom(source: PlanSource, io: Io): Promise<PlanResult> {
  const { cluster, part, definitions, file, refreshOnly = false, allow, signal } = source;
  const stacks = stacksOf(cluster);
  if (part !== undefined && !stacks.includes(part))
    return failed(`--part ${part} is no stack of ${cluster.name}; there is ${list(stacks)}`);
  if (file !== undefined) return readPlan(file, stackFolder(part ?? cluster.name), signal);
  const synthesis = await synthesize(definitions);
  if (synthesis.code !== 0) return failed(`synth failed\n${synthesis.stderr.trim()}`);
  const wanted = part === undefined ? stacks : [part];
  return planStacks(
    wanted.map((stack) => ({
      dir: stackFolder(stack),
      refreshOnly,
      progress: (what: string) => io.err(`${stack}: ${what} …\n`),
      ...(allow && allow.length > 0 ? { allow: terraformAllow(allow) } : {}),
      // Drift is no change: there is nothing to guard.
      ...(refreshOnly ? { guards: false } : {}),
      ...(signal ? { signal } : {}),
    })),
  );
}

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
