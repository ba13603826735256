import { byPlace, nodeNames } from '../../rules/lib/places';
import { oneOf } from '../../rules/lib/names';
import { error } from '../../rules/rule';
import { liveCheck, need } from '../check';
import { properties } from '../config';

/** Mappings that the definition does not make. */
export const mappings = liveCheck(
  'gpu-mapping-missing',
  'PCI mappings',
  function* ({ cluster, server, nodes, live }) {
    const own = new Set(cluster.pciMappings.map(({ name }) => name));
    for (const name of new Set(nodes.flatMap(({ gpuMappings }) => gpuMappings))) {
      if (own.has(name)) continue;
      const known = need(live.site.mappings);
      const users = nodes.filter(({ gpuMappings }) => gpuMappings.includes(name));
      const mapping = known.find(({ id }) => id === name);
      const entries = mapping?.map.map((entry) => properties(entry)) ?? [];
      if (entries.some(({ node }) => node === server.nodeName)) continue;
      for (const place of byPlace(users, 'gpu_mappings')) {
        const names = known.map(({ id }) => id).sort();
        const offer = names.length > 0 ? oneOf(name, names) : 'add it to pci_mappings';
        const message = mapping
          ? `PCI mapping "${name}" of ${nodeNames(place.nodes)} has no device on node "${server.nodeName}"; add one in Datacenter > Resource Mappings`
          : `no PCI mapping "${name}" on "${server.key}" for ${nodeNames(place.nodes)}; ${offer}`;
        yield error(place.path, message);
      }
    }
  },
);
