import { ALLOWANCES } from '../terraform/allowances';
import type { Cluster } from '../cluster/cluster';
import type { Existing } from '../proxmox/existing';
import type { LiveMachines } from '../proxmox/machine';
import { waitingLine, type WaitingNodes } from '../proxmox/pending';
import { ROLES } from '../cluster/roles';
import { oneLined } from '../support/foreign';
import { byBytes } from '../support/text';
import { clusterFindings } from './cluster-findings';
import { contextOf } from './context';
import { existingFindings } from './existing-findings';
import { fingerprint } from './fingerprint';
import { imageFindings } from './image-findings';
import { nodeFindings, raise, type OpenFinding } from './node-findings';
import { otherReview } from './others';
import { gapIn, VM, type Plan } from '../terraform/plan';
import { powerOffFindings } from './power-off';
import { refused } from './refusals';
import {
  REVIEW_FORMAT_VERSION,
  type ReviewFinding,
  type NodeReview,
  type OtherReview,
  type Review,
} from './types';
import { loadsOf, plannedVms, quorumOf } from './vms';

export { neededSchematics } from './needed-schematics';
export { nodesToAsk } from './to-ask';
export { leavingNodes, type LeavingNodes } from './leaving';
export { actionOf, gapIn, mergePlans, parsePlan, type Plan } from '../terraform/plan';
export * from './types';

/** What a person may allow: the words before the colon of `--allow <word>:<name>`. */
const ALLOW_WORDS: readonly string[] = [...ALLOWANCES, 'quorum'];

/** Those that the guards in the Terraform JSON know too, in variable `allow`. */
const TERRAFORM_WORDS: ReadonlySet<string> = new Set(ALLOWANCES);

/** Value of TF_VAR_allow for what a person allows. */
export const terraformAllow = (allow: readonly string[]): string =>
  JSON.stringify(allow.filter((item) => TERRAFORM_WORDS.has(item.split(':')[0] ?? '')));

/** What is wrong with an item of `--allow`; `undefined` if nothing. */
export function allowProblem(item: string): string | undefined {
  const [word = '', name = ''] = item.split(/:(.*)/s);
  if (ALLOW_WORDS.includes(word) && name !== '') return undefined;
  return `"${item}" allows nothing; write ${ALLOW_WORDS.join(', ')} and a name, e.g. remove:worker-3`;
}

/** What a review takes into account besides the plan. */
export interface ReviewInput {
  /** What a person named with `--allow`, e.g. `remove:worker-3`. */
  readonly allow?: readonly string[];
  /** Warnings of Terraform and the provider. */
  readonly notes?: readonly string[];
  /** What the guards in the JSON refused. */
  readonly refusals?: readonly string[];
  /** What the plan would create and is there already. */
  readonly existing?: readonly Existing[];
  /** What the servers say of VMs besides the plan. Default: nobody was asked. */
  readonly live?: LiveMachines;
  /** Nodes that wait for a restart already. */
  readonly waiting?: WaitingNodes;
  /** Planning ended with errors: the plan is as far as Terraform came. */
  readonly failed?: boolean;
}

/** What exists and no state has. A VM that another stack of the plan forgets is in the state of that one. */
function outsideOfStates(existing: readonly Existing[], plan: Plan): readonly Existing[] {
  const forgotten = new Set(
    plan.resource_changes
      .filter(({ type, change }) => type === VM && change.actions.includes('forget'))
      .map(({ change }) => (change.before as { readonly name?: unknown } | null)?.name),
  );
  return existing.filter(({ kind, name }) => kind !== 'VM' || !forgotten.has(name));
}

/**
 * Judges a plan: what happens to which node, what is at risk, and what must not happen unasked.
 *
 * Only `resource_changes` count: `resource_drift` of this provider lists every VM.
 *
 * @param cluster the definition that the plan was made for
 */
