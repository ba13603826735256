import { groupBy } from '../support/group-by';
import { byBytes, list } from '../support/text';
import { managedAddress, type StateFile, type StateResource } from './state-file';

/** One state of a cluster, as it is and as it is meant. */
export interface StatePlace {
  readonly stack: string;
  /** None where nothing was applied yet. */
  readonly state?: StateFile;
  /** Addresses that the stack has; absent for one that is no longer defined, and so gives away all. */
  readonly wants?: ReadonlySet<string>;
}

export interface Move {
  readonly address: string;
  readonly from: string;
  readonly to: string;
  /** Both have it already: an earlier run was ended between its two steps. */
  readonly isThere: boolean;
}

export interface Moves {
  /** By address. */
  readonly moves: readonly Move[];
  /** Addresses that two states have, and that differ. */
  readonly problems: readonly string[];
}

/**
 * What is in a state and belongs into another one.
 *
 * @param rest stack that takes what no stack has any more, so that its next plan deals with it
 */
export function findMoves(places: readonly StatePlace[], rest: string): Moves {
  const owners = new Map(places.flatMap(({ stack, wants }) => [...(wants ?? [])].map((one) => [one, stack])));
  const moves: Move[] = [];
  const problems: string[] = [];
  for (const [address, holders] of holdersOf(places)) {
    const [first] = holders;
    const stays = holders.find(({ place }) => place.wants)?.place.stack ?? rest;
    const to = owners.get(address) ?? stays;
    if (holders.some(({ resource }) => !isSame(first?.resource, resource))) {
      const names = holders.map(({ place }) => place.stack).sort(byBytes);
      problems.push(`${address} is in the states of ${list(names)}, and they differ`);
    }
    const isHeld = holders.some(({ place }) => place.stack === to);
    const leaving = holders.filter(({ place }) => place.stack !== to);
    for (const [n, { place }] of leaving.entries())
      moves.push({ address, from: place.stack, to, isThere: isHeld || n > 0 });
  }
  return { moves: moves.sort((a, b) => byBytes(a.address, b.address)), problems: problems.sort(byBytes) };
}

interface Holder {
  readonly place: StatePlace;
  readonly resource: StateResource;
}

/** By address, the states that have it: more than one where an earlier run was ended. */
function holdersOf(places: readonly StatePlace[]): ReadonlyMap<string, readonly Holder[]> {
  const held = places.flatMap((place) =>
    [...managed(place.state)].map(([address, resource]) => ({ address, place, resource })),
  );
  return groupBy(held, ({ address }) => address);
}

/**
 * The states to write, in two steps: first all get what they take, then all lose what they gave. Whoever ends the run in
 * between leaves a resource in two states, which the next run repairs, and never in none.
 *
 * @param lineage of a state that is new
 */
export function carryOutMoves(
  places: readonly StatePlace[],
  moves: readonly Move[],
  lineage: () => string,
): { readonly taken: ReadonlyMap<string, StateFile>; readonly given: ReadonlyMap<string, StateFile> } {
  const held = new Map(places.map(({ stack, state }) => [stack, managed(state)]));
  const version = places.flatMap(({ state }) => state?.terraform_version ?? [])[0] ?? '';
  const fresh = (): StateFile => ({
    version: 4,
    terraform_version: version,
    serial: 0,
    lineage: lineage(),
    outputs: {},
    resources: [],
  });
  const taken = new Map<string, StateFile>();
  const given = new Map<string, StateFile>();
  for (const { stack, state, wants } of places) {
    const incoming = moves
      .filter(({ to, isThere }) => to === stack && !isThere)
      .flatMap(({ address, from }) => held.get(from)?.get(address) ?? []);
    const outgoing = new Set(moves.filter(({ from }) => from === stack).map(({ address }) => address));
    const now = incoming.length > 0 ? next(state ?? fresh(), (old) => [...old, ...incoming]) : state;
    if (now && incoming.length > 0) taken.set(stack, now);
    if (now && outgoing.size > 0) {
      const left = next(now, (old) => old.filter((one) => !outgoing.has(managedAddress(one) ?? '')));
      given.set(stack, wants ? left : emptied(left));
    }
  }
  return { taken, given };
}

const managed = (state: StateFile | undefined): ReadonlyMap<string, StateResource> =>
  new Map(
    (state?.resources ?? []).flatMap((resource) => {
      const address = managedAddress(resource);
      return address === undefined ? [] : [[address, resource]];
    }),
  );

const next = (state: StateFile, change: (old: StateResource[]) => StateResource[]): StateFile => ({
  ...state,
  serial: state.serial + 1,
  resources: change(state.resources),
});

/** What no stack refreshes any more would only mislead. */
const emptied = (state: StateFile): StateFile =>
  state.resources.some(({ mode }) => mode === 'managed') ? state : { ...state, outputs: {}, resources: [] };

/** Whether two entries are of one object in one condition; what it depended on may differ. */
function isSame(a: StateResource | undefined, b: StateResource): boolean {
  const bare = (resource: StateResource | undefined): string =>
    JSON.stringify(resource?.instances, (key, value: unknown) =>
      key === 'dependencies' ? undefined : value,
    );
  return bare(a) === bare(b);
}
