import type { Cluster } from '../cluster/cluster';
import { changedSince } from '../inventory/recorded';
import { byBytes } from '../support/text';
import { VM, type Plan } from '../terraform/plan';
import type { Review } from './types';
import { asText, asValues } from '../terraform/values';

/** Nodes that go, and how. */
export interface LeavingNodes {
  /** With a VM that still runs: they leave the cluster first, while Omni can reset them. */
  readonly leave: readonly string[];
  /** Named, but without a VM in the state: nobody can reset them any more. */
  readonly gone: readonly string[];
  /** Nodes that stay and that the plan makes or changes, so that nobody can leave before it is applied. */
  readonly changed: readonly string[];
}

const MACHINE_ID = /^[0-9a-f]{8}-[0-9a-f-]{27}$/i;

/**
 * What becomes of the nodes that go with a plan, in whatever words they were named.
 *
 * @param named nodes or machine ids that may leave
 */
export function leavingNodes(
  plan: Plan,
  review: Review,
  cluster: Cluster,
  named: readonly string[],
): LeavingNodes {
  const present = new Set(
    plan.resource_changes
      .filter(({ type, mode }) => type === VM && mode === 'managed')
      .map(({ change }) => asText(asValues(change.before)['name'])),
  );
  const removed = review.nodes.filter(({ action }) => action === 'remove').map(({ name }) => name);
  const isThere = (name: string) => present.has(name) || MACHINE_ID.test(name);
  return {
    leave: [...new Set([...named.filter(isThere), ...removed])].sort(byBytes),
    gone: named.filter((name) => !isThere(name)),
    changed: changedSince(plan.output_changes['machine_inventory']?.before, cluster),
  };
}
