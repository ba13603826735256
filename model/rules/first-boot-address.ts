import { notNocloud, usedImages } from './lib/image-names';
import { clusterRule, isBroken, warning } from './lib/rule';

export const firstBootAddress = clusterRule(
  'first-boot-address',
  'Where nodes boot a metal image, the definition says how they get their first address',
  function* (cluster) {
    // The starter knew nothing but DHCP reservations.
    if (cluster.source.starter || cluster.definition.network_config?.addressing !== undefined) return;
    if (isBroken(cluster, ['network_config', 'addressing'])) return;
    for (const image of usedImages(cluster).keys()) {
      const why = notNocloud(cluster, image);
      if (why === undefined) continue;
      yield warning(
        ['network_config'],
        `${why}, so its first boot needs DHCP; reserve the addresses and write addressing: dhcp_reservation, or take a nocloud image`,
      );
    }
  },
);
