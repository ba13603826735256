import { parseJson } from '../../../model/support/json';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import { fileProblem, type Diagnostic } from '../../../model/diagnostics/diagnostics';
import { mergeInventories, readInventory, type InventoryRead } from '../../../model/inventory/read';
import { didYouMean, list } from '../../../model/support/text';
import type { RunResult } from '../platform/exec';
import type { Inventory } from '../../../model/inventory/machine';
import { readState, vmNames, type StateFile } from '../../../model/terraform/state-file';
import { explainTerraform } from './explain-terraform';
import { errorCode } from '../../../model/support/files';
import { readStackFile } from '../project/stack-file';
import { runTerraform, terraformBinary, terraformMissing } from './terraform';
import { toolText } from './tool-messages';
import { stackFolder } from '../project/workspace';

/** Where the inventory of a cluster comes from. */
export interface InventorySource {
  readonly cluster: string;
  /** A file, or `-` for standard input; the Terraform output of the stack if absent. */
  readonly inventory?: string;
  readonly signal?: AbortSignal;
}

/** An inventory of machines that were made, or all that is wrong with it. */
export type InventoryLoaded =
  | {
      readonly inventory: Inventory;
      /** Of machines that the outputs have and that were never made. */
      readonly warnings: readonly Diagnostic[];
    }
  | { readonly diagnostics: readonly Diagnostic[] };

/** Reads and checks the inventory of a cluster. */
export async function loadInventory({
  cluster,
  inventory,
  signal,
}: InventorySource): Promise<InventoryLoaded> {
  if (inventory === undefined) return fromTerraform(cluster, signal);
  const source = inventory === '-' ? 'standard input' : inventory;
  try {
    const text = inventory === '-' ? await readAll(process.stdin) : readFileSync(inventory, 'utf8');
    return withWarnings(readInventory(source, text, cluster), []);
  } catch (cause) {
    return failed(
      source,
      'inventory-format',
      `cannot be read (${errorCode(cause)}); name a file that holds the inventory`,
    );
  }
}

const withWarnings = (read: InventoryRead, warnings: readonly Diagnostic[]): InventoryLoaded =>
  'inventory' in read ? { ...read, warnings } : read;

async function fromTerraform(cluster: string, signal?: AbortSignal): Promise<InventoryLoaded> {
  const stacks = stackFolder('');
  const folder = join(stacks, cluster);
  const stack = readStack(folder);
  if (!stack) return failed(folder, 'stack-not-synthesized', missingStack(stacks, cluster));
  const parts = stack.output?.['state_parts']?.value;
  const source = sourceOf(parts ? `${folder}-*` : folder);
  const folders = parts ? parts.map((part) => join(stacks, part)) : [folder];
  const read: PartOutput[] = [];
  for (const part of folders)
    read.push(parts ? await partOutput(part, signal) : await outputOf(part, signal));
  const diagnostics = read.flatMap((part) => part.diagnostics);
  if (diagnostics.length > 0) return { diagnostics };
  const merged = mergeInventories(read.map(({ text = '{}' }, i) => [folders[i] ?? '', text]));
  if ('problem' in merged) return failed(folder, 'inventory-identity-unique', merged.problem);
  const unmade = read.flatMap((part) => part.unmade ?? []);
  if (unmade.length > 0 && merged.text === '{}')
    return failed(
      source,
      'state-empty',
      `no VM exists yet: the last apply ended before it made one; ${again(cluster)}`,
    );
  return withWarnings(
    readInventory(source, merged.text, cluster),
    unmade.map((name) => ({
      ...fileProblem(
        source,
        `its VM does not exist yet: the last apply ended before it made it; ${again(cluster)}`,
        'inventory-stale',
      ),
      path: name,
      severity: 'warning',
    })),
  );
}

const again = (cluster: string): string => `run npm run up -- ${cluster}`;

const sourceOf = (folder: string): string => `${folder}: terraform output`;

interface StackJson {
  readonly output?: Readonly<Record<string, { readonly value?: readonly string[] }>>;
  readonly resource?: object;
}

const readStack = (folder: string): StackJson | undefined => readStackFile(folder);

/** The text of an inventory, or why there is none. */
interface PartOutput {
  readonly text?: string;
  /** Names that the output has, of VMs that the state does not have. */
  readonly unmade?: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
}

