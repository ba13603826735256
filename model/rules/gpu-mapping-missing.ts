import { lacking } from './lib/lacking';
import { brokenSomewhere } from './lib/places';
import { clusterRule, error } from './lib/rule';

export const gpuMappingMissing = clusterRule(
  'gpu-mapping-missing',
  'A GPU worker names its PCI mappings, and those of `pci_mappings` have a device on its server',
  function* (cluster) {
    const { nodes, pciMappings } = cluster;
    const servers = new Map(
      pciMappings.map(({ name, devices }) => [name, devices.map(({ server }) => server?.key)]),
    );

    const open = nodes.filter((node) => node.role === 'gpu-worker' && !node.has('gpu_mappings'));
    if (!brokenSomewhere(cluster, 'gpu_mappings')) {
      yield* lacking(cluster, open, 'gpu_mappings', (who, [{ gpuPciId, server }]) => {
        const mapping = [...servers].find(([, keys]) => keys.includes(server?.key))?.[0];
        const gpu = gpuPciId ? `${gpuPciId} of "${server?.key}"` : 'the GPU';
        const offer = mapping ? `write [${mapping}]` : `add ${gpu} to pci_mappings and name the mapping here`;
        const attached = gpuPciId ? ', and gpu_pci_id attaches nothing' : '';
        return `no gpu_mappings for ${who}${attached}; ${offer}, or write [] if a person attaches it`;
      });
    }

    for (const node of nodes) {
      for (const [i, name] of node.gpuMappings.entries()) {
        const keys = servers.get(name);
        // A device on an unknown server is told by another rule.
        if (!keys || !node.server || keys.includes(undefined) || keys.includes(node.server.key)) continue;
        const elsewhere = keys.length > 0 ? `, or place the node on ${[...new Set(keys)].join(' or ')}` : '';
        yield error(
          [...node.where('gpu_mappings'), i],
          `mapping "${name}" has no device on "${node.server.key}"; add one to its devices${elsewhere}`,
        );
      }
    }
  },
);
