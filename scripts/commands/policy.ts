import { INSTALLED } from '../../model/diagnostics/commands';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { byBytes, count } from '../../model/support/text';
import { run } from '../lib/platform/exec';
import { fail } from '../lib/platform/io';
import type { Io } from '../../model/diagnostics/io';
import { stableJson } from '../lib/platform/json';
import { parseJson } from '../../model/support/json';
import { failureText } from '../../model/diagnostics/failure';
import { readStackFile } from '../lib/project/stack-file';

export interface PolicyOptions {
  /** Output of a synthesis: a folder with `stacks/<stack>/cdk.tf.json`. */
  readonly synthesized: string;
  /** Folders with more Rego files of package `talos_proxmox`, besides ours. */
  readonly policies: readonly string[];
  readonly json?: boolean;
}

const problemSchema = z.object({
  rule: z.string(),
  stack: z.string(),
  resource: z.string(),
  message: z.string(),
});
type Problem = z.infer<typeof problemSchema>;

/** What a team puts up with: of this rule, in all stacks and resources or one. */
const exceptionSchema = z.strictObject({
  rule: z.string(),
  stack: z.string().optional(),
  resource: z.string().optional(),
});
type Exception = z.infer<typeof exceptionSchema>;

const SHAPES =
  'the policies answer in another shape: deny and warn are sets of {"rule", "stack", "resource", "message"}, except is one of {"rule"} with or without "stack" and "resource"';

/** In a checkout it need not be installed. */
const BUILD = INSTALLED ? '' : ' (npm run tools -- opa builds it into .cache/bin)';

/** Our policies, beside the sources and in the package. */
const OURS = join(__dirname, '../../policies');

/** What `opa eval` prints. */
const answerSchema = z.object({
  result: z
    .array(
      z.object({
        expressions: z.array(
          z.object({
            value: z.object({
              deny: z.array(problemSchema).default([]),
              warn: z.array(problemSchema).default([]),
              except: z.array(exceptionSchema).default([]),
            }),
          }),
        ),
      }),
    )
    .min(1),
});

/**
 * Holds synthesized stacks against our policies and others in Rego, all stacks together. What a set `except` of theirs names is
 * told and denies nothing; an exception that matches nothing is a problem, so that none outlives its reason.
 *
 * @returns 0 nothing is denied, 1 something is, or OPA is not there
 */
export async function runPolicy({ synthesized, policies, json }: PolicyOptions, io: Io): Promise<number> {
  const stacks = readStacks(synthesized);
  if (typeof stacks === 'string') return fail([`error: ${stacks}`], io);
  const program = process.env['OPA'] || 'opa';
  const missing = policies.filter((folder) => !existsSync(folder));
  if (missing.length > 0)
    return fail(
      missing.map((folder) => `error: --policies ${folder}: no such folder`),
      io,
    );
  const data = [OURS, ...policies].flatMap((folder) => ['--data', folder]);
  const args = ['eval', '--format', 'json', '--stdin-input', ...data, 'data.talos_proxmox'];
  const result = await run(program, args, { input: JSON.stringify(stacks), timeout: 300_000 });
  if (result.missing)
    return fail(
      [`error: ${program} is not installed; install Open Policy Agent, or name it in OPA${BUILD}`],
      io,
    );
  if (result.code !== 0) return fail([`error: opa: ${result.stderr.trim() || result.stdout.trim()}`], io);
  const parsed = parse(result.stdout);
  if (parsed === undefined) return fail([`error: ${SHAPES}`], io);
  const { deny, warn, excepted } = judged(parsed);
  if (json) io.out(stableJson({ format_version: 1, stacks: Object.keys(stacks), deny, warn, excepted }));
  else
    for (const [severity, problems] of [
      ['error', deny],
      ['excepted', excepted],
      ['warning', warn],
    ] as const)
      for (const { rule, stack, resource, message } of problems)
        io.out(`${stack}: ${severity}[${rule}] ${resource}: ${message}\n`);
  const summary = deny.length === 0 ? 'nothing is denied' : `${count(deny.length, 'problem')} denied`;
  io.err(`${count(Object.keys(stacks).length, 'stack')}: ${summary}\n`);
  return deny.length === 0 ? 0 : 1;
}

interface Answer {
  readonly deny: readonly Problem[];
  readonly warn: readonly Problem[];
  readonly except: readonly Exception[];
}

type Judged = Record<'deny' | 'warn' | 'excepted', Problem[]>;

function judged({ deny, warn, except }: Answer): Judged {
  const isMeant = (exception: Exception, problem: Problem): boolean =>
    exception.rule === problem.rule &&
    (exception.stack ?? problem.stack) === problem.stack &&
    (exception.resource ?? problem.resource) === problem.resource;
  const isExcepted = (problem: Problem): boolean => except.some((exception) => isMeant(exception, problem));
  const unused = except.filter((exception) => !deny.some((problem) => isMeant(exception, problem)));
  const stale = unused.map(({ rule, stack = '*', resource = '*' }) => ({
    rule: 'unused-exception',
    stack,
    resource,
    message: `nothing of ${rule} is denied there any more; remove the exception`,
  }));
  return {
    deny: sorted([...deny.filter((problem) => !isExcepted(problem)), ...stale]),
    warn: sorted(warn),
    excepted: sorted(deny.filter(isExcepted)),
  };
}

/** Stacks by name, or what is wrong with the folder. */
function readStacks(synthesized: string): Readonly<Record<string, unknown>> | string {
  const folder = join(synthesized, 'stacks');
  const names = existsSync(folder) ? readdirSync(folder).sort(byBytes) : [];
  const stacks: [string, unknown][] = [];
  for (const name of names) {
    try {
      const stack = readStackFile(join(folder, name));
      if (stack) stacks.push([name, stack]);
    } catch (cause) {
      return failureText(cause);
    }
  }
  if (stacks.length === 0) return `${folder}: no stacks; run npm run synth first`;
  return Object.fromEntries(stacks);
}

function parse(text: string): Answer | undefined {
  const json = parseJson(text);
  const answer = 'value' in json ? answerSchema.safeParse(json.value) : undefined;
  return answer?.data?.result[0]?.expressions[0]?.value;
}

const sorted = (problems: readonly Problem[]): Problem[] =>
  [...problems].sort((a, b) => byBytes(key(a), key(b)));

const key = ({ stack, rule, resource, message }: Problem): string =>
  [stack, rule, resource, message].join('\n');
