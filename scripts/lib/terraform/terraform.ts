import { basename, dirname, join } from 'node:path';
import { run, type RunResult } from '../platform/exec';

/** Terraform, or what the user runs in its place: TERRAFORM_BINARY_NAME=tofu. */
export const terraformBinary = (): string => process.env['TERRAFORM_BINARY_NAME'] || 'terraform';

/** What to do where there is none. @param instead the flag that does without, e.g. `--plan FILE` */
export const terraformMissing = (instead: string): string =>
  `${terraformBinary()} is not installed; install Terraform or OpenTofu, name it in TERRAFORM_BINARY_NAME, or give ${instead}`;

export interface TerraformOptions {
  /** Folder of the stack. */
  readonly dir: string;
  /** Variables for Terraform: `TF_VAR_…`. */
  readonly variables?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** A file for all output, which Terraform goes on to write when we are killed: as long as it can write it ends in order. */
  readonly outputFile?: string;
  /** Gets the output as it comes. */
  readonly onOutput?: (text: string) => void;
}

/** Where what Terraform said last of a stack is kept: `<output>/logs/<stack>-<command>.log`. */
export const logFile = (dir: string, command: 'plan' | 'apply'): string =>
  join(dirname(dirname(dir)), 'logs', `${basename(dir)}-${command}.log`);

/** Runs Terraform in a stack, without hints for people and without calls home. */
export const runTerraform = (
  { dir, variables, signal, onOutput, outputFile }: TerraformOptions,
  args: readonly string[],
): Promise<RunResult> =>
  run(terraformBinary(), args, {
    cwd: dir,
    env: { CHECKPOINT_DISABLE: '1', TF_IN_AUTOMATION: '1', ...variables },
    // It writes the state of what it has begun before it ends.
    patient: true,
    ...(signal ? { signal } : {}),
    ...(outputFile === undefined ? {} : { outputFile }),
    ...(onOutput ? { onOutput } : {}),
  });
