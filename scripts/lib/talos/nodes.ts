import type { Node } from '../../../model/cluster/cluster';
import { foreignMachine } from '../../../model/talos/identify';
import { readIdentity, type MachineIdentity } from '../../../model/talos/node-answers';
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
  if (!MAYBE_MAINTENANCE.has(ours.problem.rule)) return withoutAnswer(ours.problem);
  const free = await askInsecurely(access, address);
  if ('identity' in free) return judged('maintenance', node, free.identity);
  if (free.problem.rule === 'talos-needs-certificate') return { state: 'foreign', reason: OTHER_CLUSTER };
  return withoutAnswer(free.problem);
}

/** A machine in maintenance mode has a certificate of its own, and does not know those of any cluster. */
const MAYBE_MAINTENANCE: ReadonlySet<string> = new Set(['talos-other-ca', 'talos-address']);

const OTHER_CLUSTER =
  'a node of another cluster answers there, or the secrets beside the definition are not those of this cluster: its certificate is signed by another CA';

/**
 * Asks without a certificate. A node that wants one says so after it has taken the connection: where it ends that at the same
 * moment, talosctl sees a broken pipe in place of the reason, and a further try tells.
 */
async function askInsecurely(access: TalosAccess, address: string): ReturnType<typeof identify> {
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

const withoutAnswer = ({ transient, message }: TalosProblem): NodeState => ({
  state: transient ? 'unreachable' : 'failed',
  reason: message,
});
