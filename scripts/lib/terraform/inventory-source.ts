import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import { fileProblem, type Diagnostic } from '../../../model/diagnostics/diagnostics';
import { mergeInventories, readInventory, type InventoryRead } from '../../../model/omni/inventory';
import { didYouMean, list } from '../../../model/support/text';
import type { RunResult } from '../platform/exec';
import type { Inventory } from '../../../model/cluster/outputs';
import { readState, vmNames, type StateFile } from '../../../model/terraform/state-file';
import { explainTerraform } from './explain-terraform';
import { errorCode } from '../platform/files';
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
  if (result.code !== 0) {
    const [rule, message] = await explain(result, folder, call);
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
  return made(result.stdout, pulled.state);
}

/**
 * An inventory without the machines whose VMs the state does not have. Terraform writes its outputs also where an apply ended
 * before a single VM was made: they are no proof of anything.
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
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
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
async function explain(
  { missing, stderr }: RunResult,
  folder: string,
  call: (args: readonly string[]) => Promise<RunResult>,
): Promise<[rule: string, message: string]> {
  if (missing) return ['terraform-missing', terraformMissing('--inventory FILE')];
  const chdir = `${terraformBinary()} -chdir=${folder}`;
  if (/initialization required|please run "(?:terraform|tofu) init"|Module not installed/i.test(stderr)) {
    return ['stack-not-initialised', `the stack is not initialised; run ${chdir} init`];
  }
  if (/Output "machine_inventory" not found/.test(stderr)) {
    // Without -json secrets stay hidden; an empty state has no outputs at all.
    const { stderr: warning, stdout } = await call(['output', '-no-color']);
    return /No outputs found/.test(`${stdout}${warning}`)
      ? ['state-empty', `the state has no outputs: nothing is applied yet; run ${chdir} apply`]
      : [
          'output-missing',
          `the state has no output machine_inventory; it is of an older version: run ${chdir} apply`,
        ];
  }
  return ['terraform-failed', failure({ stderr }, folder)];
}

const failure = ({ stderr }: Pick<RunResult, 'stderr'>, dir: string): string =>
  `terraform failed: ${explainTerraform([toolText(stderr)], { cluster: basename(dir), dir }).join('; ')}`;

const failed = (file: string, rule: string, message: string): { diagnostics: Diagnostic[] } => ({
  diagnostics: [fileProblem(file, message, rule)],
});
