import type { Node } from '../../../model/cluster/cluster';
import { fileProblem, type Diagnostic } from '../../../model/diagnostics/diagnostics';
import { some } from '../../../model/support/text';
import { configChanges, readConfig, type ConfigChange } from '../../../model/talos/config-changes';
import {
  readEtcdMembers,
  readMachineConfig,
  readMembers,
  needsReboot,
} from '../../../model/talos/node-answers';
import { inOrder, isControlPlane } from '../../../model/talos/order';
import { atOnce } from '../../lib/platform/at-once';
import type { FilledPatches } from '../../lib/talos/config-secrets';
import { machineConfig } from '../../lib/talos/machine-config';
import { addressOf, askNode, type NodeState } from '../../lib/talos/nodes';
import type { TalosProblem } from '../../lib/talos/problems';
import type { Standalone } from './context';

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
  readonly diagnostics: readonly Diagnostic[];
}

/** Calls at a time: talosctl is a heavy program. */
const CALLS = 6;

/** Looks at all nodes of a cluster, and changes nothing. */
export async function survey(context: Standalone, { patches, secrets }: FilledPatches): Promise<Survey> {
  const { cluster, management, access } = context;
  const nodes = inOrder(cluster.nodes);
  const diagnostics: Diagnostic[] = [];
  const tell = (node: Node, rule: string, message: string): void =>
    void diagnostics.push({ ...fileProblem(cluster.name, message, `live-talos-${rule}`), path: node.name });

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
  for (const node of nodes) {
    const state = states.get(node.name);
    if (state && 'reason' in state) tell(node, state.state, `${addressOf(node)}: ${state.reason}`);
  }
  const running = nodes.filter(({ name }) => states.get(name)?.state === 'running');
  const compared = await atOnce(CALLS, running, (node) =>
    compare(context, node, configs.get(node.name), secrets),
  );
  const changing: NodeChange[] = [];
  for (const [i, result] of compared.entries()) {
    if ('problem' in result) tell(running[i] as Node, 'config', result.problem.message);
    else if (result.changes.length > 0) changing.push(result);
  }
  const joining = nodes.filter(({ name }) => states.get(name)?.state === 'maintenance');
  const etcd = await askEtcd(context, running.filter(isControlPlane));
  const strangers = await leftOver(context, running);
  for (const { hostname, addresses } of strangers)
    diagnostics.push({
      ...fileProblem(cluster.name, leavingText(hostname, addresses[0] ?? hostname), 'live-talos-leaving'),
      path: hostname,
    });
  return {
    configs,
    states,
    joining,
    changing,
    ...bootstrap(nodes, states, etcd, tell),
    orphans: etcd ? [] : running.filter((node) => !isControlPlane(node)),
    diagnostics,
  };
}

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
  const changes = configChanges(readConfig(before), readConfig(wanted), secrets);
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
  tell: (node: Node, rule: string, message: string) => void,
): { readonly bootstrapOn?: Node } {
  const [first, ...others] = nodes.filter(isControlPlane);
  if (etcd || !first) return {};
  const state = ({ name }: Node) => states.get(name)?.state;
  const configured = others.filter((node) => state(node) === 'running');
  if (configured.length === 0) return { bootstrapOn: first };
  tell(
    first,
    'etcd',
    `no control plane shows members of etcd, although ${some(configured.map(({ name }) => name))} is configured: it is down, or was begun by hand elsewhere; repair it first (talosctl service etcd, talosctl logs etcd). A second beginning would make a second cluster`,
  );
  return {};
}

/** Machines that the cluster knows, and the definition does not. */
async function leftOver({ cluster, access }: Standalone, running: readonly Node[]) {
  for (const node of running) {
    const answer = await access.ask(addressOf(node), ['get', 'members', '--output', 'json']);
    if ('problem' in answer) continue;
    const names = new Set(cluster.nodes.map(({ name }) => name));
    const own = new Set(cluster.nodes.map(addressOf));
    return readMembers(answer.text).filter(
      ({ hostname, addresses }) => !names.has(hostname) && !addresses.some((address) => own.has(address)),
    );
  }
  return [];
}

/** How a node is taken out by hand. */
export const leavingText = (name: string, address: string): string =>
  `is a member of the cluster and not in the definition, and this program does not remove nodes without Omni; take it back into the definition, or remove it by hand, while it runs: kubectl drain ${name} --ignore-daemonsets --delete-emptydir-data, talosctl reset --graceful --nodes ${address}, kubectl delete node ${name}`;
