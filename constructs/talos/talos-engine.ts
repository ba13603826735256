import { TerraformStack, type ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { TalosProvider } from '../../.gen/providers/talos/provider';
import type { Cluster, Image } from '../../model/cluster/cluster';
import { create } from '../stacks/create';
import { forgetTalos } from './forget';
import { TalosConfigurations, type TalosConfigurationsProps } from './talos-configurations';
import { TalosSchematics } from './talos-schematics';

/** What Terraform does of Talos in a stack: all of it for `engine: terraform`, and nothing for any other cluster. */
export class TalosEngine extends Construct {
  private readonly schematics: TalosSchematics | undefined;

  constructor(
    scope: Construct,
    id: string,
    private readonly cluster: Cluster,
  ) {
    super(scope, id);
    const { management, nodes } = cluster;
    if (management.kind !== 'standalone') return;
    if (management.engineBefore) forgetTalos(TerraformStack.of(this), cluster);
    if (management.engine !== 'terraform') return;
    const images = nodes.map(({ image }) => image);
    const [factory] = images.flatMap(({ source }) =>
      source.kind === 'download' && source.schematic ? [source.schematic.factory] : [],
    );
    create(TalosProvider, this, 'talos', factory === undefined ? {} : { imageFactoryUrl: factory });
    this.schematics = new TalosSchematics(this, 'schematics', images);
  }

  /** What must be there before an image is downloaded. */
  posted = (image: Image): readonly ITerraformDependable[] => this.schematics?.dependencies(image) ?? [];

  /** Configures the nodes, when their VMs are there. */
  configure(patches: TalosConfigurationsProps['patches'], vms: TalosConfigurationsProps['vms']): void {
    const { cluster } = this;
    const { management } = cluster;
    if (management.kind !== 'standalone' || management.engine !== 'terraform') return;
    const { endpoint } = management;
    new TalosConfigurations(this, 'configurations', { cluster, endpoint, patches, vms });
  }
}
