import type { TerraformStack } from 'cdktf';
import { ClusterKubeconfig } from '../../.gen/providers/talos/cluster-kubeconfig';
import { ImageFactorySchematic } from '../../.gen/providers/talos/image-factory-schematic';
import { MachineBootstrap } from '../../.gen/providers/talos/machine-bootstrap';
import { MachineConfigurationApply } from '../../.gen/providers/talos/machine-configuration-apply';
import { MachineSecrets } from '../../.gen/providers/talos/machine-secrets';
import type { Cluster } from '../../model/cluster/cluster';
import { legalName } from '../stacks/address';
import { addForget } from '../stacks/blocks';

/** Lets a state forget what Terraform managed of Talos: the nodes stay as they are, and talosctl goes on. */
export function forgetTalos(stack: TerraformStack, { nodes, images }: Cluster): void {
  for (const { tfResourceType } of [MachineSecrets, MachineBootstrap, ClusterKubeconfig])
    addForget(stack, `${tfResourceType}.cluster`);
  for (const { name } of nodes)
    for (const address of [name, `${name}_first`])
      addForget(stack, `${MachineConfigurationApply.tfResourceType}.${legalName(address)}`);
  for (const { key } of images) addForget(stack, `${ImageFactorySchematic.tfResourceType}.${legalName(key)}`);
}
