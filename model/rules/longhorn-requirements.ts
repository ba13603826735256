import { placeOf } from '../cluster/definition/data-disks';
import { hasExtension } from '../talos/extensions';
import { byPlace } from './lib/places';
import { list } from '../support/text';
import { clusterRule, error } from './lib/rule';

const NEEDED = ['siderolabs/iscsi-tools', 'siderolabs/util-linux-tools'];

export const longhornRequirements = clusterRule(
  'longhorn-requirements',
  'Longhorn has one volume of a node, and the extensions iscsi-tools and util-linux-tools',
  function* (cluster) {
    const nodes = cluster.nodes.filter(({ disks }) => disks.some(({ longhorn }) => longhorn));
    for (const { path, nodes: alike } of byPlace(nodes, 'data_disks')) {
      const [node] = alike;
      const disks = node.disks.filter(({ longhorn }) => longhorn);
      for (const disk of disks.filter(({ volume }) => !volume))
        yield error(placeOf(disk, 'longhorn'), 'Longhorn needs a volume; remove volume: false, or longhorn');
      for (const disk of disks.slice(1))
        yield error(
          placeOf(disk, 'longhorn'),
          `${disks[0]?.name ?? 'another disk'} is mounted at /var/lib/longhorn already; mark one disk of a node`,
        );
      const lacking = NEEDED.filter((name) => !hasExtension(node.systemExtensions, name));
      if (lacking.length > 0)
        yield error(path, `Longhorn needs the extensions ${list(lacking)}; add them to system_extensions`);
    }
  },
);
