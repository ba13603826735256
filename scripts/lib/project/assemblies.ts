import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { parseAssembly, type AssembledCluster } from '../../../model/assembly/read';
import { ASSEMBLY_FILE, type Assembly } from '../../../model/assembly/schema';
import { fileProblem, hasErrors, type Diagnostic } from '../../../model/diagnostics/diagnostics';
import { sortDiagnostics } from '../../../model/diagnostics/sort';
import { parseYaml, type Parsed } from '../../../model/cluster/definition/yaml';
import { parseJsonAs } from '../../../model/support/json';
import { byBytes } from '../../../model/support/text';
import { checkPatches, load as loadChecked } from '../../../model/templates/load-with-patches';
import { readIfThere } from '../../../model/support/files';
import { PROJECT_ROOT } from './project';
import { ownApp, runApp } from './synth';
import { assemblyFolder, definitionFile, outputFolder } from './workspace';

/** What there is to work on. */
export interface Assemblies {
  /** Sorted by name; empty as soon as there is one error. */
  readonly clusters: readonly AssembledCluster[];
  /** All problems of them, sorted by file and position. */
  readonly diagnostics: readonly Diagnostic[];
}

/** What the next command is to find loaded already. */
let ahead: { readonly key: string; readonly loaded?: Assemblies } | undefined;

/** Lets what is loaded next serve for the load after it as well: a large definition, or an app that has to run, is not read twice. */
export const loadOnceForTwo = (): void => {
  ahead = { key: '' };
};

/**
 * The clusters that commands work on, whatever program made them: those that `--assembly` names, those of the repository's own
 * app, which is run, or those of definitions.
 *
 * @param path a definition, or a folder of definitions
 * @param mends rules that do not matter, because the command mends what they are about
 */
export async function loadAssemblies(path: string, mends: readonly string[] = []): Promise<Assemblies> {
  const before = ahead;
  ahead = undefined;
  const key = JSON.stringify([process.cwd(), path, assemblyFolder(), mends]);
  if (before?.loaded && before.key === key) return before.loaded;
  const loaded = await load(path, mends);
  if (before && !before.loaded) ahead = { key, loaded };
  return loaded;
}

async function load(path: string, mends: readonly string[]): Promise<Assemblies> {
  const folder = assemblyFolder();
  if (folder !== undefined) return checkPatches(readAssemblies(folder), mends);
  // Our own app does nothing but this, and that its assembly says the same is tested.
  if (ownApp()) {
    const { clusters, diagnostics } = await loadChecked(path, mends);
    return {
      clusters: clusters.map(({ cluster, draft }) => ({ stack: cluster.name, cluster, draft })),
      diagnostics,
    };
  }
  const { code, stderr, diagnostics } = await runApp(path, outputFolder());
  if (code === 0) {
    const read = readAssemblies(outputFolder());
    return checkPatches({ ...read, diagnostics: [...diagnostics, ...read.diagnostics] }, mends);
  }
  const told = hasErrors(diagnostics)
    ? diagnostics
    : [...diagnostics, fileProblem('cdktf.json', `its app failed\n${stderr.trim()}`, 'app-failed')];
  return { clusters: [], diagnostics: sortDiagnostics(told) };
}

/** Loads what defines a cluster: the file that is called like it, for speed and so that errors of others do not matter. */
export const loadNamed = (
  cluster: string,
  definitions: string,
  mends?: readonly string[],
): Promise<Assemblies> => loadAssemblies(definitionFile(cluster, definitions) ?? definitions, mends);

/** A cluster; `undefined` if there is none that is free of errors. */
export async function definitionOf(
  cluster: string,
  definitions: string,
): Promise<AssembledCluster | undefined> {
  const { clusters } = await loadNamed(cluster, definitions);
  return clusters.find((assembled) => assembled.cluster.name === cluster);
}

/** The clusters that an app has synthesized. */
function readAssemblies(folder: string): Assemblies {
  const stacks = stacksIn(folder);
  if (typeof stacks === 'string')
    return { clusters: [], diagnostics: [fileProblem(folder, stacks, 'assembly')] };
  const clusters: AssembledCluster[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const stack of stacks) {
    const file = join(folder, 'stacks', stack, ASSEMBLY_FILE);
    const text = readIfThere(file);
    // Stacks of other things, and the parts of a split state.
    if (text === undefined) continue;
    const read = parseAssembly(text, writtenIn);
    const problem = 'problem' in read ? read.problem : misnamed(read, stack);
    if (problem !== undefined) diagnostics.push(fileProblem(file, problem, 'assembly'));
    else if ('cluster' in read) clusters.push(read);
  }
  if (diagnostics.length > 0) return { clusters: [], diagnostics };
  return { clusters: clusters.sort((a, b) => byBytes(a.cluster.name, b.cluster.name)), diagnostics };
}

/** What is read of what cdktf says of a synthesis. */
const MANIFEST = z.object({ stacks: z.record(z.string(), z.unknown()) });

/** Names of the stacks of the last synthesis, or why there are none: folders of earlier ones may still lie there. */
function stacksIn(folder: string): string[] | string {
  const text = readIfThere(join(folder, 'manifest.json'));
  if (text === undefined) return 'holds no output of synth; name the folder that synth wrote, e.g. cdktf.out';
  const read = parseJsonAs(text, MANIFEST);
  return 'problem' in read
    ? `its manifest.json cannot be used (${read.problem}); synthesize again`
    : Object.keys(read.value.stacks).sort(byBytes);
}

/** State and folders go by the stack. */
const misnamed = ({ cluster: { name } }: AssembledCluster, stack: string): string | undefined =>
  name === stack
    ? undefined
    : `holds cluster ${name}, and commands look for it in a stack of that name; call the stack ${name}`;

/** The definition in the file that an assembly came from, where that is at hand. */
function writtenIn({ kind, file }: Assembly['source']): Parsed | undefined {
  if (kind !== 'yaml') return undefined;
  try {
    return parseYaml(file, readFileSync(join(PROJECT_ROOT, file), 'utf8'));
  } catch {
    return undefined;
  }
}
