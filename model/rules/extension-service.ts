import type { ClusterDraft, NodeDraft } from '../cluster/definition/draft';
import { fullName } from '../talos/extensions';
import { reaches, valueAt, writtenPatches } from '../talos/written-patches';
import { brokenSomewhere, nodeNames } from './lib/places';
import { clusterRule, error } from './lib/rule';

/** Services that come with the extension of the same name, and with no other. */
const SERVICES = [
  'bird2',
  'cloudflared',
  'lldpd',
  'nebula',
  'netbird',
  'newt',
  'nut-client',
  'tailscale',
  'zerotier',
];

export const extensionService = clusterRule(
  'extension-service',
  'A patch for the service of an extension is for nodes that have that extension',
  function* (cluster) {
    if (brokenSomewhere(cluster, 'system_extensions')) return;
    for (const patch of writtenPatches(cluster)) {
      const { body, path } = patch;
      const name = SERVICES.find((service) => service === valueAt(body, 'name'));
      if (name === undefined || valueAt(body, 'kind') !== 'ExtensionServiceConfig') continue;
      const extension = `siderolabs/${name}`;
      const without = cluster.nodes.filter(
        (node) => reaches(patch, node) && !extensionsOf(cluster, node).map(fullName).includes(extension),
      );
      if (without.length > 0)
        yield error(
          [...path, 'name'],
          `the service is in extension ${extension}, and would not start on ${nodeNames(without)}; add that to system_extensions`,
        );
    }
  },
);

/** Those of the node, and those that its image has besides. */
const extensionsOf = ({ definition }: ClusterDraft, { systemExtensions, image }: NodeDraft): string[] => [
  ...systemExtensions,
  ...(definition.images?.[image?.key ?? '']?.schematic?.extensions ?? []),
];
