import { Annotations, App, TerraformBackend } from 'cdktf';
import { Construct } from 'constructs';
import type { Cluster, Node, Server, StatePart } from '../model/cluster/cluster';
import type { TalosClusterProps } from '../model/cluster/definition/cluster-props';
import { problemTexts } from '../model/diagnostics/lines';
import { fromProps } from '../model/cluster/definition/from-props';
import { checkDefinitions, checkTogether, type CheckedCluster } from '../model/load/load';
import { machineInventory } from '../model/inventory/machine';
import { byBytes, some } from '../model/support/text';
import { ClusterOutputs } from './cluster-outputs';
import { ValidationError } from './stacks/errors';
import { PostApply } from './post-apply';
import { forgetNodes } from './proxmox/forget';
import { Guards } from './proxmox/guards';
import { HaResources } from './proxmox/ha-resources';
import { PciMappings, type PciMappingTransform } from './proxmox/pci-mappings';
import { ProxmoxServers, type ProviderTransform } from './proxmox/proxmox-servers';
import { ResourcePools } from './proxmox/resource-pools';
import { TalosImages, type DownloadTransform } from './proxmox/talos-images';
import { TalosVm, type VmTransform } from './proxmox/talos-vm';
import { AddressScope } from './stacks/address';
import { addAssembly } from './stacks/assembly-file';
import { BaseStack } from './stacks/base-stack';
import { handOver } from '../model/diagnostics/hand-over';
import { stackElements } from './stacks/render';
import { StateBackend } from './stacks/state-backend';

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

/** A cluster in TypeScript, or one that `loadDefinitions()` has checked. */
export type TalosClusterInput = TalosClusterProps | CheckedCluster;

/**
 * A Talos cluster on any number of Proxmox servers: providers, images, mappings, VMs and outputs.
 *
 * One per stack: outputs and state belong to a cluster. Unless the stack has a backend already, it gets that of the
 * definition.
 *
 * Where the definition splits the state, this stack keeps what the nodes share, and each part is a stack beside it with the
 * VMs of its nodes.
 *
 * @example
 * new TalosCluster(new BaseStack(app, 'home'), 'home', { talosVersion: 'v1.11.5', proxmoxServers: { … }, … });
 */
export class TalosCluster extends Construct {
  /** The cluster with everything filled in. */
  readonly cluster: Cluster;
  private readonly checked: CheckedCluster;
  private readonly vms = new Map<string, TalosVm>();
  private readonly parts: readonly TalosCluster[];

  /**
   * @param part of a split state, which this stack is; absent in the stack of the cluster itself
   * @throws ValidationError with all problems of the props
   */
  constructor(
    scope: Construct,
    id: string,
    input: TalosClusterInput,
    transforms: TalosClusterTransforms = {},
    private readonly part?: StatePart,
  ) {
    super(scope, id);
    const stack = BaseStack.of(this);
    this.checkAlone(stack);
    this.checked = 'draft' in input ? input : this.checkProps(id, input);
    this.cluster = this.checked.cluster;
    this.node.addValidation({ validate: () => this.checkWithOthers() });

    this.addBackend(stack);
    if (!part) addAssembly(stack, this.checked);
    // All of them: when its last node goes, a server still needs its provider.
    ProxmoxServers.of(this).addServers(this.cluster.servers, transforms.provider);
    const here = this.inThisStack();
    const outputs = new ClusterOutputs(this, 'outputs', here);
    const elsewhere = this.elsewhere();
    const guards = here.guards ? new Guards(this, 'guards', here, outputs.inventory, elsewhere) : undefined;
    if (here.nodes.length === 0) guards?.guardOutput(outputs.first);
    this.createVms(here, transforms, guards);
    const resources = [...this.vms.values()].map(({ resource }) => resource);
    outputs.waitFor(resources);
    if (here.postApplyCommand && here.nodes.length > 0) {
      new PostApply(this, 'post-apply', {
        command: here.postApplyCommand,
        inventory: machineInventory(here),
        dependsOn: resources,
      });
    }
    if (elsewhere) forgetNodes(stack, elsewhere);
    this.parts = part ? [] : this.createParts(stack, id, transforms);
  }

  /** The VM of a node. @throws ValidationError if there is no such node */
  vm(name: string): TalosVm {
    const holders = [this, ...this.parts];
    for (const { vms } of holders) {
      const vm = vms.get(name);
      if (vm) return vm;
    }
    const known = holders.flatMap(({ vms }) => [...vms.keys()]);
    throw new ValidationError(`no node "${name}"; known: ${some(known, 50)}`, this);
  }

