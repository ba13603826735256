import type { Cluster, Node } from '../../../model/cluster/cluster';
import { fileProblem, type Diagnostic, type Severity } from '../../../model/diagnostics/diagnostics';
import { some } from '../../../model/support/text';
import type { ConfigChange } from '../../../model/talos/config-changes';
import {
  readEtcdMembers,
  readMachineConfig,
  readMembers,
  needsReboot,
  type ClusterMember,
} from '../../../model/talos/node-answers';
import { inOrder, isControlPlane } from '../../../model/talos/order';
import { talosMinor } from '../../../model/talos/talos-forms';
import { atOnce } from '../../lib/platform/at-once';
import { changesOf } from '../../lib/talos/canonical';
import type { FilledPatches } from '../../lib/talos/config-secrets';
import { machineConfig } from '../../lib/talos/machine-config';
import { addressOf, askNode, bootedVersion, type NodeState } from '../../lib/talos/nodes';
import type { TalosProblem } from '../../lib/talos/problems';
import type { Standalone } from './context';
import { squatterAt } from './vip';

/** A running node whose configuration is another than the definition says. */
export interface NodeChange {
  readonly node: Node;
  readonly changes: readonly ConfigChange[];
  /** Talos says that it can only be done with a reboot. */
  readonly reboot: boolean;
}

