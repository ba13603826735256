import { ROLE_FACTS, type Role } from '../cluster/roles';
import { count, some } from '../support/text';
import { megabytes } from './sizes';
import type {
  Action,
  Change,
  DiskRisk,
  ReviewFinding,
  Load,
  NodeReview,
  OtherReview,
  Power,
  Quorum,
  Review,
} from './types';

/** What the printers of a review say: terminal, Markdown and page use the same words. */

export const ACTION_WORDS: Readonly<Record<Action, string>> = {
  remove: 'destroyed',
  replace: 'replaced',
  lost: 're-created',
  create: 'created',
  take: 'taken over',
  update: 'changed',
  import: 'imported',
  forget: 'forgotten',
  move: 'moved in the state',
};

/** One character each, as in a difference. */
export const ACTION_SIGNS: Readonly<Record<Action, string>> = {
  remove: '-',
  replace: '±',
  lost: '±',
  create: '+',
  take: '<',
  update: '~',
  import: '<',
  forget: '!',
  move: '>',
};

const POWER_WORDS: Readonly<Record<Power, string>> = {
  keeps: 'keeps running',
  restarts: 'restarts',
  later: 'waits for a restart',
  starts: 'starts',
  stops: 'stops',
};

export const roleTitle = (role: Role | 'unknown'): string =>
  role === 'unknown' ? 'unknown role' : ROLE_FACTS[role].title;

/** What the VM goes through; "" where the action says it already. */
export const powerText = ({ action, power }: NodeReview): string =>
  action === 'update' || action === 'import' ? POWER_WORDS[power] : '';

/** `cores 8 → 12` */
export const changeText = ({ what, from, to }: Change): string => `${what} ${from} → ${to}`;

const riskText = ({ disk, gb, storage, what }: DiskRisk): string =>
  `disk ${disk} (${gb} GB on ${storage}) ${what}`;

/** `image talos.iso on pve1` */
export const otherTitle = ({ kind, name, place }: OtherReview): string =>
  `${kind} ${name}${place === '' ? '' : ` on ${place}`}`;

/** Everything about a node or another resource, a line each. */
export function details(item: NodeReview | OtherReview): string[] {
  const node = 'power' in item ? item : undefined;
  const { action, reasons, changes, origin } = item;
  return [
    ...(origin === '' ? [] : [`${action === 'import' ? 'from' : 'was'} ${origin}`]),
    ...(reasons.length > 0 ? [`because of ${reasons.join(', ')}`] : []),
    ...changes.map(changeText),
    ...(node?.data ?? []).filter(({ what }) => what === 'destroyed').map(riskText),
    ...(node && (action === 'create' || action === 'lost')
      ? [`${count(node.cores.to, 'core')}, ${megabytes(node.mb.to)}`]
      : []),
  ];
}

/** Nodes that go through the same, told once. */
export interface Group {
  readonly names: readonly string[];
  readonly servers: readonly string[];
  readonly like: NodeReview;
  readonly details: readonly string[];
}

/** Nodes of one role with the same action and details belong together, in the order of the first of each. */
export function groups(nodes: readonly NodeReview[]): Group[] {
  const byText = new Map<
    string,
    { names: string[]; servers: Set<string>; like: NodeReview; details: string[] }
  >();
  for (const node of nodes) {
    const lines = details(node);
    const key = [node.role, node.action, node.power, node.level, ...lines].join('\n');
    const group = byText.get(key) ?? { names: [], servers: new Set(), like: node, details: lines };
    group.names.push(node.name);
    group.servers.add(node.server);
    byText.set(key, group);
  }
  return [...byText.values()].map((group) => ({ ...group, servers: [...group.servers] }));
}

/** `1 node destroyed, 2 changed, 3 untouched; 2 images replaced` */
export function headline(review: Review): string {
  const { verdict } = review;
  if (verdict === 'nothing') return 'nothing changes';
  if (verdict === 'incomplete')
    return `the plan is incomplete; so far ${changesText(review) || 'nothing is known'}`;
  return changesText(review) || 'nothing changes';
}

