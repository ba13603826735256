import type { AssembledCluster } from '../../../model/assembly/read';
import type { ServerDraft } from '../../../model/cluster/definition/draft';
import { accessFindings } from '../../../model/doctor/access';
import type { Guest } from '../../../model/proxmox/answers';
import { pendingChanges, type WaitingNode, type WaitingNodes } from '../../../model/proxmox/pending';
import { byBytes } from '../../../model/support/text';
import { Collector, type CollectOptions, type GuestsAnswer } from './collect';

/** Where a node is. */
export interface Machine {
  readonly name: string;
  /** Key of its server. */
  readonly server: string;
  readonly vmId: number;
}

const TIMEOUT_MS = 10_000;

/** Asks which nodes of a definition have changes that wait for a restart. Reads only. */
export const waitingIn = ({ cluster, draft }: AssembledCluster): Promise<WaitingNodes> =>
  askWaiting(
    draft.servers,
    cluster.nodes.map(({ name, server, vmId }) => ({ name, server: server.key, vmId })),
    { env: process.env, timeout: TIMEOUT_MS },
  );

/** Asks which running VMs have changes that wait for a restart. Reads only. */
async function askWaiting(
  servers: readonly ServerDraft[],
  machines: readonly Machine[],
  options: CollectOptions,
): Promise<WaitingNodes> {
  const collector = new Collector(options);
  try {
    const used = servers.filter(({ key }) => machines.some(({ server }) => server === key));
    const answered = await collector.guests(used);
    const guests = new Map<string, readonly Guest[]>();
    const problems: string[] = [];
    for (const server of used) {
      const answer = answered.get(server.key);
      if (answer && 'ok' in answer && answer.ok) guests.set(server.key, answer.value);
      else problems.push(`${server.key}: ${reasonOf(server, answer)}`);
    }
    const waiting = await waitingOf(collector, used, machines, guests);
    return { nodes: waiting.nodes, problems: [...problems, ...waiting.problems] };
  } finally {
    await collector.close();
  }
}

function reasonOf(server: ServerDraft, answer?: GuestsAnswer): string {
  if (answer && 'ok' in answer) return answer.ok ? '' : answer.reason;
  return [...accessFindings(server, answer)].map(({ message }) => message).join('; ');
}

/** The same of servers that have told their guests already. */
export async function waitingOf(
  collector: Collector,
  servers: readonly ServerDraft[],
  machines: readonly Machine[],
  guests: ReadonlyMap<string, readonly Guest[]>,
): Promise<WaitingNodes> {
  const problems: string[] = [];
  const asked = machines.map(async ({ name, server: key, vmId }): Promise<WaitingNode[]> => {
    const server = servers.find((one) => one.key === key);
    const guest = guests.get(key)?.find(({ vmid, type }) => vmid === vmId && type === 'qemu');
    // A VM that is stopped takes everything at its next start.
    if (!server || guest?.status !== 'running') return [];
    const answer = await collector.pending(server, guest);
    if (!answer.ok) problems.push(`${name}: ${answer.reason}`);
    const changes = answer.ok ? pendingChanges(answer.value) : [];
    return changes.length > 0 ? [{ name, changes }] : [];
  });
  const nodes = (await Promise.all(asked)).flat().sort((a, b) => byBytes(a.name, b.name));
  return { nodes, problems: problems.sort(byBytes) };
}
