import { constants } from 'node:os';

/** Exit code of a command that a person ended with Ctrl-C. */
export const INTERRUPTED = 130;

/** Signals by which a person, a terminal that closes, and a machine that shuts down end a command. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** How the work of this process is to be ended. */
export interface Interruption {
  /** Aborted by the first signal: what has begun ends in an orderly way. */
  readonly gentle: AbortSignal;
  /** Aborted by a later one: it ends at once. */
  readonly urgent: AbortSignal;
}

let current: Interruption | undefined;

/** That of the work that `interruptible` runs just now, for what is deep inside. */
export const interruption = (): Interruption | undefined => current;

/** A signal within so many milliseconds is the same one: npm passes on what the terminal has sent to all of us already. */
const SAME_MS = 1000;

/** After so long a person is told what it waits for. */
const TELL_MS = 1500;

/** So long after a second signal the process ends, whatever it does. */
const LAST_MS = 10_000;

const WAITING =
  'interrupted: waiting for what is under way to finish, so that it is in the state; interrupt again to stop at once\n';

/**
 * Runs work that signals end in an orderly way: the first is passed on to child programs and waited for, the work cleans up,
 * and the exit code is 128 and the number of the signal. A second one ends children at once.
 *
 * The listeners stay until the end: libraries that clean up at a signal end the process when they are the only ones that listen.
 */
export async function interruptible(work: (signal: AbortSignal) => Promise<number>): Promise<number> {
  if (current) return work(current.gentle);
  const [gentle, urgent] = [new AbortController(), new AbortController()];
  let first: { readonly code: number; readonly at: number } | undefined;
  const timers: NodeJS.Timeout[] = [];
  const onSignal = (signal: NodeJS.Signals): void => {
    if (!first) {
      first = { code: 128 + constants.signals[signal], at: Date.now() };
      timers.push(setTimeout(() => process.stderr.write(WAITING), TELL_MS));
      gentle.abort();
    } else if (Date.now() - first.at > SAME_MS) {
      const { code } = first;
      timers.push(setTimeout(() => process.exit(code), LAST_MS));
      urgent.abort();
    }
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  current = { gentle: gentle.signal, urgent: urgent.signal };
  const interrupted = (): number | undefined => first?.code;
  try {
    const code = await work(gentle.signal);
    return interrupted() ?? code;
  } catch (cause) {
    const code = interrupted();
    if (code === undefined) throw cause;
    return code;
  } finally {
    current = undefined;
    for (const timer of timers) clearTimeout(timer);
    for (const signal of SIGNALS) process.off(signal, onSignal);
  }
}
