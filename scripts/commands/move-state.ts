import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StateSplit } from '../../model/cluster/cluster';
import { carryOutMoves, findMoves, type Move } from '../../model/terraform/state-moves';
import { count } from '../../model/support/text';
import { chooseCluster } from '../lib/project/choose-cluster';
import { confirm } from '../lib/platform/confirm';
import { errorCode } from '../../model/support/files';
import { fail } from '../lib/platform/io';
import type { Io } from '../../model/diagnostics/io';
import { openPlaces, type OpenPlace } from '../lib/terraform/state-places';
import { StateError, type StateStore } from '../lib/terraform/state-store';
import { synthesize } from '../lib/project/synth';
import { stackFolder } from '../lib/project/workspace';

export interface MoveStateOptions {
  /** May be left out where there is only one. */
  readonly cluster?: string;
  /** A definition or a folder of definitions. */
  readonly definitions: string;
  /** How the state was split before. */
  readonly from: StateSplit;
  /** Folder for copies of the states as they were. */
  readonly backup: string;
  readonly dryRun?: boolean;
  readonly autoApprove?: boolean;
}

/**
 * Brings every resource into the state that the definition says: after `state_split`, the name of the cluster, or the place
 * of a node has changed. Servers are not asked, and no VM is touched.
 *
 * @returns 0 all is where it belongs, 1 failure or not confirmed, 2 with `dryRun`: something is to be moved
 */
export async function runMoveState(options: MoveStateOptions, io: Io, signal: AbortSignal): Promise<number> {
  const chosen = await chooseCluster(options.definitions, options.cluster);
  if ('problems' in chosen) return fail(chosen.problems, io);
  const synthesis = await synthesize(options.definitions);
  if (synthesis.code !== 0) return fail([`error: synth failed\n${synthesis.stderr.trim()}`], io);
  const stores: StateStore[] = [];
  try {
    const where = { from: options.from, stacks: stackFolder(''), signal };
    const places = await openPlaces(chosen, where, (store) => stores.push(store));
    return await move(chosen.cluster.name, places, options, io, signal);
  } catch (cause) {
    if (!(cause instanceof StateError)) throw cause;
    return fail([`error: ${cause.message}`], io);
  } finally {
    for (const store of stores) store.close();
  }
}

async function move(
  name: string,
  places: readonly OpenPlace[],
  { dryRun, autoApprove, backup, from }: MoveStateOptions,
  io: Io,
  signal: AbortSignal,
): Promise<number> {
  const { moves, problems } = findMoves(places, name);
  if (problems.length > 0) {
    const repair =
      'see which one is true (terraform state show), and take it out of the other (terraform state rm)';
    return fail(
      problems.map((problem) => `error: ${problem}; ${repair}`),
      io,
    );
  }
  if (moves.length === 0) {
    io.err(`${name}: every resource is in the state where it belongs${from === 'none' ? HINT : ''}\n`);
    return 0;
  }
  io.out(`${name}: ${count(moves.length, 'resource')} to be moved\n${moves.map(line).join('')}`);
  if (dryRun) return 2;
  if (!autoApprove && !(await confirm(`Move the state of ${name} as above?`, '--auto-approve', io, signal)))
    return 1;
  return write(name, places, moves, backup, io);
}

const HINT = '; where the state was split before, say how: --from server or --from machine_set';

const line = ({ address, from, to, isThere }: Move): string =>
  `  ${from} → ${to}: ${address}${isThere ? ' (is there already)' : ''}\n`;

async function write(
  name: string,
  places: readonly OpenPlace[],
  moves: readonly Move[],
  backup: string,
  io: Io,
): Promise<number> {
  const { taken, given } = carryOutMoves(places, moves, randomUUID);
  const touched = new Set([...taken.keys(), ...given.keys()]);
  try {
    for (const place of places) if (touched.has(place.stack)) keep(place, backup, io);
  } catch (cause) {
    return fail([`error: ${backup}: cannot be written (${errorCode(cause)}); nothing was moved`], io);
  }
  const byStack = new Map(places.map((place) => [place.stack, place.store]));
  for (const step of [taken, given]) for (const [stack, state] of step) await byStack.get(stack)?.push(state);
  io.err(
    `${name}: ${count(moves.length, 'resource')} moved; npm run review -- ${name} shows that nothing else changes\n`,
  );
  return 0;
}

/** A copy of a state as it was, for its owner only. */
function keep({ stack, state }: OpenPlace, folder: string, io: Io): void {
  if (!state) return;
  const file = join(folder, `${stack}-${state.lineage.slice(0, 8)}-${state.serial}.tfstate`);
  if (existsSync(file)) return;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(file, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600, flush: true });
  io.err(`${file}: copy of the state as it was\n`);
}
