import type { ClusterDraft } from '../cluster/definition/draft';
import { error, runRule } from './lib/rule';

export const resourcePoolId = runRule(
  'resource-pool-id',
  'The id of a resource pool is one that Proxmox takes, and one cluster at most creates it',
  function* (clusters) {
    const creators = new Map<string, ClusterDraft>();
    for (const cluster of clusters) {
      const pool = cluster.definition.resource_pool;
      if (pool?.id === undefined) continue;
      const path = ['resource_pool', 'id'];
      if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(pool.id)) {
        const fixed = pool.id.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '') || 'talos';
        yield {
          ...error(
            path,
            `only letters, digits, ".", "_" and "-" in the id of a pool, not "${pool.id}"; use "${fixed}"`,
          ),
          cluster,
        };
      } else if (pool.create) {
        let other: ClusterDraft | undefined;
        for (const site of new Set(cluster.servers.map((server) => server.site))) {
          const id = `${site}\n${pool.id}`;
          other ??= creators.get(id);
          if (!creators.has(id)) creators.set(id, cluster);
        }
        if (!other) continue;
        const message = `pool "${pool.id}" is also created by cluster "${other.name}", and only one can; write create: false here`;
        yield { ...error(path, message), cluster };
      }
    }
  },
);
