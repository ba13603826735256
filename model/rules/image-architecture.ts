import { imageNames, usedImages, withoutSecrets } from './lib/image-names';
import { clusterRule, error } from './lib/rule';

/** Architectures that an image may be of instead of amd64; VMs here are q35 or i440fx, which are x86-64 machines. */
const OTHER = /(?:^|[^a-z0-9])(arm64|aarch64|armv7|riscv64)(?:[^a-z0-9]|$)/i;

export const imageArchitecture = clusterRule(
  'image-architecture',
  'Images are for x86-64 (amd64), as the VMs are',
  function* (cluster) {
    for (const image of usedImages(cluster).keys()) {
      for (const { name, path } of imageNames(cluster, image.key)) {
        const [, other] = OTHER.exec(withoutSecrets(name).replace(/^https?:\/\/[^/]*/, '')) ?? [];
        if (other === undefined) continue;
        yield error(
          path,
          `image "${image.key}" is for ${other}, and VMs have x86-64 processors, on which it does not start; take the one for amd64: ${withoutSecrets(name).replaceAll(new RegExp(other, 'gi'), 'amd64')}`,
        );
        break;
      }
    }
  },
);
