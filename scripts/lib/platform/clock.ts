import { setTimeout as wait } from 'node:timers/promises';

/** Time, for what waits. Tests replace it. */
export interface Clock {
  /** Milliseconds from any start. */
  now(): number;
  /** Resolves after the time, or as soon as the signal is aborted. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  sleep: (milliseconds, signal) => wait(milliseconds, undefined, { signal }).catch(() => undefined),
};
