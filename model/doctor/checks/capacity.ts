import { error, warning } from '../../rules/lib/rule';
import { someOf } from '../../rules/lib/places';
import type { NodeDraft } from '../../cluster/definition/draft';
import { liveCheck, need, type LiveContext } from '../lib/check';
import { guestsOf, isOfCluster } from '../lib/guests';

/** Part of the memory that Proxmox, its caches and the host keep. */
const FOR_HOST = 0.2;

const GIB = 2 ** 30;

export const capacity = liveCheck('live-capacity', 'memory and cores', function* (context) {
  const { server, nodes, live, run } = context;
  const { cpuinfo, memory } = need(live.status);
  for (const node of nodes) {
    if (node.cpuCores > cpuinfo.cpus) {
      yield error(
        node.where('cpu_cores'),
        `${node.cpuCores} cores are more than the ${cpuinfo.cpus} of "${server.key}", where ${node.name} would not start; write ${cpuinfo.cpus} or less`,
      );
    }
  }
  const foreign = guestsOf(live).filter(
    ({ guest }) =>
      guest.node === server.nodeName &&
      guest.status === 'running' &&
      !run.some((cluster) => isOfCluster(guest, cluster)),
  );
  const defined = [...definedOn(context)];
  const wanted = defined.reduce((sum, { memoryMb }) => sum + memoryMb / 1024, 0);
  const used = foreign.reduce((sum, { guest }) => sum + guest.maxmem / GIB, 0);
  const usable = Math.floor((memory.total / GIB) * (1 - FOR_HOST));
  if (wanted + used <= usable) return;
  const others =
    foreign.length > 0
      ? ` beside ${gb(used)} of ${someOf(foreign.map(({ guest }) => guest.name ?? String(guest.vmid)))}`
      : '';
  const message = `"${server.key}" would hold ${gb(wanted)} of defined VMs${others}, and has ${usable} GB for VMs (${gb(memory.total / GIB)} less 20 %); move nodes elsewhere or lower memory_mb`;
  yield warning(server.path, message);
});

const gb = (amount: number): string => `${Math.round(amount)} GB`;

/** Nodes of all definitions of the run that are on the same machine. */
function* definedOn({ run, server }: LiveContext): Generator<NodeDraft> {
  for (const { nodes } of run) {
    for (const node of nodes) {
      if (node.started && node.server?.site === server.site && node.server.nodeName === server.nodeName)
        yield node;
    }
  }
}
