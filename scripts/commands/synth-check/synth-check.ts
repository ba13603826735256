import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { byBytes, count, list } from '../../../model/support/text';
import { chooseCluster } from '../../lib/project/choose-cluster';
import { fail } from '../../lib/platform/io';
import type { Io } from '../../../model/diagnostics/io';
import { stableJson } from '../../lib/platform/json';
import { diffStacks, type Json, type PieceDiff } from './stack-diff';
import { readStackFile } from '../../lib/project/stack-file';
import { synthesize } from '../../lib/project/synth';
import { temporaryFolder } from '../../lib/platform/temporary';
import { stackFolder, type Target } from '../../lib/project/workspace';

/** One cluster, or all that are defined. */
export interface SynthCheckOptions extends Target {
  /** Committed output: `<folder>/<cluster>/cdk.tf.json`, or a whole `cdktf.out`. */
  readonly against: string;
  readonly json?: boolean;
}

/** A stack whose output is not the committed one. */
interface StackDiff {
  readonly stack: string;
  readonly what: 'new' | 'gone' | 'changed';
  readonly differences: readonly PieceDiff[];
}

/**
 * Compares what the definitions synthesize to with what is committed.
 *
 * @returns 0 the same, 1 failure, 2 something differs
 */
export async function runSynthCheck(options: SynthCheckOptions, io: Io): Promise<number> {
  const { against, json } = options;
  const found = await definitionsOf(options);
  if (typeof found !== 'string') return fail(found.problems, io);
  const definitions = found;
  const committed = readStacks(against);
  if (committed.size === 0) {
    const hint = `CDKTF_OUTDIR=${against} npm run synth writes it, to be committed`;
    return fail([`error: ${against}: no <cluster>/cdk.tf.json in it; ${hint}`], io);
  }
  const temporary = temporaryFolder('synth');
  const outdir = temporary.path;
  try {
    const { code, stderr } = await synthesize(definitions, outdir);
    if (code !== 0) return fail([stderr.trim()], io);
    const synthesized = readStacks(outdir);
    // One definition out of many: the others are not gone.
    const expected = isFolder(definitions) ? committed : only(committed, synthesized);
    const differing = compare(expected, synthesized);
    io.out(json ? stableJson({ format_version: 1, stacks: differing }) : text(differing, against));
    return differing.length > 0 ? 2 : 0;
  } finally {
    temporary.remove();
  }
}

/** The file of the cluster that is named. */
async function definitionsOf({
  cluster,
  definitions,
}: Target): Promise<string | { readonly problems: readonly string[] }> {
  if (cluster === undefined) return definitions;
  const chosen = await chooseCluster(definitions, cluster);
  return 'problems' in chosen ? chosen : chosen.draft.source.file;
}

const isFolder = (path: string): boolean => statSync(path).isDirectory();

const only = (stacks: Map<string, Json>, names: Map<string, unknown>): Map<string, Json> =>
  new Map([...stacks].filter(([name]) => names.has(name)));

/** The stacks in a folder, by name. */
function readStacks(folder: string): Map<string, Json> {
  const stacks = new Map<string, Json>();
  for (const parent of [folder, stackFolder('', folder)]) {
    for (const name of subfolders(parent)) {
      const stack = readStackFile(join(parent, name));
      if (stack) stacks.set(name, stack);
    }
  }
  return stacks;
}

function subfolders(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
  } catch {
    return [];
  }
}

function compare(committed: Map<string, Json>, synthesized: Map<string, Json>): StackDiff[] {
  const names = [...new Set([...committed.keys(), ...synthesized.keys()])].sort(byBytes);
  return names.flatMap((stack): StackDiff[] => {
    const [old, now] = [committed.get(stack), synthesized.get(stack)];
    if (!old) return [{ stack, what: 'new', differences: [] }];
    if (!now) return [{ stack, what: 'gone', differences: [] }];
    const differences = diffStacks(old, now);
    return differences.length > 0 ? [{ stack, what: 'changed', differences }] : [];
  });
}

function text(differing: readonly StackDiff[], against: string): string {
  if (differing.length === 0) return `the same as in ${against}\n`;
  const lines = differing.flatMap(({ stack, what, differences }) => {
    if (what === 'new') return [`${stack}: new, not in ${against}`];
    if (what === 'gone') return [`${stack}: in ${against}, but no longer defined`];
    return [
      `${stack}: ${count(differences.length, 'difference')}`,
      ...differences.flatMap((one) => [
        `  ${one.address} ${one.what}`,
        ...one.lines.map((line) => `    ${line}`),
      ]),
    ];
  });
  const stacks = list(differing.map(({ stack }) => stack));
  return `${lines.join('\n')}\n\nDiffers from ${against}: ${stacks}\n`;
}