async function outputOf(folder: string, signal?: AbortSignal): Promise<PartOutput> {
  const call = (args: readonly string[]): Promise<RunResult> =>
    runTerraform({ dir: folder, ...(signal ? { signal } : {}) }, args);
  const [result, state] = await Promise.all([
    call(['output', '-json', '-no-color', 'machine_inventory']),
    call(['state', 'pull']),
  ]);
  const hasNone = result.code !== 0 && /Output "machine_inventory" not found/.test(result.stderr);
  if (result.code !== 0 && !hasNone) {
    const [rule, message] = explain(result, folder);
    return failed(sourceOf(folder), rule, message);
  }
  if (state.code !== 0) return failed(sourceOf(folder), 'terraform-failed', failure(state, folder));
  const pulled = readState(state.stdout);
  if ('problem' in pulled)
    return failed(
      sourceOf(folder),
      'terraform-failed',
      `what terraform state pull printed ${pulled.problem}`,
    );
  return hasNone ? unfinished(pulled.state, folder) : made(result.stdout, pulled.state);
}

/** A state without inventory: the output waits for the VMs, so that one of a first apply that failed has none. */
function unfinished(state: StateFile | undefined, folder: string): PartOutput {
  const apply = `run ${terraformBinary()} -chdir=${folder} apply`;
  return state?.resources.some((resource) => vmNames(resource).length > 0)
    ? failed(
        sourceOf(folder),
        'output-missing',
        `the last apply ended before it had made all VMs, so that the state has no output machine_inventory; ${apply}`,
      )
    : failed(sourceOf(folder), 'state-empty', `no VM exists yet; ${apply}`);
}

/**
 * An inventory without the machines whose VMs the state does not have: an apply that failed may have removed VMs and kept the outputs as
 * they were, and those of older versions were there before the VMs.
 */
function made(text: string, state: StateFile | undefined): PartOutput {
  const machines = parseMap(text);
  // What is no inventory is told by whoever reads it.
  if (!machines) return { text, diagnostics: [] };
  const names = new Set(state?.resources.flatMap(vmNames));
  const unmade = Object.keys(machines).filter((name) => !names.has(name));
  const kept = Object.entries(machines).filter(([name]) => names.has(name));
  return { text: JSON.stringify(Object.fromEntries(kept)), unmade, diagnostics: [] };
}

function parseMap(text: string): object | undefined {
  const json = parseJson(text);
  const value = 'value' in json ? json.value : undefined;
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
}

/** The inventory of one part of a split state; one without VMs need not be applied. */
async function partOutput(folder: string, signal?: AbortSignal): Promise<PartOutput> {
  const stack = readStack(folder);
  if (!stack)
    return failed(folder, 'stack-not-synthesized', 'the part is not synthesized; run npm run synth');
  const output = await outputOf(folder, signal);
  const isUnused =
    stack.resource === undefined &&
    output.diagnostics.every(({ rule }) => rule === 'state-empty' || rule === 'stack-not-initialised');
  return output.text === undefined && isUnused ? { diagnostics: [] } : output;
}

function missingStack(stacks: string, cluster: string): string {
  const known = existsSync(stacks) ? readdirSync(stacks).sort() : [];
  return known.length === 0
    ? 'the stack is not synthesized; run npm run synth, then apply it'
    : `there is no such stack; synthesized are ${list(known)}${didYouMean(cluster, known) || '; run npm run synth'}`;
}

/** Why Terraform gave no inventory, in our words. */
function explain({ missing, stderr }: RunResult, folder: string): [rule: string, message: string] {
  if (missing) return ['terraform-missing', terraformMissing('--inventory FILE')];
  return /initialization required|please run "(?:terraform|tofu) init"|Module not installed/i.test(stderr)
    ? [
        'stack-not-initialised',
        `the stack is not initialised; run ${terraformBinary()} -chdir=${folder} init`,
      ]
    : ['terraform-failed', failure({ stderr }, folder)];
}

const failure = ({ stderr }: Pick<RunResult, 'stderr'>, dir: string): string =>
  `terraform failed: ${explainTerraform([toolText(stderr)], { cluster: basename(dir), dir }).join('; ')}`;

const failed = (file: string, rule: string, message: string): { diagnostics: Diagnostic[] } => ({
  diagnostics: [fileProblem(file, message, rule)],
});
