import type { ClusterDraft, ImageDraft } from '../cluster/definition/draft';
import { schematicId } from '../cluster/schematic';
import { installerOf, schematicIn } from '../talos/installer';
import { usedImages } from './lib/image-names';
import { clusterRule, error, type Finding } from './lib/rule';

const EXTENSION = /^[a-z0-9][a-z0-9-]*\/[a-z0-9][a-z0-9._-]*$/;

/** Id of a schematic that says nothing. */
const PLAIN = schematicId({});

export const imageSchematic = clusterRule(
  'image-schematic',
  'A schematic is one that every image factory reads alike, and has the id that is written for it; a plain image is for nodes without extensions',
  function* (cluster) {
    for (const image of cluster.images) yield* written(cluster, image);
    if (cluster.management.kind === 'standalone') yield* installed(cluster);
  },
);

function* written({ definition }: ClusterDraft, { key, source }: ImageDraft): Generator<Finding> {
  const input = definition.images?.[key]?.schematic;
  if (input === undefined) return;
  const path = ['images', key, 'schematic'];
  if (input.factory !== undefined && !/^https?:\/\/[^\s/@?#]+\/?$/.test(input.factory))
    yield error(
      [...path, 'factory'],
      `"${input.factory}" is not the address of an image factory; write it like https://factory.talos.dev`,
    );
  for (const [i, name] of (input.extensions ?? []).entries())
    if (!EXTENSION.test(name))
      yield error(
        [...path, 'extensions', i],
        `"${name}" is not of the form owner/name; write it like siderolabs/qemu-guest-agent`,
      );
  const texts = [
    ...(input.kernel_args ?? []).map((text, i) => ({ text, at: ['kernel_args', i] })),
    ...(input.meta ?? []).map(({ value = '' }, i) => ({ text: value, at: ['meta', i, 'value'] })),
  ];
  for (const { text, at } of texts)
    if (isUnclear(text))
      yield error(
        [...path, ...at],
        `image factories of different versions write ${JSON.stringify(text)} in different ways, or cannot read it, and so do not agree on the id; write something else`,
      );
  for (const [i, { key: number }] of (input.meta ?? []).entries())
    if (number !== undefined && (!Number.isInteger(number) || number < 0 || number > 255))
      yield error([...path, 'meta', i, 'key'], `${number} is not the number of a META value; write 0 to 255`);
  const id = source.kind === 'download' ? source.schematic?.id : undefined;
  if (input.id !== undefined && id !== undefined && input.id !== id)
    yield error(
      [...path, 'id'],
      `the schematic, with what its nodes need, has the id ${id}; write that, or change the schematic back`,
    );
}

/** Newer factories refuse lines of which the first begins with a space or is empty, in the form that older ones give them. */
const isUnclear = (text: string): boolean => text === '<<' || /^(?: .*)?\n/.test(text);

/** Without Omni a node runs what its installer image holds, and nothing adds an extension to it. */
function* installed(cluster: ClusterDraft): Generator<Finding> {
  const { management, talosVersion } = cluster;
  if (management.kind !== 'standalone') return;
  for (const [image, nodes] of usedImages(cluster)) {
    const id = schematicIn(management.installer ?? installerOf(image, talosVersion) ?? '');
    const made = image.source.kind === 'download' ? image.source.schematic?.id : undefined;
    const path = management.installer === undefined ? image.path : ['standalone', 'installer'];
    if (id !== undefined && made !== undefined && id !== made)
      yield error(
        path,
        `this is schematic ${id}, and image "${image.key}" has ${made}; remove installer: it follows from the image`,
      );
    const needs = nodes.find((node) => node.systemExtensions.length > 0);
    if (id === PLAIN && made === undefined && needs)
      yield error(
        path,
        `this is the image without extensions, and ${needs.name} needs ${needs.systemExtensions.join(', ')}; write images.${image.key}.schematic: {} in place of the address`,
      );
  }
}