function changesText({ nodes, untouched, others, outputs }: Review): string {
  const byAction = tally(nodes.map(({ action }) => ACTION_WORDS[action]));
  const nodeParts = byAction.map(([words, n], i) =>
    i === 0 ? `${count(n, 'node')} ${words}` : `${n} ${words}`,
  );
  const otherParts = tally(others.map(({ kind, action }) => `${kind}\n${ACTION_WORDS[action]}`)).map(
    ([key, n]) => {
      const [kind = '', words = ''] = key.split('\n');
      return `${count(n, kind)} ${words}`;
    },
  );
  if (nodeParts.length === 0 && otherParts.length === 0)
    return outputs.length > 0 ? `only outputs change: ${outputs.join(', ')}` : '';
  const rest = untouched > 0 ? [nodeParts.length > 0 ? `${untouched} untouched` : 'no node changes'] : [];
  return [[...nodeParts, ...rest].join(', '), ...otherParts].filter(Boolean).join('; ');
}

function tally(words: readonly string[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts];
}

/** What the exit code says, in words. */
export function verdictText({ verdict, findings }: Review): string {
  const of = (severity: ReviewFinding['severity']) => findings.filter((found) => found.severity === severity);
  const blocked = of('blocked');
  if (verdict === 'nothing') return 'Nothing to do.';
  if (verdict === 'incomplete')
    return 'No verdict: the plan is incomplete, and what is missing may destroy something. Fix the cause and plan again.';
  if (verdict === 'safe') return 'Nothing destructive.';
  if (verdict === 'allowed')
    return `Destructive, and allowed by name: ${some(of('allowed').map(({ allow }) => allow))}.`;
  const never = blocked.filter(({ allow }) => allow === '').length;
  return `Blocked: ${count(blocked.length, 'finding')}${never > 0 ? `, ${never} of which no flag allows` : ''}.`;
}

/** `plan 0f3c5a7e9b1d2c4e`; "" where there is none to approve. */
export const planText = ({ verdict, fingerprint }: Review): string =>
  verdict === 'safe' || verdict === 'allowed' ? `plan ${fingerprint}` : '';

/** The command that a review is printed by, and that its flags are for. */
export type Verb = 'review' | 'up';

/** The flag that lets a finding pass. For `up` a node that goes has a flag of its own: it leaves the cluster before its VM goes. */
export const flagOf = ({ rule, allow }: ReviewFinding, verb: Verb = 'review'): string =>
  verb === 'up' && rule === 'node-removed' ? allow.replace(/^remove:/, '--remove ') : `--allow ${allow}`;

/** The command line that would let this pass; "" where nothing is to be allowed, or where no flag would help. */
export function allowCommand({ cluster, verdict, findings }: Review, verb: Verb = 'review'): string {
  const needed = findings.filter(({ severity }) => severity !== 'warning');
  if (verdict !== 'blocked' || needed.length === 0 || needed.some(({ allow }) => allow === '')) return '';
  const flags = [...new Set(needed.map((found) => flagOf(found, verb)))];
  return `npm run ${verb} -- ${[cluster, ...flags].join(' ')}`;
}

/** `3 control planes, etcd needs 2; talos-control-2 goes down` */
export function quorumText({ members, needed, down, kept }: Quorum): string {
  if (members === 0) return 'no control planes yet';
  const facts = `${count(members, 'control plane')}, etcd needs ${needed}`;
  if (down.length === 0) return `${facts}; none goes down${kept ? '' : ', but too few run'}`;
  return `${facts}; ${some(down)} ${down.length === 1 ? 'goes down' : 'go down at once'}: quorum ${kept ? 'kept' : 'lost'}`;
}

/** Cells of a row: server, cores, memory, down at once. */
export function loadCells({ server, cores, mb }: Load): [string, string, string, string] {
  const down = [
    ...(cores.down > 0 ? [count(cores.down, 'core')] : []),
    ...(mb.down > 0 ? [megabytes(mb.down)] : []),
  ];
  return [
    server || 'all servers',
    cores.from === cores.to ? String(cores.to) : `${cores.from} → ${cores.to}`,
    mb.from === mb.to ? megabytes(mb.to) : `${megabytes(mb.from)} → ${megabytes(mb.to)}`,
    down.join(', ') || '-',
  ];
}

export const LOAD_HEADINGS = ['server', 'cores', 'memory', 'down at once'] as const;
