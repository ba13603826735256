import type { ClusterDraft, ServerDraft } from '../cluster/definition/draft';
import type { SeenServer, Survey } from '../init/survey';
import type { ClusterSnapshot, ServerAnswers } from '../proxmox/snapshot';
import { warning, type Finding } from '../rules/lib/rule';
import { list } from '../support/text';
import { own } from '../support/json';

const GIB = 2 ** 30;

/** What of servers is not as it was when `init` wrote down what they have. One finding for each. */
export function* changedSince(
  { name, servers }: ClusterDraft,
  { servers: seen }: Survey,
  live: ClusterSnapshot,
): Generator<Finding> {
  for (const server of servers) {
    const [before, now] = [own(seen, server.key), live.get(server.key)];
    if (!before || !now || now.problem) continue;
    const changes = [...changesOf(before, now, server)];
    if (changes.length === 0) continue;
    const message = `"${server.key}" is not as it was when clusters/${name}.servers.json was written: ${list(changes)}; if that is meant: npm run init -- --name ${name} --update-servers`;
    yield { ...warning(server.path, message), atKey: true };
  }
}

function* changesOf(before: SeenServer, now: ServerAnswers, { nodeName }: ServerDraft): Generator<string> {
  if (now.version !== before.version) yield `Proxmox VE ${now.version} instead of ${before.version}`;
  if (nodeName !== before.node_name) yield `node ${nodeName} instead of ${before.node_name}`;
  if (now.status.ok) {
    const gb = Math.floor(now.status.value.memory.total / GIB);
    const { cpus } = now.status.value.cpuinfo;
    if (gb !== before.memory_gb) yield `${gb} GB of memory instead of ${before.memory_gb}`;
    if (cpus !== before.cpus) yield `${cpus} threads instead of ${before.cpus}`;
  }
  if (now.storages.ok) {
    const there = now.storages.value.filter(({ enabled, active }) => enabled && active);
    for (const { name, type, content } of before.storages) {
      const same = there.find(({ storage }) => storage === name);
      const less = content.filter((kind) => same?.content.includes(kind) === false);
      if (!same) yield `no storage ${name}`;
      else if (same.type !== type) yield `storage ${name} is ${same.type} instead of ${type}`;
      else if (less.length > 0) yield `storage ${name} holds no ${less.join(' and ')}`;
    }
  }
  if (now.interfaces.ok) {
    const there = new Set(now.interfaces.value.map(({ iface }) => iface));
    for (const { name } of before.bridges) if (!there.has(name)) yield `no bridge ${name}`;
  }
  // Asked only where the definition passes devices through.
  if (now.pci.ok) {
    const there = new Set(now.pci.value.map(({ id }) => id));
    for (const { path, id } of before.devices) if (!there.has(path)) yield `no device ${id} at ${path}`;
  }
}
