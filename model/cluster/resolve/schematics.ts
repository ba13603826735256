import { withV } from '../../support/text';
import { withPresets } from '../definition/keys';
import type { ImageDraft, NodeDraft } from '../definition/draft';
import type { DefinitionDraft } from '../definition/schema';
import { schematic as schematicKeys } from '../definition/schema-images';
import { schematicId, schematicYaml, type Schematic } from '../schematic';
import { formerName, sourceOf } from './images';

/**
 * Images whose schematic is written get their address: it follows from what the schematic says, and what the nodes need that boot it.
 *
 * @returns images and nodes, the same but for those
 */
export function withSchematics(
  images: readonly ImageDraft[],
  nodes: readonly NodeDraft[],
  definition: DefinitionDraft,
): { readonly images: readonly ImageDraft[]; readonly nodes: readonly NodeDraft[] } {
  if (images.every(({ key }) => definition.images?.[key]?.schematic === undefined)) return { images, nodes };
  const made = new Map(
    images.map((image) => {
      const users = nodes.filter((node) => node.image === image);
      return [image, withSchematic(image, users, definition)] as const;
    }),
  );
  return {
    images: [...made.values()],
    nodes: nodes.map((node) => {
      const image = node.image && made.get(node.image);
      return image ? { ...node, image } : node;
    }),
  };
}

function withSchematic(
  image: ImageDraft,
  users: readonly NodeDraft[],
  definition: DefinitionDraft,
): ImageDraft {
  const input = definition.images?.[image.key];
  if (input?.schematic === undefined) return image;
  const written = withPresets(schematicKeys.shape, input.schematic);
  const schematic: Schematic = {
    extensions: [...(written.extensions ?? []), ...users.flatMap(({ systemExtensions }) => systemExtensions)],
    kernelArgs: [
      ...new Set([...(written.kernel_args ?? []), ...users.flatMap(({ config }) => config.kernelArgs)]),
    ],
    meta: (written.meta ?? []).map(({ key = 0, value = '' }) => ({ key, value })),
  };
  const id = schematicId(schematic);
  const version = withV(definition.talos_version ?? '');
  const factory = written.factory.replace(/\/+$/, '');
  const file = `${image.platform}-amd64${written.secure_boot ? '-secureboot' : ''}.${written.format}`;
  const url = `${factory}/image/${id}/${version}/${file}`;
  const source = sourceOf({ ...input, url }, undefined, formerName(definition));
  return {
    ...image,
    version,
    source:
      source.kind === 'download'
        ? { ...source, schematic: { factory, id, yaml: schematicYaml(schematic) } }
        : source,
  };
}
