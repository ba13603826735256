import type { ClusterDraft } from '../cluster/definition/draft';
import { error, runRule } from './lib/rule';

export const pciMappingOwner = runRule(
  'pci-mapping-owner',
  'One cluster at most owns a PCI mapping of a Proxmox server or cluster',
  function* (clusters) {
    const owners = new Map<string, ClusterDraft>();
    for (const cluster of clusters) {
      for (const { name, path, devices } of cluster.pciMappings) {
        let other: ClusterDraft | undefined;
        for (const site of new Set(devices.flatMap(({ server }) => server?.site ?? []))) {
          const id = `${site}\n${name}`;
          other ??= owners.get(id);
          if (!owners.has(id)) owners.set(id, cluster);
        }
        if (!other) continue;
        const message = `mapping "${name}" also belongs to cluster "${other.name}"; remove it here, gpu_mappings can name it all the same`;
        yield { ...error(path, message), cluster, atKey: true };
      }
    }
  },
);
