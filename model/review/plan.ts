import { z } from 'zod';

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
  /** Whether an apply would do anything; older Terraform does not say. */
  applyable: z.boolean().default(true),
  resource_changes: z.array(RESOURCE_CHANGE).default([]),
  resource_drift: z.array(RESOURCE_CHANGE).default([]),
  output_changes: z.record(z.string(), CHANGE).default({}),
});

export type Plan = z.infer<typeof PLAN>;
export type ResourceChange = z.infer<typeof RESOURCE_CHANGE>;
export type ValueChange = z.infer<typeof CHANGE>;

/** A plan, or in `problem` what is wrong with the text. No part of the text is repeated: it may hold secrets. */
type ParsedPlan = { readonly plan: Plan } | { readonly problem: string };

/** Reads the output of `terraform show -json <planfile>`. Never throws. */
export function parsePlan(text: string): ParsedPlan {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { problem: 'is not JSON; make it with: terraform show -json <planfile>' };
  }
  const parsed = PLAN.safeParse(json);
  if (!parsed.success) {
    const path = parsed.error.issues[0]?.path.join('.') ?? '';
    return {
      problem: `is no plan of Terraform (${path || 'root'}); make it with: terraform show -json <planfile>`,
    };
  }
  const version = parsed.data.format_version;
  if (!version.startsWith('1.')) return { problem: `has format ${version}; this reader knows format 1` };
  return { plan: parsed.data };
}
