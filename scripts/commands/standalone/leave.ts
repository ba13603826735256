import type { AssembledCluster } from '../../../model/assembly/read';
import type { Io } from '../../../model/diagnostics/io';
import { readMembers } from '../../../model/talos/node-answers';
import { isControlPlane } from '../../../model/talos/order';
import { addressOf } from '../../lib/talos/nodes';
import { openStandalone, type Standalone } from './context';
import { askEtcd, leavingText } from './survey';

/**
 * Nodes whose VMs are to be destroyed, and which the cluster still has: without Omni they are taken out by hand, while they run.
 *
 * @returns a line each; empty where all of them have left
 */
export async function missingLeaves(
  chosen: AssembledCluster,
  leave: readonly string[],
  io: Io,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const opened = await openStandalone(chosen, io, signal, (context) => stillThere(context, leave));
  return 'problems' in opened ? opened.problems.map((problem) => `error: ${problem}`) : opened.lines;
}

async function stillThere(
  context: Standalone,
  leave: readonly string[],
): Promise<{ readonly lines: readonly string[] }> {
  const { access, cluster } = context;
  for (const node of cluster.nodes) {
    const answer = await access.ask(addressOf(node), ['get', 'members', '--output', 'json']);
    if ('problem' in answer) continue;
    const members = new Map(readMembers(answer.text).map((member) => [member.hostname, member]));
    const etcd = new Set(await askEtcd(context, cluster.nodes.filter(isControlPlane)));
    return {
      lines: leave
        .filter((name) => members.has(name) || etcd.has(name))
        .map((name) => `error: ${name} ${leavingText(name, members.get(name)?.addresses[0] ?? name)}`),
    };
  }
  const none = `error: no node of ${cluster.name} answers, so nobody can say whether ${leave.join(', ')} left the cluster`;
  return { lines: [none] };
}
