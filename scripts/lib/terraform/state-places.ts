import { join } from 'node:path';
import { isInStackFolder } from '../../../model/cluster/backends/state-address';
import type { Backend, StateSplit } from '../../../model/cluster/cluster';
import type { AssembledCluster } from '../../../model/assembly/read';
import { formerStates } from '../../../model/cluster/resolve/state-parts';
import type { StatePlace } from '../../../model/terraform/state-moves';
import { StateStore } from './state-store';
import { readStackFile } from '../project/stack-file';

/** A state that is open, and what of the cluster belongs into it. */
export interface OpenPlace extends StatePlace {
  readonly store: StateStore;
}

/**
 * Opens all states of a cluster: those of its stacks, and those that it may have been in before.
 *
 * @param from how the state was split before
 * @param open gets each store as soon as there is one, to be closed
 */
export async function openPlaces(
  { cluster, draft }: AssembledCluster,
  {
    from,
    stacks,
    signal,
  }: { readonly from: StateSplit; readonly stacks: string; readonly signal: AbortSignal },
  open: (store: StateStore) => void,
): Promise<OpenPlace[]> {
  const now = [{ stack: cluster.name, backend: cluster.backend }, ...cluster.parts];
  const before = formerStates(draft, from).filter((one) => !now.some((two) => isOneState(one, two)));
  const opened: OpenPlace[] = [];
  for (const place of [...now, ...unique(before)]) {
    const store = await StateStore.open(place, stacks, signal);
    open(store);
    const state = await store.pull();
    const wants = now.includes(place) ? { wants: addressesOf(join(stacks, place.stack)) } : {};
    opened.push({ stack: place.stack, store, ...(state ? { state } : {}), ...wants });
  }
  return opened;
}

interface Where {
  readonly stack: string;
  readonly backend: Backend;
}

/** A state in the folder of its stack has the same settings as that of another stack. */
function isOneState(a: Where, b: Where): boolean {
  const isSame = JSON.stringify(a.backend) === JSON.stringify(b.backend);
  return isSame && (!isInStackFolder(a.backend) || a.stack === b.stack);
}

const unique = (places: readonly Where[]): Where[] =>
  places.filter((place, i) => !places.slice(0, i).some((other) => isOneState(place, other)));

/** Addresses of the resources of a synthesized stack. */
function addressesOf(folder: string): Set<string> {
  const stack = readStackFile(folder);
  if (!stack) throw new Error(`bug: ${folder} was not synthesized`);
  const { resource = {} } = stack as { resource?: Record<string, Record<string, unknown>> };
  return new Set(
    Object.entries(resource).flatMap(([type, byName]) =>
      Object.keys(byName).map((name) => `${type}.${name}`),
    ),
  );
}
