import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from '../cluster/cluster';
import type { ClusterDraft } from '../cluster/definition/draft';
import { complete, resolve } from '../cluster/resolve';
import { RULES } from '../rules';
import { check } from '../rules/lib/rule';
import { errorCode } from '../support/files';
import { byBytes } from '../support/text';
import { fileProblem, hasErrors, type Diagnostic } from '../diagnostics/diagnostics';
import { sortDiagnostics } from '../diagnostics/sort';
import { checkShape } from '../cluster/definition/shape';
import { parseYaml, type Parsed } from '../cluster/definition/yaml';

/**
 * A cluster that was checked and is without errors. Only `loadDefinitions()` makes one: what no rule has seen is none, even where
 * it looks the same.
 */
export class CheckedCluster {
  /** The cluster with everything filled in. */
  readonly cluster: Cluster;
  /** What was checked, for checks against further clusters. @internal */
  readonly draft: ClusterDraft;
  /** The same object for all clusters that were checked against each other. @internal */
  readonly run: object;
  /** Tells the compiler that an object with the same keys will not do. */
  protected readonly isChecked = true;

  private constructor(cluster: Cluster, draft: ClusterDraft, run: object) {
    this.cluster = cluster;
    this.draft = draft;
    this.run = run;
  }

  /** For the one who has checked it. @internal */
  static of(cluster: Cluster, draft: ClusterDraft, run: object): CheckedCluster {
    return new CheckedCluster(cluster, draft, run);
  }
}

/** What loading has found. */
export interface Loaded {
  /** Sorted by name; empty as soon as there is one error. */
  readonly clusters: readonly CheckedCluster[];
  /** All problems, sorted by file and position. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Loads and checks cluster definitions. Problems are returned, all of them, never thrown.
 *
 * @param target a `.yaml`, `.yml` or `.tfvars` file, or a folder of such files
 */
export async function loadDefinitions(target: string): Promise<Loaded> {
  const files = definitionFiles(target);
  if (typeof files === 'string') return { clusters: [], diagnostics: [fileProblem(target, files)] };
  const parsed = await Promise.all(files.map(parseFile));
  return checkDefinitions(parsed);
}

/** Checks parsed definitions, each by itself and all together. @internal */
export function checkDefinitions(parsed: readonly Parsed[]): Loaded {
  const drafts: ClusterDraft[] = [];
  const diagnostics = sortDiagnostics(problemsOf(parsed, drafts));
  const clusters = hasErrors(diagnostics)
    ? []
    : drafts
        .map((draft) => CheckedCluster.of(complete(draft), draft, drafts))
        .sort((a, b) => byBytes(a.cluster.name, b.cluster.name));
  return { clusters, diagnostics };
}

/** All problems, one at a time: of a large definition there may be more than memory holds. */
function* problemsOf(parsed: readonly Parsed[], drafts: ClusterDraft[]): Generator<Diagnostic> {
  for (const { value, source, diagnostics } of parsed) {
    yield* diagnostics;
    if (value === undefined) continue;
    const shape = checkShape(value, source);
    yield* shape.diagnostics;
    drafts.push(resolve(shape.draft, source, shape.broken));
  }
  yield* check(RULES, drafts);
}

/** Checks clusters against each other that were checked one by one before. @internal */
export function checkTogether(drafts: readonly ClusterDraft[]): Diagnostic[] {
  return sortDiagnostics(check(RULES, drafts));
}

/** Name of a definition, or its end. Files of SOPS may lie beside them. @internal */
export const DEFINITION = /(?<!\.sops)\.(ya?ml|tfvars)$/;

/** The definition files behind a target, or what is wrong with it. */
function definitionFiles(target: string): string[] | string {
  let names: string[];
  try {
    const stat = statSync(target, { throwIfNoEntry: false });
    if (!stat) return 'no such file or folder; set CLUSTERS to a definition or a folder of definitions';
    if (!stat.isDirectory()) {
      // A file of SOPS that somebody names is told for what it is.
      return /\.(ya?ml|tfvars)$/.test(target)
        ? [target]
        : 'not a .yaml, .yml or .tfvars file; set CLUSTERS to a definition';
    }
    names = readdirSync(target)
      .filter((name) => DEFINITION.test(name))
      .sort(byBytes);
  } catch (cause) {
    return `cannot be read (${errorCode(cause)}); set CLUSTERS to a definition or a folder of definitions`;
  }
  if (names.length === 0)
    return 'the folder has no .yaml, .yml or .tfvars file; put a cluster definition into it';
  return names.map((name) => join(target, name));
}

async function parseFile(file: string): Promise<Parsed> {
  const text = definitionText(file);
  if ('problem' in text)
    return {
      value: undefined,
      diagnostics: [fileProblem(file, text.problem)],
      source: { file, kind: 'yaml', starter: false, locate: () => undefined },
    };
  if (!file.endsWith('.tfvars')) return parseYaml(file, text.text);
  // Loaded only where it is needed: the HCL parser is 2 MB of WebAssembly.
  const { parseStarter } = await import('../migrate/starter');
  return parseStarter(file, text.text);
}

/** Some hundred thousand nodes: reading more would take all memory. */
const MAX_MEGABYTES = 16;

/**
 * The text of a definition or of a tfvars file, or what is wrong with it, in words.
 *
 * @param repair what to do where it cannot be read
 * @internal
 */
export function definitionText(
  file: string,
  repair = 'check its permissions',
): { readonly text: string } | { readonly problem: string } {
  try {
    const { size } = statSync(file);
    if (size <= MAX_MEGABYTES * 1024 ** 2) return { text: readFileSync(file, 'utf8') };
    return {
      problem: `has ${Math.round(size / 1024 ** 2)} MB, and a definition at most ${MAX_MEGABYTES}; write nodes as node_pools, or split the cluster`,
    };
  } catch (cause) {
    return { problem: `cannot be read (${errorCode(cause)}); ${repair}` };
  }
}
