import { App, TerraformBackend, TerraformStack } from 'cdktf';
import { Construct } from 'constructs';
import type { NodePatches } from '../model/templates/node-patches';
import type { Cluster, Node, Server, StatePart } from '../model/cluster/cluster';
import { machineInventory } from '../model/inventory/machine';
import { byBytes } from '../model/support/text';
import { ClusterOutputs } from './cluster-outputs';
import { ValidationError } from './stacks/errors';
import type { OutputValues } from './output-values';
import { PostApply } from './post-apply';
import { forgetNodes } from './proxmox/forget';
import { Guards } from './proxmox/guards';
import { HaResources } from './proxmox/ha-resources';
import { PciMappings, type PciMappingTransform } from './proxmox/pci-mappings';
import { ProxmoxServers, type ProviderTransform } from './proxmox/proxmox-servers';
import { ResourcePools } from './proxmox/resource-pools';
import { TalosImages, type DownloadTransform } from './proxmox/talos-images';
import { TalosEngine } from './talos/talos-engine';
import type { ProxmoxVmTransform } from './proxmox/proxmox-vm';
import { TalosVm } from './proxmox/talos-vm';
import { AddressScope } from './stacks/address';
import { BaseStack } from './stacks/base-stack';
import { stackElements } from './stacks/render';
import { StateBackend } from './stacks/state-backend';

/** Patch for the provider arguments of the VM of a node, applied last. What it changes is no longer checked by any rule. */
export type VmTransform = (
  config: Parameters<ProxmoxVmTransform>[0],
  node: Node,
) => ReturnType<ProxmoxVmTransform>;

/** Patches for provider arguments, applied last: the way out where this project lacks a key. No rule checks what they change. */
export interface TalosClusterTransforms {
  /** For the provider of each server. */
  readonly provider?: ProviderTransform;
  /** For each VM. */
  readonly vm?: VmTransform;
  /** For each image download. */
  readonly download?: DownloadTransform;
  /** For each PCI mapping that the cluster owns. */
  readonly pciMapping?: PciMappingTransform;
}

/** What a cluster becomes: in one stack, or where its state is split, in one for what its nodes share and one per part. */
export class ClusterResources {
  /** The outputs of the stack of the cluster. */
  readonly outputs: OutputValues;
  private readonly made = new Map<string, TalosVm>();

  /**
   * @param scope the construct of the cluster, in the stack of its own name
   * @param patches documents of each node, where Terraform configures nodes
   * @throws ValidationError if the state is split and the stack has a backend of its own
   */
  constructor(
    private readonly scope: Construct,
    private readonly cluster: Cluster,
    private readonly transforms: TalosClusterTransforms,
    private readonly patches: NodePatches['patches'],
  ) {
    this.outputs = this.build(scope);
    const stack = TerraformStack.of(scope);
    for (const part of cluster.parts) {
      const partStack = new BaseStack(App.of(stack), part.stack);
      // Images, mappings and pools are there before the VMs that use them.
      partStack.addDependency(stack);
      this.build(new Construct(partStack, scope.node.id), part);
    }
  }

  /** The VMs of all stacks by name of the node, in the order of the nodes. */
  get vms(): ReadonlyMap<string, TalosVm> {
    return this.made;
  }

