import { notNocloud, usedImages } from './lib/image-names';
import { clusterRule, error } from './lib/rule';

export const networkDataPlatform = clusterRule(
  'network-data-platform',
  'Addresses go onto a cloud-init drive only for nocloud images',
  function* (cluster) {
    if (cluster.definition.network_config?.addressing !== 'nocloud') return;
    for (const image of usedImages(cluster).keys()) {
      const why = notNocloud(cluster, image);
      if (why === undefined) continue;
      yield error(
        ['network_config', 'addressing'],
        `${why}, and addressing nocloud needs a nocloud image; take one, write platform: nocloud if it is one, or use dhcp_reservation`,
      );
    }
  },
);
