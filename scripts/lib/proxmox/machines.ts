import type { AssembledCluster } from '../../../model/assembly/read';
import { liveMachine, type LiveMachine, type LiveMachines } from '../../../model/proxmox/machine';
import { nodesToAsk, type Plan } from '../../../model/review';
import { byBytes } from '../../../model/support/text';
import { Collector } from './collect';

const TIMEOUT_MS = 10_000;

/** Asks the servers for what a plan does not show of the VMs that it changes. Reads only; nobody is asked for nothing. */
export async function askLiveMachines(
  plan: Plan,
  { cluster, draft }: AssembledCluster,
): Promise<LiveMachines> {
  const names = nodesToAsk(plan, cluster);
  const machines = new Map<string, LiveMachine>();
  const problems = new Set<string>();
  if (names.size === 0) return { machines, problems: [] };
  const nodes = cluster.nodes.filter(({ name }) => names.has(name));
  const servers = draft.servers.filter(({ key }) => nodes.some(({ server }) => server.key === key));
  const collector = new Collector({ env: process.env, timeout: TIMEOUT_MS });
  try {
    const guests = await collector.guests(servers);
    await Promise.all(
      nodes.map(async ({ name, vmId, server: { key } }) => {
        const server = servers.find((one) => one.key === key);
        const answer = guests.get(key);
        if (!server || !answer || !('ok' in answer)) return problems.add(`${key}: the server lets nobody in`);
        if (!answer.ok) return problems.add(`${key}: ${answer.reason}`);
        const guest = answer.value.find(({ vmid, type }) => vmid === vmId && type === 'qemu');
        if (!guest) return problems.add(`${name}: ${key} shows no VM ${vmId}`);
        const config = await collector.config(server, guest);
        return config.ok
          ? machines.set(name, liveMachine(config.value))
          : problems.add(`${name}: ${config.reason}`);
      }),
    );
    return { machines, problems: [...problems].sort(byBytes) };
  } finally {
    await collector.close();
  }
}
