import type { ClusterDraft, NodeDraft } from '../cluster/definition/draft';
import { count } from '../support/text';
import { nameOf } from './lib/names';
import { byPlace, nodeNames, someOf } from './lib/places';
import { error, runRule } from './lib/rule';

interface User {
  readonly cluster: ClusterDraft;
  readonly node: NodeDraft;
}

const mappingId = (server: { site: string; nodeName: string }, mapping: string): string =>
  [server.site, server.nodeName, mapping].join('\n');

export const gpuMappingShared = runRule(
  'gpu-mapping-shared',
  'On one server, no more VMs use a PCI mapping than it has devices there',
  function* (clusters) {
    const devices = new Map<string, number>();
    const users = new Map<string, { mapping: string; users: User[] }>();
    for (const cluster of clusters) {
      for (const mapping of cluster.pciMappings) {
        const own = new Map<string, number>();
        for (const { server } of mapping.devices) {
          if (server)
            own.set(mappingId(server, mapping.name), (own.get(mappingId(server, mapping.name)) ?? 0) + 1);
        }
        // Two owners of a mapping are told by another rule.
        for (const [id, n] of own) devices.set(id, Math.max(n, devices.get(id) ?? 0));
      }
      for (const node of cluster.nodes) {
        for (const mapping of node.server ? new Set(node.gpuMappings) : []) {
          const id = node.server ? mappingId(node.server, mapping) : '';
          const group = users.get(id);
          if (group) group.users.push({ cluster, node });
          else users.set(id, { mapping, users: [{ cluster, node }] });
        }
      }
    }
    for (const [id, { mapping, users: all }] of users) {
      // Of a mapping that exists on the server we know nothing, and one device is the usual.
      const n = devices.get(id) ?? 1;
      const excess = all.slice(n);
      for (const cluster of new Set(excess.map((user) => user.cluster))) {
        const nodes = excess.flatMap((user) => (user.cluster === cluster ? user.node : []));
        const holders = all.slice(0, n).map((user) => nameOf(user.node, user.cluster, cluster));
        for (const { path, nodes: late } of byPlace(nodes, 'gpu_mappings')) {
          const message = `mapping "${mapping}" has ${count(n, 'device')} on "${late[0].server?.key}", taken by ${someOf(holders)}, so ${nodeNames(late)} cannot start; give each VM a device of its own`;
          yield { ...error(path, message), cluster };
        }
      }
    }
  },
);