  /** @param part which `scope` stands in the stack of; absent for that of the cluster itself */
  private build(scope: Construct, part?: StatePart): OutputValues {
    const { cluster, transforms } = this;
    const stack = TerraformStack.of(scope);
    this.addBackend(stack, part);
    // All of them: when its last node goes, a server still needs its provider.
    ProxmoxServers.of(scope).addServers(cluster.servers, transforms.provider);
    const here = inStack(cluster, part);
    const outputs = new ClusterOutputs(scope, 'outputs', here);
    const elsewhere = nodesElsewhere(cluster, part);
    const { inventory } = outputs;
    const guards = here.guards
      ? new Guards(scope, 'guards', { cluster: here, inventory, elsewhere })
      : undefined;
    if (here.nodes.length === 0) guards?.guardOutput(outputs.first);
    const engine = here.management.kind === 'standalone' ? new TalosEngine(scope, 'talos', here) : undefined;
    const resources = this.createVms(scope, here, part, guards, engine).map(({ resource }) => resource);
    engine?.configure(this.patches, this.made);
    outputs.waitFor(resources);
    if (here.postApplyCommand && here.nodes.length > 0) {
      new PostApply(scope, 'post-apply', {
        command: here.postApplyCommand,
        inventory: machineInventory(here),
        dependsOn: resources,
      });
    }
    if (elsewhere) forgetNodes(stack, elsewhere);
    return outputs.values;
  }

  private addBackend(stack: TerraformStack, part: StatePart | undefined): void {
    const own = stackElements(stack).some((element) => TerraformBackend.isBackend(element));
    if (own && this.cluster.parts.length > 0) {
      const message =
        'the parts of a split state cannot have the backend of this stack; write it into the definition';
      throw new ValidationError(message, this.scope);
    }
    if (!own) new StateBackend(stack, (part ?? this.cluster).backend);
  }

  private createVms(
    parent: Construct,
    here: Cluster,
    part: StatePart | undefined,
    guards: Guards | undefined,
    engine: TalosEngine | undefined,
  ): TalosVm[] {
    const { name, network, pciMappings, resourcePool, nodes } = this.cluster;
    const { transforms } = this;
    const { vm: patch } = transforms;
    // Of a split state, the stack of the cluster itself has what the nodes of all parts share.
    const sharing = part ? [] : nodes;
    const hosting = hostingServers(sharing);
    const images = new TalosImages(parent, 'images', sharing, {
      guards,
      transform: transforms.download,
      after: (image) => engine?.posted(image) ?? [],
    });
    const mappings = new PciMappings(parent, 'pci-mappings', pciMappings, hosting, transforms.pciMapping);
    const pools = new ResourcePools(parent, 'resource-pools', resourcePool, hosting);
    const scope = new AddressScope(parent, 'nodes');
    const ha = new HaResources(parent, 'ha');
    return here.nodes.map((node) => {
      const bootFile = images.bootFile(node);
      const vm = new TalosVm(scope, node.name, {
        ...node,
        clusterName: name,
        dnsServers: network.dnsServers,
        bootFile,
        poolId: resourcePool?.id,
        guards: guards ?? false,
        haResources: ha,
        isChecked: true,
        dependsOn: [
          ...(bootFile?.dependsOn ?? []),
          ...mappings.dependencies(node.gpuMappings, node.server),
          ...pools.dependencies(node.server),
        ],
        transform: patch && ((config) => patch(config, node)),
      });
      this.made.set(node.name, vm);
      return vm;
    });
  }
}

/** The cluster with the nodes whose VMs are in one of its stacks. */
function inStack(cluster: Cluster, part: StatePart | undefined): Cluster {
  if (cluster.parts.length === 0) return cluster;
  const names = new Set(part?.nodes);
  const nodes = cluster.nodes.filter(({ name }) => names.has(name));
  return { ...cluster, nodes, parts: part ? [] : cluster.parts };
}

/** The nodes whose VMs are in other stacks; absent where the state is not split. */
function nodesElsewhere({ nodes, parts }: Cluster, part: StatePart | undefined): readonly Node[] | undefined {
  if (parts.length === 0) return undefined;
  const here = new Set(part?.nodes);
  return nodes.filter(({ name }) => !here.has(name));
}

/** Servers that host at least one node, by key. */
function hostingServers(nodes: readonly Node[]): Server[] {
  const byKey = new Map(nodes.map(({ server }) => [server.key, server]));
  return [...byKey.values()].sort((a, b) => byBytes(a.key, b.key));
}
