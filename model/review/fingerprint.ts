import { createHash } from 'node:crypto';
import { byBytes } from '../support/text';
import { COMPUTED } from '../terraform/arguments';
import { afterOf, beforeOf } from './context';
import { actionOf, type Plan, type ResourceChange } from '../terraform/plan';
import { isUnset, same, type Values } from '../terraform/values';

/** Characters of a fingerprint: enough that no two plans of a cluster share one by chance, few enough to be read aloud. */
const LENGTH = 16;

/**
 * Names what a plan does: plans with the same fingerprint do the same to the same resources. Whoever approved one plan can thus
 * have just this applied, though it is made again.
 *
 * Values count where they change. Secrets do not, nor what the provider finds out by itself, nor one kind of nothing for
 * another, nor the order of resources.
 *
 * @returns 16 hexadecimal digits
 */
export function fingerprint(plan: Plan): string {
  const facts = plan.resource_changes
    .filter((resource) => resource.mode === 'managed' && actionOf(resource) !== undefined)
    .map((resource) =>
      JSON.stringify(factsOf(resource), (_, value: unknown) => (isUnset(value) ? null : value)),
    )
    .sort(byBytes);
  return createHash('sha256').update(facts.join('\n')).digest('hex').slice(0, LENGTH);
}

function factsOf({ address, deposed, previous_address, change }: ResourceChange): object {
  const [before, after] = [beforeOf(change), afterOf(change)];
  const [old, now] = [before.masked(), after.masked()];
  const values = keysOf(old, now)
    .filter((key) => !COMPUTED.has(key) && !after.get(key).isUnknown && !same(old[key], now[key]))
    .map((key) => [key, old[key], now[key]]);
  return { address, deposed, previous_address, actions: change.actions, importing: change.importing, values };
}

const keysOf = (...sides: readonly Values[]): string[] =>
  [...new Set(sides.flatMap((values) => Object.keys(values)))].sort(byBytes);
