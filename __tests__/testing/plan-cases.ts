import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument, type Document } from 'yaml';
import type { Cluster } from '../../model/cluster/cluster';
import { checkDefinitions } from '../../model/load/load';
import { parseYaml } from '../../model/cluster/definition/yaml';
import { parsePlan, type Plan } from '../../model/review';
import { PROJECT_ROOT } from '../../tools/paths';

/** Changes of `clusters/home.yaml` after its first apply. The acceptance suite plans each with the real provider. */
export const PLAN_CASES = {
  grow: (document) => {
    document.setIn(['defaults', 'workers', 'cpu_cores'], 12);
    document.setIn(['workers', 2, 'memory_mb'], 65536);
  },
  'image-bump': (document) => {
    document.set('talos_version', 'v1.11.6');
    const url = String(document.getIn(['images', 'talos', 'url']));
    document.setIn(['images', 'talos', 'url'], url.replace('v1.11.5', 'v1.11.6'));
  },
  'worker-removal': (document) => void document.deleteIn(['workers', 1]),
  'control-plane-replacement': (document) => document.setIn(['control_planes', 1, 'vm_id'], 1050),
  'data-disk-removal': (document) => document.setIn(['workers', 2, 'data_disk_size_gb'], 0),
  shrink: (document) => document.setIn(['defaults', 'workers', 'data_disk_size_gb'], 150),
  rename: (document) => {
    const node = { name: 'talos-big-2', proxmox_server: 'pve2', index: 1 };
    document.setIn(['workers', 1], document.createNode(node));
  },
  'other-server': (document) => document.setIn(['control_planes', 1, 'proxmox_server'], 'pve1'),
  'other-mac': (document) => document.setIn(['workers', 0, 'mac_address'], 'BC:24:11:02:0A:0A'),
  'other-storage': (document) => document.setIn(['proxmox_servers', 'pve1', 'storage_data'], 'local-lvm'),
  'one-more': (document) =>
    document.addIn(['workers'], document.createNode({ name: 'talos-worker-4', proxmox_server: 'pve2' })),
  'control-planes-restart': (document) => {
    document.setIn(['defaults', 'control_planes', 'memory_mb'], 16384);
    document.setIn(['defaults', 'control_planes', 'reboot_after_update'], true);
  },
  nothing: () => undefined,
} satisfies Readonly<Record<string, (document: Document) => void>>;

export type PlanCase = keyof typeof PLAN_CASES;

/** The five that the guide shows. */
export const SHOWN = [
  'grow',
  'image-bump',
  'worker-removal',
  'control-plane-replacement',
  'data-disk-removal',
] as const satisfies readonly PlanCase[];

/** A definition after a change. */
export function changed(text: string, name: PlanCase): string {
  const document = parseDocument(text);
  PLAN_CASES[name](document);
  return document.toString();
}

/** `clusters/home.yaml` after a change, checked. */
export function clusterOf(name: PlanCase): Cluster {
  const text = changed(readFileSync(join(PROJECT_ROOT, 'clusters/home.yaml'), 'utf8'), name);
  const [checked] = checkDefinitions([parseYaml('home.yaml', text)]).clusters;
  if (!checked) throw new Error(`${name}: the definition has errors`);
  return checked.cluster;
}

const PLANS = join(__dirname, '../fixtures/plans');

export const planFile = (name: PlanCase | 'drift'): string => join(PLANS, `${name}.json`);

export const planText = (name: PlanCase | 'drift'): string => readFileSync(planFile(name), 'utf8');

/** A recorded plan. @throws Error if it is none */
export function planOf(name: PlanCase | 'drift'): Plan {
  const parsed = parsePlan(planText(name));
  if ('problem' in parsed) throw new Error(parsed.problem);
  return parsed.plan;
}

export type Resource = Plan['resource_changes'][number];

