import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { APPLY_PARALLELISM } from '../../../model/terraform/parallelism';
import { logFile, runTerraform } from './terraform';
import { diagnosticsOf, doneLine, messagesOf, toolText, type ToolMessage } from './tool-messages';

export interface ApplyStackOptions {
  /** Folder of the stack. */
  readonly dir: string;
  /** The plan. */
  readonly file: string;
  readonly signal: AbortSignal;
  /** Told of each resource that is done, in a line. */
  readonly onDone?: (line: string) => void;
  /** Told of all that Terraform says, a line each. */
  readonly onMessage?: (line: string) => void;
}

export interface ApplyStackResult {
  readonly code: number;
  readonly errors: readonly ToolMessage[];
  /** File with all that Terraform said, in JSON. It holds no secret: Terraform has taken them out. */
  readonly log: string;
}

/** Applies a plan. All that Terraform says goes into a file; a person is told what is done. */
export async function applyStack(options: ApplyStackOptions): Promise<ApplyStackResult> {
  const { dir, file, signal, onDone, onMessage } = options;
  const log = logFile(dir, 'apply');
  mkdirSync(dirname(log), { recursive: true });
  let rest = '';
  const onOutput = (text: string): void => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const message of lines.flatMap(messagesOf)) {
      onMessage?.(message['@message']);
      const done = doneLine(message);
      if (done !== undefined) onDone?.(done);
    }
  };
  const args = ['apply', '-input=false', '-json', `-parallelism=${APPLY_PARALLELISM}`, file];
  const { code, stdout } = await runTerraform({ dir, signal, outputFile: log, onOutput }, args);
  const errors = diagnosticsOf(stdout).filter(({ severity }) => severity === 'error');
  // What is no JSON is about how Terraform was started, or a crash.
  const silent = code !== 0 && errors.length === 0;
  return { code, errors: silent ? [toolText(stdout)] : errors, log };
}