export function reviewPlan(plan: Plan, cluster: Cluster, besides: ReviewInput = {}): Review {
  const { allow = [], refusals = [], failed = false, waiting, live } = besides;
  const existing = outsideOfStates(besides.existing ?? [], plan);
  const context = contextOf(plan, cluster, existing, live);
  const vms = plannedVms(plan, context);
  const nodes = vms.flatMap(({ review }) => review ?? []).sort(byRoleAndName);
  const others = plan.resource_changes
    .filter(({ type, deposed }) => type !== VM || deposed !== undefined)
    .flatMap((resource) => otherReview(resource) ?? [])
    .sort((a, b) => byBytes(a.address, b.address));
  const quorum = quorumOf(vms);
  const raised = [
    ...vms.flatMap((vm) => [...nodeFindings(vm, context), ...powerOffFindings(vm, context)]),
    ...clusterFindings(vms, others, quorum, context),
    ...restartsPending(cluster.name, waiting),
    ...existingFindings(existing, cluster.name),
    ...imageFindings(plan, vms, context),
  ];
  const findings = judged([...raised, ...refused(refusals, raised)], new Set(allow));
  const outputs = Object.entries(plan.output_changes)
    .filter(([, { actions }]) => actions.join() !== 'no-op')
    .map(([name]) => name)
    .sort(byBytes);
  // What the guards refuse may be that nothing would change.
  const refusedNothing = findings.some(({ severity }) => severity !== 'warning');
  const changed = nodes.length + others.length + outputs.length > 0 || refusedNothing;
  const incomplete = failed || gapIn(plan, refusals) !== '';
  // A plan holds what servers and people wrote: none of it may make lines of a review.
  return oneLined({
    format_version: REVIEW_FORMAT_VERSION,
    cluster: cluster.name,
    fingerprint: incomplete ? '' : fingerprint(plan),
    verdict: incomplete ? 'incomplete' : changed ? verdictOf(findings) : 'nothing',
    nodes,
    untouched: vms.length - nodes.length,
    others,
    outputs,
    findings,
    quorum,
    loads: loadsOf(vms),
    notes: [...notesOf(besides), ...imageNote(others)],
  });
}

/** Exit code of a review: 1 of an incomplete plan, 2 if something destructive is not allowed, else 0. */
export const reviewExitCode = ({ verdict }: Review): 0 | 1 | 2 =>
  verdict === 'incomplete' ? 1 : verdict === 'blocked' ? 2 : 0;

const restartsPending = (cluster: string, waiting?: WaitingNodes): OpenFinding[] => {
  const line = waiting ? waitingLine(cluster, waiting) : '';
  return line === '' ? [] : [raise('warning', 'restart-pending', cluster, line)];
};

const notesOf = ({ notes = [], waiting, live }: ReviewInput): string[] => [
  ...notes,
  ...(live?.problems ?? []).map(
    (text) => `what a change of disks or images means for a VM is not known: ${text}`,
  ),
  ...(waiting?.problems ?? []).map((text) => `whether nodes wait for a restart is not known: ${text}`),
];

const imageNote = (others: readonly OtherReview[]): string[] =>
  others.some(({ kind, action }) => kind === 'image' && action === 'replace')
    ? [
        'A new image is for new nodes: Talos on running nodes is upgraded by Omni or talosctl, not by this plan.',
      ]
    : [];

const SEVERITIES = ['blocked', 'allowed', 'warning'];

function judged(raised: readonly OpenFinding[], allowed: ReadonlySet<string>): ReviewFinding[] {
  const findings = raised.map((found): ReviewFinding => {
    const isAllowed = found.severity === 'blocked' && found.allow !== '' && allowed.has(found.allow);
    return isAllowed ? { ...found, severity: 'allowed' } : found;
  });
  return findings.sort(
    (a, b) =>
      SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
      byBytes(a.subject, b.subject) ||
      byBytes(a.rule, b.rule),
  );
}

function verdictOf(findings: readonly ReviewFinding[]): Review['verdict'] {
  const severities = new Set(findings.map(({ severity }) => severity));
  if (severities.has('blocked')) return 'blocked';
  return severities.has('allowed') ? 'allowed' : 'safe';
}

const ORDER: readonly string[] = [...ROLES, 'unknown'];

const byRoleAndName = (a: NodeReview, b: NodeReview): number =>
  ORDER.indexOf(a.role) - ORDER.indexOf(b.role) || byBytes(a.name, b.name);
