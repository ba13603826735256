import type { Node } from '../../../model/cluster/cluster';
import { readStage } from '../../../model/talos/node-answers';
import { some } from '../../../model/support/text';
import { isControlPlane } from '../../../model/talos/order';
import { atOnce } from '../../lib/platform/at-once';
import { addressOf, askNode } from '../../lib/talos/nodes';
import type { Standalone } from './context';
import { askEtcd } from './survey';

/** What is still missing, in words; empty when all is as it should be. */
type Missing = readonly string[];

const FIRST_DELAY = 500;
const LONGEST_DELAY = 5000;

/**
 * Asks again and again until nothing is missing, or the time is over. Tells what it waits for whenever that changes.
 *
 * @returns what is missing at the end
 */
export async function waitUntil(
  { clock, signal, io }: Pick<Standalone, 'clock' | 'signal' | 'io'>,
  waitMs: number,
  look: () => Promise<Missing>,
): Promise<Missing> {
  const deadline = clock.now() + waitMs;
  let told = '';
  for (let delay = FIRST_DELAY; ; delay = Math.min(delay * 1.5, LONGEST_DELAY)) {
    const missing = await look();
    if (missing.length === 0 || signal.aborted || clock.now() >= deadline) return missing;
    const text = some(missing, 4);
    if (text !== told) io.err(`waiting: ${text}\n`);
    told = text;
    await clock.sleep(Math.min(delay, Math.max(0, deadline - clock.now())), signal);
  }
}

/** A node that has its configuration, and runs with it. */
export async function missingOfNode(
  context: Standalone,
  node: Node,
  isReady = true,
): Promise<string | undefined> {
  const found = await askNode(context.access, node);
  if ('reason' in found) return `${node.name}: ${found.reason}`;
  if (found.state === 'maintenance')
    return `${node.name} is still in maintenance mode; the console of VM ${node.vmId} on ${node.server.nodeName} says why it does not install Talos`;
  if (!isReady) return undefined;
  const answer = await context.access.ask(addressOf(node), ['get', 'machinestatus', '--output', 'json']);
  if ('problem' in answer) return `${node.name}: ${answer.problem.message}`;
  const stage = readStage(answer.text);
  if (stage === undefined) return `${node.name} does not tell its stage`;
  if (stage.stage !== 'running') return `${node.name} is ${stage.stage}`;
  const unmet = stage.unmet.filter((what) => !isExpected(context, what));
  return stage.ready || (stage.unmet.length > 0 && unmet.length === 0)
    ? undefined
    : `${node.name} is not ready (${some(unmet, 3) || 'it does not say why'})`;
}

/** Without a network plugin no node is ready in Kubernetes, until somebody installs one. */
const isExpected = ({ management }: Standalone, unmet: string): boolean =>
  management.cni === 'none' && unmet.startsWith('nodeReady');

/** Members of etcd that some of these control planes are not. */
export async function missingOfEtcd(context: Standalone, controlPlanes: readonly Node[]): Promise<Missing> {
  const members = await askEtcd(context, controlPlanes);
  if (members === undefined) return ['etcd does not answer yet'];
  const known = new Set(members);
  return controlPlanes
    .filter(({ name }) => !known.has(name))
    .map(({ name }) => `${name} is no member of etcd yet`);
}

/** What nodes of a cluster lack, and its etcd. */
export async function missingOfNodes(context: Standalone, nodes: readonly Node[]): Promise<Missing> {
  const states = await atOnce(6, nodes, (node) => missingOfNode(context, node));
  const missing = states.flatMap((one) => one ?? []);
  return [...missing, ...(await missingOfEtcd(context, nodes.filter(isControlPlane)))];
}
