/** Exit code of a command that a person ended with Ctrl-C. */
export const INTERRUPTED = 130;

/**
 * Runs work that Ctrl-C ends in an orderly way: the signal is aborted, the work cleans up, and the exit code is 130. A
 * second Ctrl-C ends the process at once.
 */
export async function interruptible(work: (signal: AbortSignal) => Promise<number>): Promise<number> {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  process.once('SIGINT', abort);
  try {
    const code = await work(controller.signal);
    return controller.signal.aborted ? INTERRUPTED : code;
  } finally {
    process.off('SIGINT', abort);
  }
}
