import { parseSyncLine, parseSyncLines, type SyncLine } from '../../../model/omni/sync-lines';
import type { Clock } from '../clock';
import type { Omnictl } from '../omni/omnictl';
import type { OmniProblem } from '../omni/problems';

/** What a sync would do: a dry run, which needs no more than the role Reader. */
export async function dryRun(
  omnictl: Omnictl,
  file: string,
): Promise<
  { readonly lines: readonly SyncLine[]; readonly diff: string } | { readonly problem: OmniProblem }
> {
  const template = ['cluster', 'template'];
  const [sync, diff] = await Promise.all([
    omnictl.call([...template, 'sync', '--dry-run', '-f', file]),
    omnictl.call([...template, 'diff', '-f', file]),
  ]);
  if ('problem' in sync) return sync;
  return 'problem' in diff ? diff : { lines: parseSyncLines(sync.text), diff: diff.text };
}

export interface SyncOptions {
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Told of each line as it comes. */
  readonly onLine: (line: SyncLine) => void;
  /** Told of what is tried again. */
  readonly onRetry: (problem: OmniProblem) => void;
}

/** What came of a sync. */
export interface Synced {
  /** What was done, for certain. */
  readonly done: readonly SyncLine[];
  /** What was begun when it ended: done or not. */
  readonly begun?: SyncLine;
  readonly problem?: OmniProblem;
}

const RETRY_MS = 2000;

/** Syncs a template. Goes on trying while Omni has not loaded its catalogue, as it has not just after its start. */
export async function sync(omnictl: Omnictl, file: string, options: SyncOptions): Promise<Synced> {
  const { timeoutMs, clock, signal, onLine, onRetry } = options;
  const deadline = clock.now() + timeoutMs;
  const lines: SyncLine[] = [];
  for (;;) {
    let rest = '';
    const answer = await omnictl.call(['cluster', 'template', 'sync', '-f', file], {
      timeoutMs: Math.max(1, deadline - clock.now()),
      onOutput: (text) => {
        const whole = (rest + text).split('\n');
        rest = whole.pop() ?? '';
        for (const line of whole.flatMap((one) => parseSyncLine(one) ?? [])) {
          lines.push(line);
          onLine(line);
        }
      },
    });
    if (!('problem' in answer)) return { done: lines };
    const { problem } = answer;
    // omnictl tells of a step before it takes it: the last one did not happen.
    const begun = lines.pop();
    if (problem.rule !== 'omni-catalogue' || clock.now() + RETRY_MS >= deadline || signal.aborted)
      return { done: lines, problem, ...(begun ? { begun } : {}) };
    onRetry(problem);
    await clock.sleep(RETRY_MS, signal);
  }
}
