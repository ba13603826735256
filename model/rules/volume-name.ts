import { placeOf } from '../cluster/definition/data-disks';
import { byPlace } from './lib/places';
import { clusterRule, error } from './lib/rule';

/** Longer names do not fit into the label of a partition, which Talos makes of them. */
const MAX_NAME = 34;

export const volumeName = clusterRule(
  'volume-name',
  'The name of a data disk that becomes a volume has at most 34 characters',
  function* (cluster) {
    for (const { nodes } of byPlace(cluster.nodes, 'data_disks'))
      for (const disk of nodes[0].disks)
        if (disk.volume && disk.name !== undefined && disk.name.length > MAX_NAME)
          yield error(
            placeOf(disk, 'name'),
            `"${disk.name}" has ${disk.name.length} characters, the name of a volume at most ${MAX_NAME}; shorten it, or write volume: false`,
          );
  },
);
