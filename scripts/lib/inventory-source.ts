import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import { fileProblem, type Diagnostic } from '../../model/definition/diagnostics';
import { readInventory, type InventoryRead } from '../../model/omni/inventory';
import { didYouMean, list } from '../../model/text';
import type { RunResult } from './exec';
import { errorCode } from './files';
import { runTerraform, terraformBinary, terraformMissing } from './terraform';

/** Where the inventory of a cluster comes from. */
export interface InventorySource {
  readonly cluster: string;
  /** A file, or `-` for standard input; the Terraform output of the stack if absent. */
  readonly inventory?: string;
  readonly signal?: AbortSignal;
}

/** Reads and checks the inventory of a cluster. */
export async function loadInventory({ cluster, inventory, signal }: InventorySource): Promise<InventoryRead> {
  if (inventory === undefined) return fromTerraform(cluster, signal);
  const source = inventory === '-' ? 'standard input' : inventory;
  try {
    const text = inventory === '-' ? await readAll(process.stdin) : readFileSync(inventory, 'utf8');
    return readInventory(source, text, cluster);
  } catch (cause) {
    return failed(
      source,
      'inventory-format',
      `cannot be read (${errorCode(cause)}); name a file that holds the inventory`,
    );
  }
}

async function fromTerraform(cluster: string, signal?: AbortSignal): Promise<InventoryRead> {
  const stacks = join(process.env['CDKTF_OUTDIR'] || 'cdktf.out', 'stacks');
  const folder = join(stacks, cluster);
  if (!existsSync(join(folder, 'cdk.tf.json'))) {
    return failed(folder, 'stack-not-synthesized', missingStack(stacks, cluster));
  }
  const source = `${folder}: terraform output`;
  const call = (args: readonly string[]): Promise<RunResult> =>
    runTerraform({ dir: folder, ...(signal ? { signal } : {}) }, args);
  const result = await call(['output', '-json', '-no-color', 'machine_inventory']);
  if (result.code === 0) return readInventory(source, result.stdout, cluster);
  const [rule, message] = await explain(result, folder, call);
  return failed(source, rule, message);
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
  return ['terraform-failed', `terraform failed: ${firstError(stderr)}`];
}

/** The summary of Terraform's first error, without its frame. */
const firstError = (stderr: string): string =>
  /Error: ([^\n]+)/.exec(stderr)?.[1] ?? (stderr.trim().split('\n').at(-1) || 'it said nothing');

const failed = (file: string, rule: string, message: string): { diagnostics: Diagnostic[] } => ({
  diagnostics: [fileProblem(file, message, rule)],
});
