import { performance } from 'node:perf_hooks';
import { createColors } from 'picocolors';
import { processIo } from '../../model/diagnostics/io';
import { run, type RunResult } from '../../scripts/lib/platform/exec';
import { wantsColour } from '../../scripts/lib/platform/terminal';
import { PROJECT_ROOT } from '../paths';

const pc = createColors(wantsColour(process.stdout));

export const say = (text = ''): void => processIo.out(`${text}\n`);

export const heading = (text: string): void => say(`\n${pc.bold(text)}`);

/** A step that failed; the message is what the program said. */
export class StepFailed extends Error {}

export interface StepOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Exit code that the step is to have. @default 0 */
  readonly expect?: number;
}

/** Shows a command and runs it; on a terminal a clock shows that it goes on. */
export async function step(
  title: string,
  command: string,
  args: readonly string[],
  { env, expect = 0 }: StepOptions,
): Promise<RunResult> {
  heading(title);
  say(pc.cyan(`$ ${[command, ...args].join(' ')}`));
  const start = performance.now();
  const elapsed = (): string => `${((performance.now() - start) / 1000).toFixed(1)} s`;
  const clock = process.stderr.isTTY
    ? setInterval(() => processIo.control?.(`\r  ${elapsed()}`), 200)
    : undefined;
  const result = await run(command, args, { cwd: PROJECT_ROOT, env });
  clearInterval(clock);
  if (clock !== undefined) processIo.control?.('\r\u001b[K');
  if (result.code !== expect) throw new StepFailed(`${result.stdout}\n${result.stderr}`.trim());
  return result;
}

/** Shows the lines of an output that a reader wants to see. */
export function show(text: string, worth: RegExp): void {
  for (const line of text.split('\n')) if (worth.test(line)) say(`  ${line}`);
}
