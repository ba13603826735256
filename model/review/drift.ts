import type { Cluster } from '../cluster/cluster';
import { oneLined } from '../support/foreign';
import { byBytes, count } from '../support/text';
import { contextOf, type Context } from './context';
import { nodeReview } from './node-review';
import { otherReview } from './others';
import { actionOf, VM, type Plan, type ResourceChange } from '../terraform/plan';
import type { Change } from './types';
import { changeText, otherTitle, roleTitle } from './words';

/** One thing that somebody changed on a server. */
interface DriftItem {
  /** Node, or `image talos.iso on pve1`. */
  readonly name: string;
  /** `worker on pve1`; "" for other resources. */
  readonly where: string;
  readonly address: string;
  /** It is no longer there, as far as this token sees. */
  readonly gone: boolean;
  /** From what the last apply left to what is there now. */
  readonly changes: readonly Change[];
  /** What makes this less than certain; "" if nothing. */
  readonly doubt: string;
}

/** What the servers have, beside what the last apply left. Printed as it is by `--json`. */
export interface Drift {
  readonly format_version: number;
  readonly cluster: string;
  readonly items: readonly DriftItem[];
  /** What Terraform and the provider say besides. */
  readonly notes: readonly string[];
}

/**
 * Reads `resource_drift` of a plan, best made with `-refresh-only`. The provider lists every VM there, since it reads back
 * `[]` for null and the like: only what differs in fact counts.
 */
export function reviewDrift(plan: Plan, cluster: Cluster, notes: readonly string[] = []): Drift {
  const context = contextOf(plan, cluster);
  const items = plan.resource_drift
    .flatMap((resource) => driftItem(resource, context) ?? [])
    .sort((a, b) => byBytes(a.address, b.address));
  return oneLined({ format_version: 1, cluster: cluster.name, items, notes: [...notes] });
}

/** Exit code: 2 if there is drift. */
export const driftExitCode = ({ items }: Drift): 0 | 2 => (items.length > 0 ? 2 : 0);

function driftItem(resource: ResourceChange, context: Context): DriftItem | undefined {
  const gone = actionOf(resource) === 'remove';
  const { address } = resource;
  if (resource.type !== VM) {
    const other = otherReview(resource);
    if (!other || (!gone && other.changes.length === 0)) return undefined;
    return { name: otherTitle(other), where: '', address, gone, changes: other.changes, doubt: '' };
  }
  const node = nodeReview(resource, context);
  if (!node || (!gone && node.changes.length === 0)) return undefined;
  const defined = context.nodes.get(node.name)?.server.key ?? node.server;
  return {
    name: node.name,
    where: `${roleTitle(node.role)} on ${node.server}`,
    address,
    gone,
    changes: node.changes,
    doubt:
      gone && defined !== node.server
        ? `looked for on ${defined}, where the definition has it now; it was made on ${node.server}`
        : '',
  };
}

/** Lines about a drift, the first of which sums it up. */
export function driftLines({ cluster, items, notes }: Drift): string[] {
  const head =
    items.length === 0
      ? 'no drift since the last apply'
      : `${count(items.length, 'difference')} on the servers`;
  const body = items.flatMap(({ name, where, gone, changes, doubt }) => [
    `  ${gone ? '-' : '~'} ${name}${where === '' ? '' : ` (${where})`}${gone ? ': no longer there' : ''}`,
    ...changes.map((change) => `      ${changeText(change)}`),
    ...(doubt === '' ? [] : [`      ${doubt}`]),
  ]);
  const next =
    items.length === 0 ? [] : [`npm run review -- ${cluster} says what the next apply makes of it.`];
  return [`${cluster}: ${head}`, ...body, ...notes.map((note) => `note: ${note}`), ...next];
}
