import { parseSyncLine, parseSyncLines, type SyncLine } from '../../../model/omni/sync-lines';
import type { Clock } from '../../lib/platform/clock';
import type { Omnictl } from '../../lib/omni/omnictl';
import type { OmniProblem } from '../../lib/omni/problems';

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

/** Between two looks at whether a removal is over. */
const LOOK_MS = 1500;

/** What passes by itself: Omni has not loaded its catalogue, just after its start, or is removing something itself. */
const PASSES: ReadonlySet<OmniProblem['rule']> = new Set(['omni-catalogue', 'omni-removing']);

/** Syncs a template. Tries again what passes by itself, and does not wait with omnictl for what is done already. */
export async function sync(omnictl: Omnictl, file: string, options: SyncOptions): Promise<Synced> {
  const { timeoutMs, clock, signal, onLine, onRetry } = options;
  const deadline = clock.now() + timeoutMs;
  const lines: SyncLine[] = [];
  for (;;) {
    const attempt = new Attempt(omnictl, file, (line) => {
      lines.push(line);
      onLine(line);
    });
    const problem = await attempt.run(Math.max(1, deadline - clock.now()), clock, signal);
    if (!problem) return { done: lines };
    // omnictl tells of a step before it takes it: the last one did not happen.
    const begun = lines.pop();
    if (!PASSES.has(problem.rule) || clock.now() + RETRY_MS >= deadline || signal.aborted)
      return { done: lines, problem, ...(begun ? { begun } : {}) };
    onRetry(problem);
    await clock.sleep(RETRY_MS, signal);
  }
}

/** One run of `omnictl cluster template sync`. */
class Attempt {
  /** Ends omnictl. */
  private readonly ending = new AbortController();
  /** omnictl has ended. */
  private readonly over = new AbortController();
  private last: SyncLine | undefined;
  private watched: Promise<boolean> = Promise.resolve(false);

  constructor(
    private readonly omnictl: Omnictl,
    private readonly file: string,
    private readonly onLine: (line: SyncLine) => void,
  ) {}

  /** @returns what went wrong */
  async run(timeoutMs: number, clock: Clock, signal: AbortSignal): Promise<OmniProblem | undefined> {
    const deadline = clock.now() + timeoutMs;
    const end = AbortSignal.any([signal, this.over.signal]);
    let rest = '';
    const answer = await this.omnictl.call(['cluster', 'template', 'sync', '-f', this.file], {
      timeoutMs,
      signal: this.ending.signal,
      onOutput: (text) => {
        const whole = (rest + text).split('\n');
        rest = whole.pop() ?? '';
        for (const line of whole.flatMap((one) => parseSyncLine(one) ?? [])) {
          this.onLine(line);
          // Removals are the last that omnictl does.
          if (isRemoval(line) && !isRemoval(this.last)) this.watched = this.watch(clock, deadline, end);
          this.last = line;
        }
      },
    });
    this.over.abort();
    if (await this.watched) return undefined;
    return 'problem' in answer ? answer.problem : undefined;
  }

  /**
   * Ends omnictl when all is removed: Omni deletes the config patches of a machine that leaves, and omnictl waits without end to
   * see that of those that were gone before it looked.
   *
   * @returns whether it did
   */
  private async watch(clock: Clock, deadline: number, end: AbortSignal): Promise<boolean> {
    while (clock.now() < deadline) {
      await clock.sleep(LOOK_MS, end);
      if (end.aborted) return false;
      const before = this.last;
      const planned = await dryRun(this.omnictl, this.file);
      if ('problem' in planned || planned.lines.length > 0 || this.last !== before) continue;
      this.ending.abort();
      return true;
    }
    return false;
  }
}

const isRemoval = (line: SyncLine | undefined): boolean =>
  line?.verb === 'tearing down' || line?.verb === 'destroyed';
