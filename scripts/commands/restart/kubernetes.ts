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

/** A node as Kubernetes sees it. */
export async function nodeState(name: string): Promise<Result<NodeState>> {
  const answer = await kubectl(['get', 'node', name, '-o', 'json', '--request-timeout=10s']);
  if ('problem' in answer) return answer;
  try {
    const { status } = JSON.parse(answer.text) as {
      status: { nodeInfo: { bootID: string }; conditions: { type: string; status: string }[] };
    };
    const ready = status.conditions.some((one) => one.type === 'Ready' && one.status === 'True');
    return { bootId: status.nodeInfo.bootID, ready };
  } catch {
    return { problem: `kubectl get node ${name}: the answer cannot be read` };
  }
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
