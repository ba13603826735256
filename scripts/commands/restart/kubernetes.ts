import { z } from 'zod';
import { parseJsonAs } from '../../../model/support/json';
import { run } from '../../lib/platform/exec';

/** What kubectl says of a node. */
export interface NodeState {
  /** Another one after each boot. */
  readonly bootId: string;
  readonly ready: boolean;
}

type Result<T> = T | { readonly problem: string };

async function kubectl(args: readonly string[]): Promise<Result<{ readonly text: string }>> {
  const { code, stdout, stderr, missing } = await run('kubectl', args);
  if (missing)
    return {
      problem:
        'kubectl is not installed; install it, with a kubeconfig of the cluster in KUBECONFIG, or give --no-drain',
    };
  return code === 0
    ? { text: stdout }
    : { problem: `kubectl ${args[0] ?? ''}: ${stderr.trim() || `ended with code ${code}`}` };
}

/** What is read of a node in Kubernetes. */
const NODE = z.object({
  status: z.object({
    nodeInfo: z.object({ bootID: z.string() }),
    conditions: z.array(z.object({ type: z.string(), status: z.string() })),
  }),
});

/** A node as Kubernetes sees it. */
export async function nodeState(name: string): Promise<Result<NodeState>> {
  const answer = await kubectl(['get', 'node', name, '-o', 'json', '--request-timeout=10s']);
  if ('problem' in answer) return answer;
  const read = parseJsonAs(answer.text, NODE);
  if ('problem' in read)
    return { problem: `kubectl get node ${name}: its answer cannot be used (${read.problem})` };
  const { nodeInfo, conditions } = read.value.status;
  const ready = conditions.some((one) => one.type === 'Ready' && one.status === 'True');
  return { bootId: nodeInfo.bootID, ready };
}

/** Moves the pods of a node elsewhere, with the time that they are given. @returns why that failed */
export async function drain(name: string): Promise<string | undefined> {
  const flags = ['--ignore-daemonsets', '--delete-emptydir-data', '--timeout=10m'];
  const answer = await kubectl(['drain', name, ...flags]);
  return 'problem' in answer ? answer.problem : undefined;
}

/** Lets pods come back. @returns why that failed */
export async function uncordon(name: string): Promise<string | undefined> {
  const answer = await kubectl(['uncordon', name]);
  return 'problem' in answer ? answer.problem : undefined;
}
