import execa from 'execa';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';

export interface RunOptions {
  readonly cwd?: string;
  /** Added to (and winning over) the environment of this process; `undefined` removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Milliseconds until the child gets SIGTERM, and SIGKILL five seconds later. Default: no limit. */
  readonly timeout?: number;
  /** Text for standard input. Default: closed, so that a program that starts to ask something fails and does not hang. */
  readonly input?: string;
  /** Gets the output as it comes, beside its collection in the result. */
  readonly onOutput?: (text: string, stream: 'stdout' | 'stderr') => void;
  /** Ends the child with SIGINT when aborted: the signal that terraform and omnictl handle. */
  readonly signal?: AbortSignal;
}

export interface RunResult {
  /** Exit code; 127 when the program does not exist, 128 when it was ended by a signal. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The program is not on the PATH. */
  readonly missing: boolean;
  readonly timedOut: boolean;
}

/**
 * The one door through which other programs are started: no shell, output captured. It never rejects for what the program
 * does; a missing program is an answer too (`missing`), because "install X" is a message for a person.
 */
export async function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  const { cwd, env, timeout, input, onOutput, signal } = options;
  const child = execa(command, args, {
    ...(cwd === undefined ? {} : { cwd }),
    ...(input === undefined ? { stdin: 'ignore' as const } : { input }),
    env: { ...process.env, ...env },
    extendEnv: false,
    reject: false,
    stripFinalNewline: false,
    maxBuffer: 1024 * 1024 * 1024,
  });
  if (onOutput) {
    for (const stream of ['stdout', 'stderr'] as const)
      child[stream]?.setEncoding('utf8').on('data', (text: string) => onOutput(text, stream));
  }
  const interrupt = (): void => void child.kill('SIGINT');
  signal?.addEventListener('abort', interrupt);
  // Not by execa: its timer stays when the program does not exist, and keeps our process alive until it ends.
  let timedOut = false;
  const stop = (): void => {
    timedOut = true;
    child.kill('SIGTERM');
  };
  const timer = timeout === undefined ? undefined : setTimeout(stop, timeout);
  const result = await child.finally(() => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', interrupt);
  });
  const cause = result as { code?: string; exitCode?: number };
  if (cause.exitCode === undefined && cause.code === 'ENOENT') {
    // ENOENT also means "cwd does not exist"; that is our own mistake and must not read as "not installed".
    if (cwd !== undefined && !existsSync(cwd)) throw new Error(`bug: no folder ${cwd}`);
    const stderr = `${command}: not found on the PATH`;
    return { code: 127, stdout: '', stderr, missing: true, timedOut: false };
  }
  const { stdout, stderr } = result;
  return { code: cause.exitCode ?? 128, stdout, stderr, missing: false, timedOut };
}

/**
 * Runs a program on the terminal of this one: same input and output. Signals reach it, as if it had been started directly.
 *
 * @returns its exit code; 128 and the number of the signal that ended it; `undefined` when there is no such program
 */
export async function runAttached(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<number | undefined> {
  const child = execa(command, args, { stdio: 'inherit', env, reject: false });
  const forward = (signal: NodeJS.Signals): void => {
    // The terminal sends Ctrl-C to both; Terraform gives up at the second one.
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
  };
  for (const signal of FORWARDED) process.on(signal, forward);
  const result = await child.finally(() => {
    for (const signal of FORWARDED) process.off(signal, forward);
  });
  const { exitCode, signal, code } = result as { exitCode?: number; signal?: NodeJS.Signals; code?: string };
  if (code === 'ENOENT') return undefined;
  return exitCode ?? 128 + (signal === undefined ? 0 : constants.signals[signal]);
}

const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