  private get isSplit(): boolean {
    return this.cluster.parts.length > 0;
  }

  private addBackend(stack: BaseStack): void {
    const own = stackElements(stack).some((element) => TerraformBackend.isBackend(element));
    if (own && this.isSplit) {
      const message =
        'the parts of a split state cannot have the backend of this stack; write it into the definition';
      throw new ValidationError(message, this);
    }
    if (!own) new StateBackend(stack, (this.part ?? this.cluster).backend);
  }

  /** The cluster with the nodes whose VMs are in this stack. */
  private inThisStack(): Cluster {
    if (!this.isSplit) return this.cluster;
    const names = new Set(this.part?.nodes);
    const nodes = this.cluster.nodes.filter(({ name }) => names.has(name));
    return { ...this.cluster, nodes, parts: this.part ? [] : this.cluster.parts };
  }

  /** The nodes whose VMs are in other stacks; absent where the state is not split. */
  private elsewhere(): readonly Node[] | undefined {
    if (!this.isSplit) return undefined;
    const here = new Set(this.part?.nodes);
    return this.cluster.nodes.filter(({ name }) => !here.has(name));
  }

  private createParts(stack: BaseStack, id: string, transforms: TalosClusterTransforms): TalosCluster[] {
    if (this.cluster.parts.length === 0) return [];
    const app = App.of(stack);
    return this.cluster.parts.map((part) => {
      const partStack = new BaseStack(app, part.stack);
      // Images, mappings and pools are there before the VMs that use them.
      partStack.addDependency(stack);
      return new TalosCluster(partStack, id, this.checked, transforms, part);
    });
  }

  private createVms(here: Cluster, transforms: TalosClusterTransforms, guards: Guards | undefined): void {
    const { name, network, pciMappings, resourcePool } = this.cluster;
    // Of a split state, the stack of the cluster itself has what the nodes of all parts share.
    const sharing = this.part ? [] : this.cluster.nodes;
    const hosting = hostingServers(sharing);
    const images = new TalosImages(this, 'images', sharing, transforms.download, guards);
    const mappings = new PciMappings(this, 'pci-mappings', pciMappings, hosting, transforms.pciMapping);
    const pools = new ResourcePools(this, 'resource-pools', resourcePool, hosting);
    const scope = new AddressScope(this, 'nodes');
    const ha = new HaResources(this, 'ha');
    for (const node of here.nodes) {
      const bootFile = images.bootFile(node);
      const vm = new TalosVm(scope, node.name, {
        node,
        clusterName: name,
        network,
        bootFile,
        poolId: resourcePool?.id,
        guards,
        dependsOn: [
          ...(bootFile?.dependsOn ?? []),
          ...mappings.dependencies(node.gpuMappings, node.server),
          ...pools.dependencies(node.server),
        ],
        transform: transforms.vm,
      });
      this.vms.set(node.name, vm);
      if (node.ha) ha.add(node, vm);
    }
  }

  private checkAlone(stack: BaseStack): void {
    const other = stack.node.findAll().find((node) => node instanceof TalosCluster && node !== this);
    if (other) {
      throw new ValidationError(
        `stack "${stack.node.id}" already has the cluster ${other.node.path}; use one stack per cluster`,
        this,
      );
    }
  }

  private checkProps(id: string, props: TalosClusterProps): CheckedCluster {
    const { clusters, diagnostics } = checkDefinitions([fromProps(id, props, this.node.path)]);
    const [checked] = clusters;
    handOver(diagnostics);
    if (!checked) {
      throw new ValidationError(
        ['the cluster has problems', ...problemTexts(diagnostics)].join('\n  '),
        this,
      );
    }
    for (const text of problemTexts(diagnostics)) Annotations.of(this).addWarning(text);
    return checked;
  }

  /** Clusters of one app share MACs, VMIDs and addresses; those that were loaded together are checked already. */
  private checkWithOthers(): string[] {
    const all = this.node.root.node
      .findAll()
      .filter((node) => node instanceof TalosCluster)
      .filter(({ part }) => part === undefined);
    if (all[0] !== this || new Set(all.map(({ checked }) => checked.run)).size === 1) return [];
    const problems = checkTogether(all.map(({ checked }) => checked.draft));
    handOver(problems);
    return problemTexts(problems.filter(({ severity }) => severity === 'error'));
  }
}

/** Servers that host at least one node, by key. */
function hostingServers(nodes: readonly Node[]): Server[] {
  const byKey = new Map(nodes.map(({ server }) => [server.key, server]));
  return [...byKey.values()].sort((a, b) => byBytes(a.key, b.key));
}
