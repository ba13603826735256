import { shortKey, usedImages } from './lib/image-names';
import { nodeNames } from './lib/places';
import { clusterRule, error } from './lib/rule';

export const imageOnEveryServer = clusterRule(
  'image-on-every-server',
  'Where ISOs are named per server, each server with nodes of the image has one',
  function* (cluster) {
    for (const [image, users] of usedImages(cluster)) {
      if (image.source.kind !== 'iso') continue;
      const { files } = image.source;
      for (const server of cluster.servers) {
        if (files[server.key] !== undefined) continue;
        const there = users.filter((node) => node.server === server);
        if (there.length === 0) continue;
        const short = shortKey(image.key) ?? 'talos_iso';
        const message = `"${server.key}" hosts ${nodeNames(there)} but has no ISO of image "${image.key}"; add ${short} here, or for the whole cluster`;
        yield { ...error(server.path, message), atKey: true };
      }
    }
  },
);
