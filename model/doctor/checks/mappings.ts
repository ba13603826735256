import { byPlace, nodeNames } from '../../rules/lib/places';
import { oneOf } from '../../rules/lib/names';
import { error } from '../../rules/lib/rule';
import { liveCheck, need } from '../lib/check';
import { properties } from '../../proxmox/config';
import { functionAt, mismatches } from '../../proxmox/pci';
import type { Finding } from '../../rules/lib/rule';
import type { Mapping } from '../../proxmox/answers';
import type { LiveContext } from '../lib/check';
import type { NodeDraft } from '../../cluster/definition/draft';

/** Mappings that the definition does not make. */
export const mappings = liveCheck('gpu-mapping-missing', 'PCI mappings', function* (context) {
  const { cluster, server, nodes, live } = context;
  const own = new Set(cluster.pciMappings.map(({ name }) => name));
  for (const name of new Set(nodes.flatMap(({ gpuMappings }) => gpuMappings))) {
    if (own.has(name)) continue;
    const known = need(live.site.mappings);
    const users = nodes.filter(({ gpuMappings }) => gpuMappings.includes(name));
    const mapping = known.find(({ id }) => id === name);
    const entries = mapping?.map.map((entry) => properties(entry)) ?? [];
    if (mapping && entries.some(({ node }) => node === server.nodeName)) {
      yield* hardwareProblems(context, mapping, users);
      continue;
    }
    for (const place of byPlace(users, 'gpu_mappings')) {
      const names = known.map(({ id }) => id).sort();
      const offer = names.length > 0 ? oneOf(name, names) : 'add it to pci_mappings';
      const message = mapping
        ? `PCI mapping "${name}" of ${nodeNames(place.nodes)} has no device on node "${server.nodeName}"; add one in Datacenter > Resource Mappings`
        : `no PCI mapping "${name}" on "${server.key}" for ${nodeNames(place.nodes)}; ${offer}`;
      yield error(place.path, message);
    }
  }
});

/** Where a mapping of the server does not say what the hardware is, Proxmox starts no VM with it. */
function* hardwareProblems(
  { server, live }: LiveContext,
  { id, map, mdev }: Mapping,
  users: readonly NodeDraft[],
): Generator<Finding> {
  const entries = map.map((entry) => properties(entry)).filter(({ node }) => node === server.nodeName);
  for (const entry of entries) {
    for (const [i, path] of (entry['path'] ?? '').split(';').entries()) {
      const found = functionAt(need(live.pci), path);
      const group = entry['iommugroup'];
      const device = {
        path,
        id: entry['id'] ?? '',
        subsystemId: entry['subsystem-id'],
        mdev,
        iommuGroup: group === undefined ? undefined : Number(group),
      };
      const wrong = found
        ? mismatches(device, found)
            // Of several devices, Proxmox looks at the group of the first.
            .filter(({ property }) => property !== 'iommu_group' || i === 0)
            .map(({ property, actual, written }) => `${property} is ${told(actual)}, not ${told(written)}`)
        : ['there is no such device'];
      for (const place of wrong.length > 0 ? byPlace(users, 'gpu_mappings') : []) {
        const message = `PCI mapping "${id}" is wrong about ${path} on "${server.key}", and no VM starts with it (${wrong.join('; ')}); correct it in Datacenter > Resource Mappings`;
        yield error(place.path, message);
      }
    }
  }
}

const told = (value: string | number | boolean | undefined): string => String(value ?? 'none');
