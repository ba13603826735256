import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run, type RunResult } from '../../scripts/lib/platform/exec';
import { PROJECT_ROOT } from '../../tools/paths';
import { terraformBinary } from '../../scripts/lib/terraform/terraform';
import { programPath } from '../../tools/programs';

// Terraform and a new process per synthesis take their time on a busy machine.
jest.setTimeout(120_000);

const environment = process.env['ACCEPTANCE_ENV'];

/** `describe`, or a skipped one where the real tools are not to be had: `setup.ts` has said so loudly. */
export const describeTerraform = environment === undefined ? describe.skip : describe;

/** What children need to use the local mirror. */
export const mirrorEnv = (): Record<string, string> =>
  JSON.parse(environment ?? '{}') as Record<string, string>;

/** For `describe.each`: what runs plans. */
export const BINARIES = [
  ['Terraform', terraformBinary()],
  ['OpenTofu', programPath('tofu')],
] as const;

/** Has the tests of a suite run this one. */
export function useBinary(binary: string): void {
  const before = process.env['TERRAFORM_BINARY_NAME'];
  beforeAll(() => {
    process.env['TERRAFORM_BINARY_NAME'] = binary;
  });
  afterAll(() => {
    if (before === undefined) delete process.env['TERRAFORM_BINARY_NAME'];
    else process.env['TERRAFORM_BINARY_NAME'] = before;
  });
}

/** The parts of `cdk.tf.json` that tests look at. */
export interface TerraformJson {
  readonly resource: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;
  readonly variable: Readonly<
    Record<
      string,
      { readonly default?: unknown; readonly validation?: readonly { readonly condition: string }[] }
    >
  >;
  readonly locals: Readonly<Record<string, unknown>>;
  readonly output: Readonly<Record<string, unknown>>;
  readonly provider: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;
  readonly terraform: { readonly backend?: object };
}

/** One synthesis in a folder of its own. */
export interface Synthesis {
  readonly outdir: string;
  readonly stacks: readonly string[];
  json(stack: string): TerraformJson;
  dir(stack: string): string;
}

const folders: string[] = [];

/** A folder that is gone after the tests of the file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'talos-proxmox-'));
  folders.push(folder);
  return folder;
}

afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** Runs the project's own `main.ts` as a user does. */
export function runMain(
  clusters: string,
  outdir: string,
  env: Record<string, string> = {},
): Promise<RunResult> {
  return run(process.execPath, ['-r', './tools/register.cjs', 'main.ts'], {
    cwd: PROJECT_ROOT,
    env: { CLUSTERS: clusters, CDKTF_OUTDIR: outdir, ...env },
  });
}

/** Synthesizes definitions; fails the test if that fails. */
export async function synthesize(clusters: string): Promise<Synthesis> {
  const outdir = join(temporaryFolder(), 'out');
  mkdirSync(outdir);
  const { code, stderr } = await runMain(clusters, outdir);
  if (code !== 0) throw new Error(`synth of ${clusters} failed:\n${stderr}`);
  const dir = (stack: string): string => join(outdir, 'stacks', stack);
  return {
    outdir,
    stacks: readdirSync(join(outdir, 'stacks')).sort(),
    dir,
    json: (stack) => JSON.parse(readFileSync(join(dir(stack), 'cdk.tf.json'), 'utf8')) as TerraformJson,
  };
}

/**
 * Fake values for the variables of a stack that need one, in the form that their validations ask for. The guards are off:
 * they would ask the servers, which are not there.
 */
export function fakeVariables(json: TerraformJson): Record<string, string> {
  const needed = Object.entries(json.variable).filter(([, variable]) => !('default' in variable));
  const values = Object.fromEntries(
    needed.map(([name, { validation = [] }]) => {
      const id = validation
        .map(({ condition }) => /startswith\([^,]+, "([^"]+)=/.exec(condition)?.[1])
        .find(Boolean);
      const token = `${id ?? 'terraform@pve!test'}=00000000-0000-4000-8000-000000000000`;
      return [`TF_VAR_${name}`, name.endsWith('_api_token') ? token : 'https://images.example.com/file.iso'];
    }),
  );
  return { ...values, TF_VAR_guards: 'false' };
}

/** Runs Terraform in a stack folder with the local mirror. */
export function terraform(
  dir: string,
  args: readonly string[],
  variables: Record<string, string> = {},
): Promise<RunResult> {
  return run(terraformBinary(), args, { cwd: dir, env: { ...mirrorEnv(), ...variables } });
}

interface PlanChange {
  readonly address: string;
  readonly type: string;
  readonly change: { readonly actions: readonly string[]; readonly after: Readonly<Record<string, unknown>> };
}

export interface Plan {
  readonly resource_changes: readonly PlanChange[];
  readonly planned_values: { readonly outputs: Readonly<Record<string, { readonly value: unknown }>> };
}

interface Message {
  readonly '@level': string;
  readonly '@message': string;
}

/** `init`, `validate` and `plan` of a stack; any warning fails the test. */
export async function plan(synthesis: Synthesis, stack: string): Promise<Plan> {
  const dir = synthesis.dir(stack);
  const variables = fakeVariables(synthesis.json(stack));
  if (!('local' in (synthesis.json(stack).terraform.backend ?? {}))) {
    // Only the backend is replaced, and only here: it would ask a server.
    writeFileSync(join(dir, 'backend_override.tf.json'), '{"terraform": {"backend": {"local": {}}}}');
  }
  const init = await terraform(dir, ['init', '-input=false', '-no-color']);
  if (init.code !== 0) throw new Error(`init of ${stack}: ${init.stdout}${init.stderr}`);

  const validation = await terraform(dir, ['validate', '-json']);
  expect(JSON.parse(validation.stdout)).toMatchObject({
    valid: true,
    error_count: 0,
    warning_count: 0,
    diagnostics: [],
  });

  const planned = await terraform(dir, ['plan', '-input=false', '-json', '-out=plan.bin'], variables);
  const messages = planned.stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Message);
  expect(messages.filter((message) => ['warn', 'error'].includes(message['@level']))).toEqual([]);
  expect(planned.code).toBe(0);

  const shown = await terraform(dir, ['show', '-json', 'plan.bin']);
  return JSON.parse(shown.stdout) as Plan;
}

/** Addresses of the VMs that a plan creates, by node name. */
export const plannedVms = (plan: Plan): string[] =>
  plan.resource_changes
    .filter(
      ({ type, change }) => type === 'proxmox_virtual_environment_vm' && change.actions.join() === 'create',
    )
    .map(({ address }) => address.replace('proxmox_virtual_environment_vm.', ''))
    .sort();