/** A recorded plan with a change of one of its resources, for what the recordings do not have. */
export function editedPlan(name: PlanCase, resource: string, edit: (resource: Resource) => void): Plan {
  const plan = planOf(name);
  const found = plan.resource_changes.find((one) => one.name === resource);
  if (!found) throw new Error(`no ${resource}`);
  edit(found);
  return plan;
}

interface Change {
  readonly actions: readonly string[];
  readonly before: Values | null;
  readonly after: Values | null;
}
type Values = Readonly<Record<string, unknown>>;
interface RawPlan {
  readonly format_version: string;
  readonly resource_changes?: readonly RawResource[];
  readonly resource_drift?: readonly RawResource[];
  readonly output_changes: Readonly<Record<string, Change>>;
  readonly prior_state?: {
    readonly values?: { readonly outputs?: Readonly<Record<string, { readonly value: unknown }>> };
  };
}
interface RawResource {
  readonly type: string;
  readonly provider_name?: string;
  readonly change: Change;
}

/** What a plan says about a VM that nothing happens to, as far as a review reads it. */
const KEPT = ['name', 'description', 'node_name', 'vm_id', 'started', 'cpu', 'memory', 'cdrom', 'tags'];

/**
 * A recorded plan without what holds secrets (variables, configuration), grows with it (state, planned values) or tells
 * Terraform from OpenTofu, a line per resource. What nothing happens to keeps a few arguments only.
 */
export function trimPlan(text: string, drift = false): string {
  const plan = JSON.parse(text) as RawPlan;
  const list = (items: readonly RawResource[]): string =>
    `[\n${items.map((item) => JSON.stringify(trimResource(item))).join(',\n')}\n]`;
  const was = plan.prior_state?.values?.outputs?.['machine_inventory']?.value;
  const { before = was, after, actions = ['no-op'] } = plan.output_changes['machine_inventory'] ?? {};
  const outputs = Object.fromEntries(
    Object.entries(plan.output_changes).map(([name, change]) => [name, { actions: change.actions }]),
  );
  const changes = plan.resource_changes ?? [];
  const drifted = plan.resource_drift ?? [];
  // Of the drift beside changes only what is gone matters: the provider lists every VM.
  const gone = drifted.filter(({ change }) => change.actions.includes('delete'));
  return [
    `{"format_version":${JSON.stringify(plan.format_version)},`,
    ...(drift ? [] : [`"resource_changes":${list(changes)},`]),
    ...(drift || gone.length > 0 ? [`"resource_drift":${list(drift ? drifted : gone)},`] : []),
    `"output_changes":${JSON.stringify({ ...outputs, machine_inventory: { actions, before: short(before), ...(after ? { after: short(after) } : {}) } })}}`,
    '',
  ].join('\n');
}

function trimResource({ provider_name: _, ...resource }: RawResource): RawResource {
  const { change } = resource;
  const noop = change.actions.join() === 'no-op' && resource.type === 'proxmox_virtual_environment_vm';
  const trim = (values: Values | null): Values | null =>
    values && noop ? Object.fromEntries(KEPT.map((key) => [key, values[key]])) : values;
  const { before, after, ...rest } = change;
  return { ...resource, change: { ...withoutEmptyMarks(rest), before: trim(before), after: trim(after) } };
}

/** Marks of sensitive values are kept where something is marked. */
function withoutEmptyMarks(change: Omit<Change, 'before' | 'after'>): Omit<Change, 'before' | 'after'> {
  const kept = Object.entries(change).filter(
    ([key, value]) => !key.endsWith('_sensitive') || JSON.stringify(value).includes('true'),
  );
  return Object.fromEntries(kept) as typeof change;
}

/** What the review reads of an inventory. */
const short = (inventory: unknown): unknown =>
  Object.fromEntries(
    Object.entries((inventory ?? {}) as Record<string, Values>).map(([name, machine]) => [
      name,
      Object.fromEntries(['role', 'proxmox_server', 'vm_id', 'ip_address'].map((key) => [key, machine[key]])),
    ]),
  );
