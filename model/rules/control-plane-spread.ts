import type { NodeDraft } from '../cluster/definition/draft';
import { clusterRule, warning } from './lib/rule';

export const controlPlaneSpread = clusterRule(
  'control-plane-spread',
  'With three servers or more, no server holds the majority of the control planes',
  function* ({ nodes, servers }) {
    const controlPlanes = nodes.filter(({ role }) => role === 'control-plane');
    const n = controlPlanes.length;
    // With two servers one of them always holds the majority.
    if (servers.length < 3 || n < 3) return;

    const byServer = new Map<string, NodeDraft[]>();
    for (const node of controlPlanes) {
      if (!node.server) continue;
      const group = byServer.get(node.server.key);
      if (group) group.push(node);
      else byServer.set(node.server.key, [node]);
    }
    const most = Math.ceil(n / 2) - 1;
    for (const [key, group] of byServer) {
      const last = group[group.length - 1];
      if (group.length * 2 <= n || !last) continue;
      yield warning(
        last.where('proxmox_server'),
        `${group.length} of ${n} control planes are on "${key}", and without it etcd stops; place at most ${most} on one server`,
      );
    }
  },
);
