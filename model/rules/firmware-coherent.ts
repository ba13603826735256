import type { NodeDraft } from '../cluster/definition/draft';
import { imageNames, usedImages, type ImageName } from './lib/image-names';
import { byPlace, nodeNames } from './lib/places';
import { clusterRule, error, warning } from './lib/rule';

export const firmwareCoherent = clusterRule(
  'firmware-coherent',
  'Secure Boot comes with bios ovmf, machine q35 and a Secure Boot image, and such an image with Secure Boot',
  function* (cluster) {
    const names = new Map([...usedImages(cluster).keys()].map(({ key }) => [key, imageNames(cluster, key)]));
    const on = cluster.nodes.filter(({ secureBoot }) => secureBoot);
    for (const { path, nodes } of byPlace(on, 'secure_boot')) {
      const seabios = nodes.filter(({ bios }) => bios !== 'ovmf');
      const pc = nodes.filter(({ machine }) => machine !== 'q35');
      const plain = nodes.filter((node) => secureImage(node, names) === false);
      if (seabios.length > 0) {
        yield error(
          path,
          `secure_boot needs bios ovmf, not the seabios of ${nodeNames(seabios)}; change one of the two`,
        );
      }
      if (pc.length > 0) {
        yield error(
          path,
          `secure_boot needs machine q35, not the pc of ${nodeNames(pc)}; change one of the two`,
        );
      }
      for (const key of new Set(plain.map(({ image }) => image?.key))) {
        yield warning(
          path,
          `the name of image "${key}" does not mention Secure Boot; take the -secureboot image, unless it is one`,
        );
      }
    }
    const off = cluster.nodes.filter((node) => !node.secureBoot && secureImage(node, names));
    const place = (node: NodeDraft) =>
      node.has('secure_boot') || !node.image ? node.where('secure_boot') : node.image.path;
    for (const { path, nodes } of byPlace(off, place)) {
      for (const image of new Set(nodes.map((node) => node.image))) {
        const users = nodeNames(nodes.filter((node) => node.image === image));
        yield error(
          path,
          `image "${image?.key}" is for Secure Boot, but secure_boot is off for ${users}; set secure_boot: true or take the image without "-secureboot"`,
        );
      }
    }
  },
);

/** Whether the image of a node is one for Secure Boot; `undefined` where no name tells it. */
function secureImage(
  { image, server }: NodeDraft,
  names: ReadonlyMap<string, ImageName[]>,
): boolean | undefined {
  const own =
    names.get(image?.key ?? '')?.filter((place) => !place.server || place.server === server?.key) ?? [];
  return own.length === 0 ? undefined : own.some(({ name }) => /secure-?boot/i.test(name));
}
