import { z } from 'zod';
import { parseJson } from '../support/json';

/**
 * The part of `terraform show -json <planfile>` that a review reads. Variables, prior state and configuration are left
 * alone: they hold tokens in clear.
 */
const CHANGE = z.object({
  actions: z.array(z.string()),
  before: z.unknown().optional(),
  after: z.unknown().optional(),
  after_unknown: z.unknown().optional(),
  before_sensitive: z.unknown().optional(),
  after_sensitive: z.unknown().optional(),
  replace_paths: z.array(z.array(z.union([z.string(), z.number()]))).optional(),
  importing: z.object({ id: z.string().optional() }).optional(),
});

const RESOURCE_CHANGE = z.object({
  address: z.string(),
  previous_address: z.string().optional(),
  mode: z.string(),
  type: z.string(),
  name: z.string(),
  deposed: z.string().optional(),
  action_reason: z.string().optional(),
  change: CHANGE,
});

const PLAN = z.object({
  format_version: z.string(),
  errored: z.boolean().optional(),
  complete: z.boolean().optional(),
  applyable: z.boolean().optional(),
  resource_changes: z.array(RESOURCE_CHANGE).default([]),
  resource_drift: z.array(RESOURCE_CHANGE).default([]),
  output_changes: z.record(z.string(), CHANGE).default({}),
  prior_state: z
    .object({
      values: z
        .object({ outputs: z.record(z.string(), z.object({ value: z.unknown() })).optional() })
        .optional(),
    })
    .optional(),
});

/** Type of the resource that is a node. */
export const VM = 'proxmox_virtual_environment_vm';

export interface Plan extends Omit<z.infer<typeof PLAN>, 'prior_state'> {
  /** Whether an apply would do anything. */
  readonly applyable: boolean;
}
export type ResourceChange = z.infer<typeof RESOURCE_CHANGE>;
export type ValueChange = z.infer<typeof CHANGE>;

/** A plan, or in `problem` what is wrong with the text. No part of the text is repeated: it may hold secrets. */
type ParsedPlan = { readonly plan: Plan } | { readonly problem: string };

/** Reads the output of `terraform show -json <planfile>`. Never throws. */
export function parsePlan(text: string): ParsedPlan {
  const json = parseJson(text);
  if ('problem' in json) return { problem: `${json.problem}; make it with: terraform show -json <planfile>` };
  const parsed = PLAN.safeParse(json.value);
  if (!parsed.success) {
    const path = parsed.error.issues[0]?.path.join('.') ?? '';
    return {
      problem: `is not a Terraform plan (${path || 'root'}); make it with: terraform show -json <planfile>`,
    };
  }
  const version = parsed.data.format_version;
  if (!version.startsWith('1.')) return { problem: `has format ${version}; this reader knows format 1` };
  const { prior_state, ...plan } = parsed.data;
  const output_changes = { ...unplanned(prior_state?.values?.outputs), ...plan.output_changes };
  return { plan: { ...plan, output_changes, applyable: plan.applyable ?? doesAnything(plan) } };
}

/** Outputs as they were: where a VM cannot be planned, Terraform says nothing of an output that waits for it. */
const unplanned = (outputs: Readonly<Record<string, { readonly value?: unknown }>> = {}): Outputs =>
  Object.fromEntries(
    Object.entries(outputs).map(([name, { value }]) => [name, { actions: ['no-op'], before: value }]),
  );

/**
 * Why a plan is not all that an apply would have to do; "" where it is. Old versions of Terraform say nothing about it.
 *
 * @param refusals what guards refused: that alone makes no plan incomplete, because it is shown without them
 */
export function gapIn({ errored, complete }: Plan, refusals: readonly string[] = []): string {
  if (errored)
    return refusals.length > 0 ? '' : 'Terraform ended with an error before everything was planned';
  return complete === false ? 'it leaves something out (-target, -exclude or a deferred change)' : '';
}

/** What OpenTofu and older Terraform do not say. */
const doesAnything = ({
  resource_changes,
  output_changes,
}: Pick<Plan, 'resource_changes' | 'output_changes'>): boolean =>
  resource_changes.some((resource) => actionOf(resource) !== undefined) ||
  Object.values(output_changes).some(({ actions }) => actions.join() !== 'no-op');

/** Terraform's words for what it does, in ours. `undefined` where nothing happens. */
export function actionOf({ change, previous_address }: ResourceChange) {
  const { actions, importing } = change;
  if (actions.includes('delete')) return actions.includes('create') ? 'replace' : 'remove';
  if (actions.includes('forget')) return 'forget';
  if (actions.includes('create')) return 'create';
  if (importing) return 'import';
  if (actions.includes('update')) return 'update';
  return previous_address === undefined ? undefined : 'move';
}

/** The plans of all stacks of a split cluster as one, in the order of the stacks. @returns JSON, or in `problem` why not */
export function mergePlans(
  texts: readonly string[],
): { readonly json: string } | { readonly problem: string } {
  const plans: Plan[] = [];
  for (const text of texts) {
    const parsed = parsePlan(text);
    if ('problem' in parsed) return parsed;
    plans.push(parsed.plan);
  }
  const [first, ...rest] = plans;
  if (!first) return { problem: 'is missing' };
  return { json: JSON.stringify(rest.reduce(mergeTwo, first)) };
}

const mergeTwo = (a: Plan, b: Plan): Plan => ({
  ...a,
  errored: (a.errored ?? false) || (b.errored ?? false),
  complete: (a.complete ?? true) && (b.complete ?? true),
  applyable: a.applyable || b.applyable,
  resource_changes: [...a.resource_changes, ...b.resource_changes],
  resource_drift: [...a.resource_drift, ...b.resource_drift],
  output_changes: mergeOutputs(a.output_changes, b.output_changes),
});

type Outputs = Plan['output_changes'];

/** Of an output that several stacks have, what was and what will be are put together where they are maps. */
function mergeOutputs(a: Outputs, b: Outputs): Outputs {
  const merged = { ...a };
  for (const [name, change] of Object.entries(b)) {
    const known = merged[name];
    merged[name] = known
      ? {
          ...known,
          actions: known.actions.join() === 'no-op' ? change.actions : known.actions,
          before: both(known.before, change.before),
          after: both(known.after, change.after),
        }
      : change;
  }
  return merged;
}

const isMap = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const both = (a: unknown, b: unknown): unknown => (isMap(a) && isMap(b) ? { ...a, ...b } : (a ?? b));
