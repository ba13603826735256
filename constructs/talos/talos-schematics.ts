import type { ITerraformDependable } from 'cdktf';
import type { Construct } from 'constructs';
import { ImageFactorySchematic } from '../../.gen/providers/talos/image-factory-schematic';
import type { Image, ImageSchematic } from '../../model/cluster/cluster';
import { AddressScope } from '../stacks/address';
import { create } from '../stacks/create';
import { hcl } from '../stacks/expression';

/**
 * The schematics of images: the factory must have been given each once before it builds an image of it. What it answers is compared
 * with the id that was computed here, and that the address of the image holds.
 */
export class TalosSchematics extends AddressScope {
  private readonly byImage = new Map<string, ImageFactorySchematic>();

  constructor(scope: Construct, id: string, images: readonly Image[]) {
    super(scope, id);
    for (const { key, source } of images)
      if (source.kind === 'download' && source.schematic && !this.byImage.has(key))
        this.byImage.set(key, this.post(key, source.schematic));
  }

  /** What must be there before an image is downloaded. */
  dependencies({ key }: Pick<Image, 'key'>): ITerraformDependable[] {
    const resource = this.byImage.get(key);
    return resource ? [resource] : [];
  }

  private post(key: string, { factory, id, yaml }: ImageSchematic): ImageFactorySchematic {
    return create(ImageFactorySchematic, this, key, {
      schematic: yaml,
      lifecycle: {
        postcondition: [
          {
            condition: hcl`self.id == ${id}`.asText,
            errorMessage: `${factory} gives the schematic of image ${key} another id than ${id}, which its address holds; it may be of another version.`,
          },
        ],
      },
    });
  }
}
