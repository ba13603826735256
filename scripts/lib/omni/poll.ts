import { matchMachines, type Matching, type MatchOptions } from '../../../model/omni/match';
import type { Inventory } from '../../../model/inventory/machine';
import type { Clock } from '../platform/clock';
import { askMachines } from './live-cluster';
import type { Omnictl } from './omnictl';
import type { OmniProblem } from './problems';

export interface PollOptions {
  readonly inventory: Inventory;
  readonly match: MatchOptions;
  readonly omnictl: Omnictl;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Milliseconds until it gives up; 0 asks once. */
  readonly waitMs: number;
  /** Go on waiting for missing machines although others can never match. */
  readonly allowPartial: boolean;
  /** Told of each answer that is not the last word. */
  readonly onWaiting: (matching: Matching) => void;
  /** Told when Omni stops to answer while we wait. */
  readonly onTrouble: (problem: OmniProblem) => void;
}

/** The last answer; or why there is none. */
export type PollResult =
  { readonly matching: Matching; readonly timedOut: boolean } | { readonly problem: OmniProblem };

const FIRST_DELAY = 1000;
const LONGEST_DELAY = 10_000;

/** Asks Omni for its machines until all of the inventory are there, waiting cannot help, or the time is over. */
export async function pollMachines(options: PollOptions): Promise<PollResult> {
  const { clock, signal, waitMs } = options;
  const deadline = clock.now() + waitMs;
  const isOver = (): boolean => clock.now() >= deadline || signal.aborted;
  let answered = false;
  for (let delay = FIRST_DELAY; ; delay = Math.min(delay * 1.5, LONGEST_DELAY)) {
    const answer = await askOmni(options);
    if ('problem' in answer) {
      // A first answer that fails is a mistake in the settings; later, Omni may be restarting.
      if (isOver() || !answered || !answer.problem.transient) return answer;
      options.onTrouble(answer.problem);
    } else {
      answered = true;
      if (isFinal(answer.matching, options)) return { ...answer, timedOut: false };
      if (isOver()) return { ...answer, timedOut: waitMs > 0 };
      options.onWaiting(answer.matching);
    }
    await clock.sleep(Math.min(delay, deadline - clock.now()), signal);
  }
}

/** Asks Omni once. */
export async function askOmni({
  omnictl,
  inventory,
  match,
}: Pick<PollOptions, 'omnictl' | 'inventory' | 'match'>): Promise<
  { readonly matching: Matching } | { readonly problem: OmniProblem }
> {
  const answer = await askMachines(omnictl);
  return 'problem' in answer ? answer : { matching: matchMachines(inventory, answer.machines, match) };
}

function isFinal({ nodes }: Matching, { allowPartial }: PollOptions): boolean {
  const hopeless = nodes.some(({ state }) => state !== 'matched' && state !== 'missing');
  return (hopeless && !allowPartial) || !nodes.some(({ state }) => state === 'missing');
}
