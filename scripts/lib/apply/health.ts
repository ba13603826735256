import type { LiveCluster } from '../../../model/omni/live-cluster';
import type { WantedCluster } from '../../../model/omni/membership';
import { list, some } from '../../../model/text';
import type { Clock } from '../clock';
import { formatDuration } from '../duration';
import { askLiveCluster } from '../omni/live-cluster';
import type { Omnictl } from '../omni/omnictl';

export interface HealthOptions {
  /** The synced template. */
  readonly file: string;
  /** What must hold at the end. */
  readonly wanted: WantedCluster;
  readonly waitMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Gets the picture of the cluster as omnictl draws it. */
  readonly onOutput: (text: string) => void;
}

const PAUSE_MS = 1000;

/**
 * Waits until a cluster is healthy, and looks then whether each machine is in its set with its patches and is ready. Both,
 * because a cluster that is about to grow is still the healthy one of before for a moment.
 *
 * @returns what is not so when the time is over; empty if all is well
 */
export async function waitHealthy(omnictl: Omnictl, options: HealthOptions): Promise<string[]> {
  const { file, wanted, waitMs, clock, signal, onOutput } = options;
  const deadline = clock.now() + waitMs;
  for (;;) {
    const left = Math.max(1000, deadline - clock.now());
    const status = await omnictl.call(
      ['cluster', 'template', 'status', '-f', file, '-w', `${Math.ceil(left / 1000)}s`],
      { timeoutMs: left + 5000, onOutput },
    );
    const asked = await askLiveCluster(omnictl, wanted.name);
    const missing = 'problem' in asked ? [asked.problem.message] : shortcomings(wanted, asked.live);
    const unhealthy =
      'problem' in status
        ? [`is not healthy after ${formatDuration(waitMs)}: ${status.problem.message}`]
        : [];
    const all = [...missing, ...unhealthy];
    if (all.length === 0 || clock.now() >= deadline || signal.aborted) return all;
    await clock.sleep(PAUSE_MS, signal);
  }
}

/** In what a cluster is not as its template says. */
function shortcomings(wanted: WantedCluster, { members, patches, ready }: LiveCluster): string[] {
  const sets = new Map(members.map(({ id, set }) => [id, set]));
  const applied = new Set(patches);
  const names = (machines: WantedCluster['members']) => some(machines.map(({ name }) => name));
  const absent = wanted.members.filter(({ id, set }) => sets.get(id) !== set);
  const waiting = wanted.members.filter(({ id, set }) => sets.get(id) === set && ready.get(id) !== true);
  const unpatched = [...wanted.patches].filter((id) => !applied.has(id));
  return [
    ...(absent.length > 0 ? [`not in the machine set: ${names(absent)}`] : []),
    ...(waiting.length > 0 ? [`not ready: ${names(waiting)}`] : []),
    ...(unpatched.length > 0 ? [`without patches: ${list(unpatched)}`] : []),
  ];
}
