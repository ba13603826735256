import type { Node } from '../../../model/cluster/cluster';
import { foreignMachine } from '../../../model/talos/identify';
import { readBootedVersion, readIdentity, type MachineIdentity } from '../../../model/talos/node-answers';
import { askPort } from '../platform/port';
import type { TalosAccess } from './access';
import type { TalosProblem } from './problems';

/** What answers at the address of a node. */
export type NodeState =
  /** The machine of the node, without a configuration. */
  | { readonly state: 'maintenance'; readonly identity: MachineIdentity }
  /** The machine of the node, in this cluster. */
  | { readonly state: 'running'; readonly identity: MachineIdentity }
  /** Another machine, or one of another cluster: it gets nothing from us. */
  | { readonly state: 'foreign'; readonly reason: string }
  /** Nothing that can be talked to, for now. */
  | { readonly state: 'unreachable'; readonly reason: string }
  /** An answer that waiting does not change. */
  | { readonly state: 'failed'; readonly reason: string };

/** Address under which a node is configured and asked: its own, and never one that it shares. */
export const addressOf = ({ nics }: Pick<Node, 'nics'>): string => nics[0]?.ip ?? '';

/** Asks who answers at the address of a node. Sends no secret: talosctl presents a certificate to its own cluster only. */
export async function askNode(access: TalosAccess, node: Node): Promise<NodeState> {
  const address = addressOf(node);
  const ours = await identify((args) => access.ask(address, args));
  if ('identity' in ours) return judged('running', node, ours.identity);
  if (!MAYBE_MAINTENANCE.has(ours.problem.rule)) return withoutAnswer(node, ours.problem);
  const free = await identifyInsecurely(access, address);
  if ('identity' in free) return judged('maintenance', node, free.identity);
  if (free.problem.rule === 'talos-needs-certificate') return { state: 'foreign', reason: OTHER_CLUSTER };
  return withoutAnswer(node, free.problem);
}

/** Version of the Talos that a machine in maintenance mode has booted; undefined where it does not say. */
export async function bootedVersion(access: TalosAccess, node: Node): Promise<string | undefined> {
  const args = ['get', 'version', '--output', 'json', '--insecure', '--nodes', addressOf(node)];
  const answer = await access.talosctl.call(args);
  return 'text' in answer ? readBootedVersion(answer.text) : undefined;
}

/** A machine in maintenance mode has a certificate of its own, and does not know those of any cluster. */
const MAYBE_MAINTENANCE: ReadonlySet<string> = new Set(['talos-other-ca', 'talos-address']);

const OTHER_CLUSTER =
  'a node of another cluster answers there, or the secrets beside the definition are not those of this cluster: its certificate is signed by another CA';

/**
 * Asks without a certificate. A node that wants one says so after it has taken the connection: where it ends that at the same
 * moment, talosctl sees a broken pipe in place of the reason, and a further try tells.
 */
export async function identifyInsecurely(access: TalosAccess, address: string): ReturnType<typeof identify> {
  const ask: Ask = (args) => access.talosctl.call([...args, '--insecure', '--nodes', address]);
  let found = await identify(ask);
  for (let tries = 1; tries < TRIES && 'problem' in found; tries++) {
    if (found.problem.rule !== 'talos-cut-off') break;
    found = await identify(ask);
  }
  return found;
}

const TRIES = 6;

type Ask = (args: readonly string[]) => ReturnType<TalosAccess['ask']>;

async function identify(
  ask: Ask,
): Promise<{ readonly identity: MachineIdentity } | { readonly problem: TalosProblem }> {
  const system = await ask(['get', 'systeminformation', '--output', 'json']);
  if ('problem' in system) return system;
  const links = await ask(['get', 'links', '--output', 'json']);
  // Who it is may be told by one of them alone.
  const text = 'text' in links ? links.text : '';
  return { identity: readIdentity({ system: system.text, links: text }) };
}

function judged(state: 'running' | 'maintenance', node: Node, identity: MachineIdentity): NodeState {
  const reason = foreignMachine(node, identity);
  return reason === undefined ? { state, identity } : { state: 'foreign', reason };
}

async function withoutAnswer(node: Node, { rule, transient, message }: TalosProblem): Promise<NodeState> {
  if (!transient) return { state: 'failed', reason: message };
  const isHung = rule === 'talos-timeout' && (await askPort(addressOf(node), TALOS_PORT)) === 'open';
  return { state: 'unreachable', reason: isHung ? hung(node) : message };
}

const TALOS_PORT = 50000;

const hung = ({ vmId, server }: Node): string =>
  `takes connections at port ${TALOS_PORT}, and answers nothing: its Talos hangs; look at the console of its VM, and start that anew with qm reset ${vmId} on ${server.nodeName}`;
