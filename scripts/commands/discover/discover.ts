import { fileProblem, type Diagnostic } from '../../../model/diagnostics/diagnostics';
import { elsewhere } from '../../../model/omni/elsewhere';
import { findings, matchSummary } from '../../../model/omni/findings';
import type { Matching, MatchOptions } from '../../../model/omni/match';
import type { Inventory } from '../../../model/inventory/machine';
import { chooseName } from '../../lib/project/choose-cluster';
import { systemClock, type Clock } from '../../lib/platform/clock';
import { tell } from '../../lib/project/tell';
import { definitionOf } from '../../lib/project/assemblies';
import { machineDataFolder, writeMachineData } from './machine-data';
import { pollMachines, type PollResult } from '../../lib/omni/poll';
import { lineProgress, liveProgress } from './progress';
import { discoverJson, discoverTable } from './view';
import { formatDuration, parseDuration } from '../../lib/platform/duration';
import { errorCode } from '../../../model/support/files';
import { INTERRUPTED } from '../../lib/platform/interrupt';
import { loadInventory } from '../../lib/terraform/inventory-source';
import { fail } from '../../lib/platform/io';
import type { Io } from '../../../model/diagnostics/io';
import { stableJson } from '../../lib/platform/json';
import { createOmnictl, type Omnictl } from '../../lib/omni/omnictl';

export interface DiscoverOptions {
  /** May be left out where there is only one. */
  readonly cluster?: string;
  /** A definition or a folder of definitions. */
  readonly definitions: string;
  /** A file with the inventory, or `-`. Default: the Terraform output of the stack. */
  readonly inventory?: string;
  /** How long to wait for machines that are missing: `10m`. Default: ask once. */
  readonly wait?: string;
  /** Write the files although machines are left out. */
  readonly allowPartial?: boolean;
  /** Talos version of the cluster. Default: that of the definition. */
  readonly talosVersion?: string;
  readonly output?: 'table' | 'json';
}

/** What a test replaces. */
export interface DiscoverDependencies {
  readonly clock?: Clock;
  readonly omnictl?: Omnictl;
  readonly signal?: AbortSignal;
  /** Rows of the terminal on stderr; `undefined` if it is none. */
  readonly terminalRows?: number;
}

/** All that came of a run. */
interface Outcome {
  readonly matching?: Matching;
  readonly diagnostics: readonly Diagnostic[];
  /** What became of each file, by path. */
  readonly files: Readonly<Record<string, string>>;
  readonly done: boolean;
}

/** Finds the machines of an inventory in Omni and writes who is who. Returns the exit code. */
export async function runDiscover(
  { cluster: wanted, ...rest }: DiscoverOptions,
  io: Io,
  world: DiscoverDependencies = {},
): Promise<number> {
  const signal = world.signal ?? new AbortController().signal;
  const cluster = await chooseName({ cluster: wanted, definitions: rest.definitions });
  if (typeof cluster !== 'string') return fail([...cluster.problems, 'nothing written'], io);
  const options: Request = { cluster, ...rest };
  const outcome = await discover(options, io, { ...world, signal });
  if (signal.aborted) {
    io.err('interrupted; nothing written\n');
    return INTERRUPTED;
  }
  const { matching, diagnostics, files, done } = outcome;
  if (options.output === 'json') io.out(stableJson(discoverJson(options.cluster, outcome)));
  else if (matching) io.out(discoverTable(matching));
  tell(diagnostics, io, `npm run -s discover -- ${cluster} --json`);
  if (matching) io.err(`${matchSummary(matching)}\n`);
  for (const [path, state] of Object.entries(files)) io.err(`${path}: ${state}\n`);
  if (!done) io.err('nothing written\n');
  return done ? 0 : 1;
}

type Request = DiscoverOptions & { readonly cluster: string };

async function discover(
  options: Request,
  io: Io,
  world: DiscoverDependencies & { signal: AbortSignal },
): Promise<Outcome> {
  const { cluster, definitions, inventory, wait = '0s' } = options;
  const waitMs = parseDuration(wait);
  if (waitMs === undefined) {
    return failed([
      fileProblem(cluster, `--wait ${wait} is not a duration; write it as 90s, 10m or 1h30m`, 'usage'),
    ]);
  }
  const defined = (await definitionOf(cluster, definitions))?.cluster;
  const other = defined && elsewhere(defined, 'discover');
  if (other !== undefined) return failed([fileProblem(cluster, other, 'management')]);
  const read = await loadInventory({
    cluster,
    signal: world.signal,
    ...(inventory === undefined ? {} : { inventory }),
  });
  if ('diagnostics' in read || world.signal.aborted)
    return failed('diagnostics' in read ? read.diagnostics : []);
  const talosVersion = options.talosVersion ?? defined?.talosVersion;
  const match: MatchOptions = { cluster, ...(talosVersion === undefined ? {} : { talosVersion }) };
  const warnings = [...read.warnings, ...(talosVersion === undefined ? [versionUnknown(cluster)] : [])];

  const polled = await poll({ inventory: read.inventory, match, waitMs }, options, io, world);
  if ('problem' in polled) {
    return failed([...warnings, fileProblem(cluster, polled.problem.message, polled.problem.rule)]);
  }
  if (polled.timedOut) io.err(`gave up after ${formatDuration(waitMs)}\n`);
  return conclude(polled.matching, [...warnings, ...findings(polled.matching, match)], options, world.signal);
}

async function poll(
  request: { inventory: Inventory; match: MatchOptions; waitMs: number },
  { allowPartial = false }: DiscoverOptions,
  io: Io,
  world: DiscoverDependencies & { signal: AbortSignal },
): Promise<PollResult> {
  const { signal, terminalRows, clock = systemClock } = world;
  const progress =
    terminalRows === undefined
      ? lineProgress(io, request.waitMs)
      : liveProgress(io, request.waitMs, terminalRows);
  try {
    return await pollMachines({
      ...request,
      omnictl:
        world.omnictl ??
        createOmnictl({ signal, onWarning: (text) => io.err(`warning: omnictl: ${text}\n`) }),
      clock,
      signal,
      allowPartial,
      onWaiting: (matching) => progress.waiting(matching),
      onTrouble: ({ message }) => progress.trouble(message),
    });
  } finally {
    progress.end();
  }
}

/** Writes the files, if the result may be written. */
function conclude(
  matching: Matching,
  diagnostics: readonly Diagnostic[],
  { allowPartial = false }: DiscoverOptions,
  signal: AbortSignal,
): Outcome {
  const matched = matching.nodes.filter(({ state }) => state === 'matched').length;
  const enough = matched === matching.nodes.length || (allowPartial && matched > 0);
  if (!enough || signal.aborted) return { ...failed(diagnostics), matching };
  try {
    return { matching, diagnostics, files: writeMachineData(matching, diagnostics), done: true };
  } catch (cause) {
    const folder = machineDataFolder(matching.cluster);
    const message = `cannot be written (${errorCode(cause)}); check the folder and its permissions`;
    return { ...failed([...diagnostics, fileProblem(folder, message, 'machine-data')]), matching };
  }
}

const failed = (diagnostics: readonly Diagnostic[]): Outcome => ({ diagnostics, files: {}, done: false });

const versionUnknown = (cluster: string): Diagnostic => ({
  ...fileProblem(
    cluster,
    'Talos versions are not compared, because no definition without errors names this cluster; give --talos-version',
    'live-omni-talos-version',
  ),
  severity: 'warning',
});
