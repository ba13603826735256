import { baseName, imageNames } from './lib/image-names';
import { clusterRule, error } from './lib/rule';

export const imagePlatform = clusterRule(
  'image-platform',
  'A written platform of an image is the one of its name',
  function* (cluster) {
    for (const { key } of cluster.images) {
      const platform = cluster.definition.images?.[key]?.platform;
      if (platform === undefined) continue;
      for (const { name } of imageNames(cluster, key)) {
        const named = /(metal|nocloud)-(?:amd64|arm64)/.exec(name)?.[1];
        if (named === undefined || named === platform) continue;
        yield error(
          ['images', key, 'platform'],
          `"${baseName(name)}" is an image of platform ${named}; write ${named}, or take the ${platform} image`,
        );
        break;
      }
    }
  },
);
