import type { LiveCluster } from '../../../model/omni/live-cluster';
import type { WantedCluster } from '../../../model/omni/membership';
import { unfinished } from '../../../model/omni/progress';
import { list, some } from '../../../model/support/text';
import type { Clock } from '../../lib/platform/clock';
import { formatDuration } from '../../lib/platform/duration';
import { askLiveCluster, askProgress } from '../../lib/omni/live-cluster';
import type { Omnictl } from '../../lib/omni/omnictl';

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
  /** Gets what is still waited for, each time that it is something else. */
  readonly onWaiting: (text: string) => void;
}

const PAUSE_MS = 1500;

/**
 * Waits until a cluster is healthy and Omni has done all that its template asks for: each machine is in its set with its patches,
 * is ready, and has the Talos, the Kubernetes and the machine configuration that it is to have. All of it, because a cluster that
 * is about to grow is still the healthy one of before for a moment, and one that is upgraded is healthy between two nodes.
 *
 * @returns what is not so when the time is over; empty if all is well
 */
export async function waitHealthy(omnictl: Omnictl, options: HealthOptions): Promise<string[]> {
  const { wanted, waitMs, clock, signal, onWaiting } = options;
  const deadline = clock.now() + waitMs;
  const status = new StatusCommand(omnictl, options);
  let told = '';
  for (;;) {
    const problem = await status.wait(Math.max(1000, deadline - clock.now()));
    const unhealthy =
      problem === undefined ? [] : [`is not healthy after ${formatDuration(waitMs)}: ${problem}`];
    const all = [...(await missing(omnictl, wanted)), ...unhealthy];
    if (all.length === 0 || clock.now() >= deadline || signal.aborted) return all;
    const waiting = all.join('; ');
    if (waiting !== told) onWaiting(waiting);
    told = waiting;
    await clock.sleep(PAUSE_MS, signal);
  }
}

/** `omnictl cluster template status`, again and again, without showing the same picture twice. */
class StatusCommand {
  private shown = '';

  constructor(
    private readonly omnictl: Omnictl,
    private readonly options: HealthOptions,
  ) {}

  /** @returns why the cluster is not healthy in time */
  async wait(leftMs: number): Promise<string | undefined> {
    const { file, onOutput } = this.options;
    const isFirst = this.shown === '';
    const status = await this.omnictl.call(
      ['cluster', 'template', 'status', '-f', file, '-w', `${Math.ceil(leftMs / 1000)}s`],
      { timeoutMs: leftMs + 5000, ...(isFirst ? { onOutput } : {}) },
    );
    if ('problem' in status) return status.problem.message;
    if (!isFirst && !this.shown.endsWith(status.text)) onOutput(status.text);
    this.shown = status.text;
    return undefined;
  }
}

/** In what a cluster is not as its template says, as far as Omni can be asked. */
async function missing(omnictl: Omnictl, wanted: WantedCluster): Promise<string[]> {
  const asked = await askLiveCluster(omnictl, wanted.name);
  if ('problem' in asked) return [asked.problem.message];
  const { live } = asked;
  const short = shortcomings(wanted, live);
  // What is not even there need not be asked how far it is.
  if (short.length > 0) return short;
  const further = await askProgress(omnictl, wanted.name);
  if ('problem' in further) return [further.problem.message];
  const locked = new Set(live.members.filter((member) => member.locked).map(({ id }) => id));
  return unfinished(wanted, further.progress, live.configured, locked);
}

/** In what a cluster is not as its template says. */
function shortcomings(wanted: WantedCluster, live: LiveCluster): string[] {
  const { members, leaving, patches, ready } = live;
  const sets = new Map(members.map(({ id, set }) => [id, set]));
  const applied = new Set(patches);
  const names = (machines: WantedCluster['members']) => some(machines.map(({ name }) => name));
  const absent = wanted.members.filter(({ id, set }) => sets.get(id) !== set);
  const waiting = wanted.members.filter(({ id, set }) => sets.get(id) === set && ready.get(id) !== true);
  const unpatched = [...wanted.patches].filter((id) => !applied.has(id));
  return [
    ...(absent.length > 0 ? [`not in the machine set: ${names(absent)}`] : []),
    ...(waiting.length > 0 ? [`not ready: ${names(waiting)}`] : []),
    ...(leaving.length > 0 ? [`not reset yet: ${some(leaving.map(({ id, name }) => name || id))}`] : []),
    ...(unpatched.length > 0 ? [`without patches: ${list(unpatched)}`] : []),
  ];
}
