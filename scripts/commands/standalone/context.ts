import type { AssembledCluster } from '../../../model/assembly/read';
import type { Cluster } from '../../../model/cluster/cluster';
import type { StandaloneManagement } from '../../../model/cluster/management';
import type { Io } from '../../../model/diagnostics/io';
import { withAccess, type TalosAccess } from '../../lib/talos/access';
import { loadBundle } from '../../lib/talos/bundle';
import type { TalosProblem } from '../../lib/talos/problems';
import { checkVersion, createTalosctl, type Talosctl } from '../../lib/talos/talosctl';
import { systemClock, type Clock } from '../../lib/platform/clock';
import { fail } from '../../lib/platform/io';

/** What the steps of a command on a cluster without Omni share. */
export interface Standalone {
  readonly cluster: Cluster;
  readonly management: StandaloneManagement;
  readonly access: TalosAccess;
  readonly io: Io;
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

/** What a test replaces. */
export interface StandaloneDependencies {
  readonly talosctl?: Talosctl;
  readonly clock?: Clock;
}

/** Why there are no secrets that fit, or no talosctl, as lines. */
interface Closed {
  readonly problems: readonly string[];
}

/** Opens the secrets of a cluster for as long as some work takes. */
export async function openStandalone<Result>(
  chosen: AssembledCluster,
  io: Io,
  signal: AbortSignal,
  work: (context: Standalone) => Promise<Result>,
  { talosctl = createTalosctl({ signal }), clock = systemClock }: StandaloneDependencies = {},
): Promise<Result | Closed> {
  const { cluster } = chosen;
  const { name } = cluster;
  const management = standaloneOf(cluster);
  const loaded = await loadBundle(chosen);
  if ('problems' in loaded) return loaded;
  const version = await checkVersion(talosctl, cluster.talosVersion);
  if ('problem' in version) return { problems: [version.problem.message] };
  const { bundle } = loaded;
  const result = await withAccess(talosctl, { name, endpoint: management.endpoint, bundle }, io, (access) =>
    work({ cluster, management, access, io, signal, clock }),
  );
  return isProblem(result) ? { problems: [result.problem.message] } : result;
}

const isProblem = (result: unknown): result is { readonly problem: TalosProblem } =>
  typeof result === 'object' && result !== null && 'problem' in result;

/**
 * The same for a command.
 *
 * @returns what the work returns; 1 where it could not begin
 */
export async function withStandalone(
  chosen: AssembledCluster,
  io: Io,
  signal: AbortSignal,
  work: (context: Standalone) => Promise<number>,
  world?: StandaloneDependencies,
): Promise<number> {
  const result = await openStandalone(chosen, io, signal, work, world);
  if (typeof result === 'number') return result;
  const lines = result.problems.map((problem) => `error: ${problem}`);
  return fail(lines, io);
}

/** @throws Error for a cluster of another management: whoever asks has looked at that before, so it is a bug of ours */
export function standaloneOf({ management }: Cluster): StandaloneManagement {
  if (management.kind === 'standalone') return management;
  throw new Error(`bug: a cluster with management ${management.kind} is none of talosctl`);
}
