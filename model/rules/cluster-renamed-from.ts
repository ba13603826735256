import type { ClusterDraft } from '../cluster/definition/draft';
import { clusterRule, error, runRule } from './lib/rule';

const PATH = ['renamed_from'];

export const clusterRenamedFrom = runRule(
  'cluster-renamed-from',
  'The `renamed_from` of a cluster is a name that no other cluster has or had',
  function* (clusters) {
    const owners = new Map<string, ClusterDraft>();
    for (const cluster of clusters) owners.set(cluster.name, cluster);
    for (const cluster of clusters) {
      const { renamedFrom } = cluster;
      if (renamedFrom === undefined) continue;
      const owner = owners.get(renamedFrom);
      // It is a tag of the VMs, and Proxmox takes no other characters for one.
      if (!/^[A-Za-z0-9_][\w.+-]*$/.test(renamedFrom)) {
        const message = `"${renamedFrom}" was never the name of a cluster; write the former cluster_name`;
        yield { ...error(PATH, message), cluster };
      } else if (owner === cluster) {
        const message = `"${renamedFrom}" is the name that the cluster has; remove renamed_from, or write the former name`;
        yield { ...error(PATH, message), cluster };
      } else if (owner) {
        const message = `"${renamedFrom}" is or was also cluster "${owner.name}", and UUIDs would be the same; give that one another name, or remove renamed_from`;
        yield { ...error(PATH, message), cluster };
      } else owners.set(renamedFrom, cluster);
    }
  },
);

export const clusterRenamedInOmni = clusterRule(
  'cluster-renamed-in-omni',
  'A cluster that Omni manages keeps its name: Omni cannot rename it',
  function* ({ definition, management, renamedFrom, name }) {
    const isOmni = management.kind === 'omni' && definition.omni !== undefined;
    if (renamedFrom === undefined || !isOmni) return;
    yield error(
      PATH,
      `Omni cannot rename "${renamedFrom}": "${name}" would be another cluster there, and take its machines; keep cluster_name: ${renamedFrom}`,
    );
  },
);