/** What is so, beside what is to be. */
export interface Survey {
  /** Machine configuration by name of the node. It is a secret. */
  readonly configs: ReadonlyMap<string, string>;
  readonly states: ReadonlyMap<string, NodeState>;
  /** Nodes in maintenance mode, control planes first. */
  readonly joining: readonly Node[];
  readonly changing: readonly NodeChange[];
  /** The control plane that etcd is to begin on; undefined where it has begun. */
  readonly bootstrapOn?: Node;
  /** Workers of a cluster whose etcd is gone. */
  readonly orphans: readonly Node[];
  /** Nodes that do not answer: the others go on without them. */
  readonly absent: readonly Node[];
  /** Control planes that stay as they are, because a member of etcd does not answer. */
  readonly held: readonly Node[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Calls at a time: talosctl is a heavy program. */
const CALLS = 6;

/** Looks at all nodes of a cluster, and changes nothing. */
export async function survey(context: Standalone, { patches, secrets }: FilledPatches): Promise<Survey> {
  const { cluster, management, access } = context;
  const nodes = inOrder(cluster.nodes);
  const diagnostics: Diagnostic[] = [];
  const tell: Tell = (node, rule, message, severity = 'error') =>
    void diagnostics.push({
      ...fileProblem(cluster.name, message, `live-talos-${rule}`),
      severity,
      path: node.name,
    });

  const configs = new Map<string, string>();
  for (const [i, made] of (
    await atOnce(CALLS, nodes, (node) =>
      machineConfig(access, cluster, management.endpoint, node, patches.get(node.name) ?? []),
    )
  ).entries()) {
    const node = nodes[i] as Node;
    if ('problem' in made)
      tell(node, 'config', `its machine configuration is refused: ${made.problem.message}`);
    else configs.set(node.name, made.text);
  }
  const states = await askAll(context, nodes);
  const inState = (wanted: NodeState['state']): Node[] =>
    nodes.filter(({ name }) => states.get(name)?.state === wanted);
  const running = inState('running');
  const absent = inState('unreachable');
  const members = await knownMembers(context, running);
  for (const node of nodes) {
    const state = states.get(node.name);
    if (!state || !('reason' in state)) continue;
    const severity = state.state === 'unreachable' ? 'warning' : 'error';
    const reason = `${addressOf(node)}: ${state.reason}${movedText(node, members)}`;
    tell(node, state.state, reason, severity);
  }
  const compared = await atOnce(CALLS, running, (node) =>
    compare(context, node, configs.get(node.name), secrets),
  );
  const changing: NodeChange[] = [];
  for (const [i, result] of compared.entries()) {
    if ('problem' in result) tell(running[i] as Node, 'config', result.problem.message);
    else if (result.changes.length > 0) changing.push(result);
  }
  const joining = inState('maintenance');
  await checkBooted(context, joining, tell);
  const etcd = await askEtcd(context, running.filter(isControlPlane));
  for (const { hostname, addresses } of strangers(cluster, members))
    diagnostics.push({
      ...fileProblem(cluster.name, leavingText(hostname, addresses[0] ?? hostname), 'live-talos-leaving'),
      path: hostname,
    });
  const { bootstrapOn } = bootstrap(nodes, states, etcd, tell);
  if (bootstrapOn && joining.includes(bootstrapOn)) await checkVip(context, bootstrapOn, tell);
  const held = heldBack({ absent, etcd, joining, changing }, tell);
  return {
    configs,
    states,
    joining: joining.filter((node) => !held.includes(node)),
    changing: changing.filter(({ node }) => !held.includes(node)),
    ...(bootstrapOn ? { bootstrapOn } : {}),
    orphans: etcd ? [] : running.filter((node) => !isControlPlane(node)),
    absent,
    held,
    diagnostics,
  };
}

type Tell = (node: Node, rule: string, message: string, severity?: Severity) => void;

/** Where etcd begins, and who is asked for what each of them knows. */
export const firstControlPlane = (nodes: readonly Node[]): Node | undefined =>
  inOrder(nodes).find(isControlPlane);

/** Who answers at the address of each node. */
export async function askAll(
  { access }: Pick<Standalone, 'access'>,
  nodes: readonly Node[],
): Promise<Map<string, NodeState>> {
  const states = await atOnce(CALLS, nodes, (node) => askNode(access, node));
  return new Map(nodes.map(({ name }, i) => [name, states[i] as NodeState]));
}

async function compare(
  { access }: Standalone,
  node: Node,
  wanted: string | undefined,
  secrets: readonly string[],
): Promise<NodeChange | { readonly problem: TalosProblem }> {
  const none = { node, changes: [], reboot: false };
  if (wanted === undefined) return none;
  const address = addressOf(node);
  const answer = await access.ask(address, ['get', 'machineconfig', 'v1alpha1', '--output', 'json']);
  if ('problem' in answer) return answer;
  const before = readMachineConfig(answer.text);
  if (before === undefined) return { problem: UNREADABLE };
  const changes = await changesOf(access.talosctl, before, wanted, secrets);
  if (changes.length === 0) return none;
  const dry = await access.ask(address, ['apply-config', '--file', '/dev/stdin', '--dry-run'], {
    input: wanted,
  });
  return 'problem' in dry ? dry : { node, changes, reboot: needsReboot(dry.said) };
}

const UNREADABLE: TalosProblem = {
  rule: 'talos-config',
  message: 'does not show its machine configuration; is its Talos of the version in the definition?',
  transient: false,
};

/** Names of the members of etcd; undefined where no control plane knows of any. */
export async function askEtcd(
  { access }: Pick<Standalone, 'access'>,
  controlPlanes: readonly Node[],
): Promise<readonly string[] | undefined> {
  for (const node of controlPlanes) {
    const answer = await access.ask(addressOf(node), ['etcd', 'members'], { timeoutMs: ETCD_MS });
    const members = 'text' in answer ? readEtcdMembers(answer.text) : [];
    if (members.length > 0) return members.filter(({ learner }) => !learner).map(({ hostname }) => hostname);
  }
  return undefined;
}

/** Talos asks all control planes, and waits for those that are down. */
const ETCD_MS = 20_000;

/**
 * Where etcd is to begin. A second beginning would be a second cluster, so there is one only where no other control plane has a
 * configuration: this program gives them theirs after the first has begun.
 */
function bootstrap(
  nodes: readonly Node[],
  states: ReadonlyMap<string, NodeState>,
  etcd: readonly string[] | undefined,
  tell: Tell,
): { readonly bootstrapOn?: Node } {
  const [first, ...others] = nodes.filter(isControlPlane);
  if (etcd || !first) return {};
  const state = ({ name }: Node) => states.get(name)?.state;
  const silent = [first, ...others].filter((node) => state(node) === 'unreachable');
  if (silent.length > 0) {
    const names = some(silent.map(({ name }) => name));
    const message = `no other control plane shows members of etcd, so nobody knows whether etcd has begun on ${names}, and nothing joins until all control planes answer: start ${names}, or take what is not to be out of the definition`;
    tell(silent[0] ?? first, 'etcd', message);
    return {};
  }
  const configured = others.filter((node) => state(node) === 'running');
  if (configured.length === 0) return { bootstrapOn: first };
  tell(
    first,
    'etcd',
    `no control plane shows members of etcd, although ${some(configured.map(({ name }) => name))} is configured: it is down, or was begun by hand elsewhere; repair it first (talosctl service etcd, talosctl logs etcd). A second beginning would make a second cluster`,
  );
  return {};
}

/** Machines that know each other, by one that answers. */
async function knownMembers(
  { access }: Standalone,
  running: readonly Node[],
): Promise<readonly ClusterMember[]> {
  for (const node of running) {
    const answer = await access.ask(addressOf(node), ['get', 'members', '--output', 'json']);
    if ('text' in answer) return readMembers(answer.text);
  }
  return [];
}

/** Machines that the cluster knows, and the definition does not. */
function strangers({ nodes }: Cluster, members: readonly ClusterMember[]): ClusterMember[] {
  const names = new Set(nodes.map(({ name }) => name));
  const own = new Set(nodes.map(addressOf));
  return members.filter(
    ({ hostname, addresses }) => !names.has(hostname) && !addresses.some((address) => own.has(address)),
  );
}

/** Where the others find a node that is not at its address; "" where they do not know. */
function movedText(node: Node, members: readonly ClusterMember[]): string {
  const found = members.find(({ hostname }) => hostname === node.name);
  if (!found || found.addresses.length === 0 || found.addresses.includes(addressOf(node))) return '';
  const mac = node.nics[0]?.mac.toLowerCase() ?? '';
  return `. The other nodes find ${node.name} at ${some(found.addresses, 2)}: give its MAC ${mac} its address again where your DHCP server has its reservations, and restart its VM`;
}

/** An older Talos does not know all documents of a configuration; a newer one installs what the definition says. */
async function checkBooted(
  { access, cluster }: Standalone,
  joining: readonly Node[],
  tell: Tell,
): Promise<void> {
  const { talosContract, talosVersion } = cluster;
  const found = await atOnce(CALLS, joining, (node) => bootedVersion(access, node));
  for (const [i, node] of joining.entries()) {
    const version = found[i];
    if (version === undefined) continue;
    const booted = `has booted Talos ${version}`;
    if (talosMinor(version) < talosMinor(talosContract))
      tell(
        node,
        'version',
        `${booted}, which does not know all of a configuration for ${talosContract}; let its image in the definition be of ${talosVersion}, and make its VM anew: npm run up -- ${cluster.name} --allow replace:${node.name}`,
      );
    else if (talosMinor(version) > talosMinor(talosVersion))
      tell(
        node,
        'version',
        `${booted}, and installs ${talosVersion} of the definition, which is older; is its image the one that is meant?`,
        'warning',
      );
  }
}

/** Before etcd has begun, nobody but a stranger can have the shared address. */
async function checkVip(context: Standalone, first: Node, tell: Tell): Promise<void> {
  const { vip } = context.management;
  const found = vip === undefined ? undefined : await squatterAt(context, vip);
  if (vip === undefined || !found) return;
  const message = `the VIP ${vip}, which the control planes will share, is taken: ${found.who}. Free it, or give another address in standalone.vip, outside of what DHCP gives away; whoever has it would get what is meant for the cluster`;
  tell(first, 'vip', message, found.isSure ? 'error' : 'warning');
}

/**
 * Control planes that are neither changed nor joined: with one member away, etcd has none to spare, and a further one that fails to
 * come would cost it its majority.
 */
function heldBack(
  {
    absent,
    etcd = [],
    joining,
    changing,
  }: Pick<Survey, 'absent' | 'joining' | 'changing'> & { readonly etcd?: readonly string[] | undefined },
  tell: Tell,
): Node[] {
  const away = absent.filter(({ name }) => etcd.includes(name));
  if (away.length === 0) return [];
  const held = [...joining, ...changing.map(({ node }) => node)].filter(isControlPlane);
  for (const node of held)
    tell(
      node,
      'held',
      `stays as it is until ${some(away.map(({ name }) => name))} answers: a member of etcd is away, and etcd could lose its majority`,
      'warning',
    );
  return held;
}

/** How a node is taken out by hand. */
export const leavingText = (name: string, address: string): string =>
  `is a member of the cluster and not in the definition, and this program does not remove nodes without Omni; take it back into the definition, or remove it by hand, while it runs: kubectl drain ${name} --ignore-daemonsets --delete-emptydir-data, talosctl reset --graceful --nodes ${address}, kubectl delete node ${name}`;
