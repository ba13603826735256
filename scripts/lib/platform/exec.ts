import { setMaxListeners } from 'node:events';
import execa, { type ExecaChildProcess } from 'execa';
import { closeSync, existsSync, openSync } from 'node:fs';
import { constants } from 'node:os';
import { interruption } from './interrupt';
import { HAS_GROUPS, tellKeeper } from './keeper';
import { collectOutput, followFile } from './output';

export interface RunOptions {
  readonly cwd?: string;
  /** Added to (and winning over) the environment of this process; `undefined` removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Milliseconds until the program and all that it started get SIGTERM, and SIGKILL five seconds later. Default: no limit. */
  readonly timeout?: number;
  /** Text for standard input. Default: closed, so that a program that starts to ask something fails and does not hang. */
  readonly input?: string;
  /** Gets the output as it comes, beside its collection in the result. */
  readonly onOutput?: (text: string, stream: 'stdout' | 'stderr') => void;
  /**
   * Interrupts the program when aborted, with one SIGINT, which terraform and omnictl handle. Default: that of the command that
   * runs (`interruptible`). Aborted already, nothing is started.
   */
  readonly signal?: AbortSignal;
  /** Wait as long as it takes for a program that was interrupted, as for one that writes a state. Default: ten seconds. */
  readonly patient?: boolean;
  /** The program may ask on the terminal of this one. Signals of the terminal reach it by themselves then. */
  readonly terminal?: boolean;
  /** Bytes of output, both streams together, at which the program is ended. */
  readonly maxBytes?: number;
  /**
   * A file that all output goes into, standard errors too, in place of pipes to us: a program that outlives us can go on writing.
   * It counts as standard output.
   */
  readonly outputFile?: string;
}

export interface RunResult {
  /** Exit code; 127 when the program does not exist, 128 when it was ended by a signal, 130 when it was not started any more. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The program is not on the PATH. */
  readonly missing: boolean;
  readonly timedOut: boolean;
}

/** More than any answer that is true; twice as much is too long for a string. */
const MAX_BYTES = 256 * 1024 * 1024;

/** From SIGTERM to SIGKILL. */
const KILL_MS = 5000;

/** How long an interrupted program may take, unless it is waited for. */
const GRACE_MS = 10_000;

/** How long something that a program has started may hold its output after it has ended. */
const DRAIN_MS = 2000;

/**
 * The one door through which other programs are started: no shell, output captured. It never rejects for what the program
 * does; a missing program is an answer too (`missing`), because "install X" is a message for a person.
 *
 * A program is the head of a process group of its own: Ctrl-C on the terminal reaches us alone, and is passed on once; limits
 * of time and size hold for all that it starts; and it is interrupted when we are gone (`keeper.ts`).
 */
export async function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  const { cwd, env, timeout, input, onOutput, outputFile, maxBytes = MAX_BYTES } = options;
  const signal = options.signal ?? interruption()?.gentle;
  if (signal?.aborted) return { code: 130, ...NOTHING, stderr: 'interrupted' };
  const isGroup = HAS_GROUPS && options.terminal !== true;
  const file = outputFile === undefined ? undefined : openSync(outputFile, 'w', 0o600);
  const child = execa(command, args, {
    ...(file === undefined ? {} : { stdout: file, stderr: file }),
    ...(cwd === undefined ? {} : { cwd }),
    ...(input === undefined ? { stdin: 'ignore' as const } : { input }),
    env: { ...process.env, ...env },
    extendEnv: false,
    reject: false,
    buffer: false,
    detached: isGroup,
  });
  const stopper = new Stopper(child, isGroup, options.patient === true);
  const told = { maxBytes, onTooLong: () => stopper.kill(), ...(onOutput ? { onOutput } : {}) };
  const output = outputFile === undefined ? collectOutput(child, told) : followFile(outputFile, told);
  if (file !== undefined) closeSync(file);
  const isStopped = stopper.until({ timeout, signal });
  const result = await child;
  const cause = result as { code?: string; exitCode?: number };
  // Before the program is known to be gone, because it may leave others that hold its output.
  const isDrained = (child.pid === undefined && file === undefined) || (await output.drained(DRAIN_MS));
  const { timedOut, interrupted } = isStopped();
  stopper.end(timedOut || interrupted || !isDrained);
  if (cause.exitCode === undefined && cause.code === 'ENOENT') {
    // ENOENT also means "cwd does not exist"; that is our own mistake and must not read as "not installed".
    if (cwd !== undefined && !existsSync(cwd)) throw new Error(`bug: no folder ${cwd}`);
    return { ...NOTHING, code: 127, stderr: `${command}: not found on the PATH`, missing: true };
  }
  const collected = output.collected();
  if (collected === undefined) return { ...NOTHING, code: 128, stderr: tooLong(command, maxBytes) };
  return { ...collected, code: cause.exitCode ?? 128, missing: false, timedOut };
}

const NOTHING = { stdout: '', stderr: '', missing: false, timedOut: false } satisfies Omit<RunResult, 'code'>;

const tooLong = (command: string, maxBytes: number): string =>
  `${command} wrote more than ${Math.round(maxBytes / 1024 / 1024)} MB, which cannot be an answer; it was stopped`;

/** What ends a program before it ends by itself. */
class Stopper {
  private readonly timers: NodeJS.Timeout[] = [];
  private readonly undo: (() => void)[] = [];

  constructor(
    private readonly child: ExecaChildProcess,
    private readonly isGroup: boolean,
    private readonly isPatient: boolean,
  ) {
    if (isGroup && child.pid !== undefined) tellKeeper(isPatient ? 'patient' : 'child', child.pid);
  }

  /** @returns what has happened until then */
  until({ timeout, signal }: { timeout: number | undefined; signal: AbortSignal | undefined }) {
    const happened = { timedOut: false, interrupted: false };
    if (timeout !== undefined) {
      this.after(timeout, () => {
        happened.timedOut = true;
        this.send('SIGTERM');
        this.after(KILL_MS, () => this.kill());
      });
    }
    this.on(signal, () => {
      happened.interrupted = true;
      this.send('SIGINT');
      if (!this.isPatient) this.after(GRACE_MS, () => this.kill());
    });
    // Terraform ends at once at its second interrupt, and still tries to save the state.
    this.on(interruption()?.urgent, () => {
      this.send('SIGINT');
      this.after(KILL_MS, () => this.kill());
    });
    return () => happened;
  }

  kill(): void {
    this.send('SIGKILL');
  }

  /** @param isForced whether something may be left of the group that nobody needs */
  end(isForced: boolean): void {
    for (const timer of this.timers) clearTimeout(timer);
    for (const undo of this.undo) undo();
    if (isForced) this.kill();
    if (this.isGroup && this.child.pid !== undefined) tellKeeper('done', this.child.pid);
  }

  private send(signal: NodeJS.Signals): void {
    const { pid } = this.child;
    if (pid === undefined) return;
    if (!this.isGroup) return void this.child.kill(signal);
    try {
      process.kill(-pid, signal);
    } catch {
      // Nothing of it is left.
    }
  }

  // Not by execa: its timer stays when the program does not exist, and keeps our process alive until it ends.
  private after(ms: number, act: () => void): void {
    this.timers.push(setTimeout(act, ms));
  }

  private on(signal: AbortSignal | undefined, act: () => void): void {
    // As many programs as run at once listen: Node would take more than ten for a leak, and warn on the terminal.
    if (signal) setMaxListeners(0, signal);
    signal?.addEventListener('abort', act);
    this.undo.push(() => signal?.removeEventListener('abort', act));
  }
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
