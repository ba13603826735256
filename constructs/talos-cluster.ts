import { Annotations, TerraformBackend } from 'cdktf';
import { Construct } from 'constructs';
import type { Cluster, Node, Server } from '../model/cluster';
import type { TalosClusterProps } from '../model/definition/cluster-props';
import { formatDiagnostic } from '../model/definition/diagnostics';
import { fromProps } from '../model/definition/from-props';
import { checkDefinitions, checkTogether, type CheckedCluster } from '../model/definition/load';
import { machineInventory } from '../model/outputs';
import { byBytes } from '../model/text';
import { ClusterOutputs } from './cluster-outputs';
import { ValidationError } from './errors';
import { PostApply } from './post-apply';
import { Guards } from './proxmox/guards';
import { HaResources } from './proxmox/ha-resources';
import { PciMappings, type PciMappingTransform } from './proxmox/pci-mappings';
import { ProxmoxServers, type ProviderTransform } from './proxmox/proxmox-servers';
import { ResourcePools } from './proxmox/resource-pools';
import { TalosImages, type DownloadTransform } from './proxmox/talos-images';
import { TalosVm, type VmTransform } from './proxmox/talos-vm';
import { AddressScope } from './stacks/address';
import { BaseStack } from './stacks/base-stack';
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
 * @example
 * new TalosCluster(new BaseStack(app, 'home'), 'home', { talosVersion: 'v1.11.5', proxmoxServers: { … }, … });
 */
export class TalosCluster extends Construct {
  /** The cluster with everything filled in. */
  readonly cluster: Cluster;
  private readonly checked: CheckedCluster;
  private readonly vms = new Map<string, TalosVm>();

  /** @throws ValidationError with all problems of the props */
  constructor(
    scope: Construct,
    id: string,
    input: TalosClusterInput,
    transforms: TalosClusterTransforms = {},
  ) {
    super(scope, id);
    const stack = BaseStack.of(this);
    this.checkAlone(stack);
    this.checked = 'draft' in input ? input : this.checkProps(id, input);
    this.cluster = this.checked.cluster;
    this.node.addValidation({ validate: () => this.checkWithOthers() });

    const { servers, backend } = this.cluster;
    if (!stackElements(stack).some((element) => TerraformBackend.isBackend(element)))
      new StateBackend(stack, backend);
    // All of them: when its last node goes, a server still needs its provider.
    ProxmoxServers.of(this).addServers(servers, transforms.provider);
    const { inventory } = new ClusterOutputs(this, 'outputs', this.cluster);
    const guards = this.cluster.guards ? new Guards(this, 'guards', this.cluster, inventory) : undefined;
    this.createVms(transforms, guards);
    if (this.cluster.postApplyCommand) {
      new PostApply(this, 'post-apply', {
        command: this.cluster.postApplyCommand,
        inventory: machineInventory(this.cluster),
        dependsOn: [...this.vms.values()].map(({ resource }) => resource),
      });
    }
  }

  /** The VM of a node. @throws ValidationError if there is no such node */
  vm(name: string): TalosVm {
    const vm = this.vms.get(name);
    if (vm) return vm;
    throw new ValidationError(`no node "${name}"; known: ${[...this.vms.keys()].join(', ')}`, this);
  }

  private createVms(transforms: TalosClusterTransforms, guards: Guards | undefined): void {
    const hosting = hostingServers(this.cluster.nodes);
    const { name, network, nodes, pciMappings, resourcePool } = this.cluster;
    const images = new TalosImages(this, 'images', nodes, transforms.download);
    const mappings = new PciMappings(this, 'pci-mappings', pciMappings, hosting, transforms.pciMapping);
    const pools = new ResourcePools(this, 'resource-pools', resourcePool, hosting);
    const scope = new AddressScope(this, 'nodes');
    const ha = new HaResources(this, 'ha');
    for (const node of nodes) {
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
    if (!checked) {
      throw new ValidationError(
        ['the cluster has problems', ...diagnostics.map(formatDiagnostic)].join('\n  '),
        this,
      );
    }
    for (const problem of diagnostics) Annotations.of(this).addWarning(formatDiagnostic(problem));
    return checked;
  }

  /** Clusters of one app share MACs, VMIDs and addresses; those that were loaded together are checked already. */
  private checkWithOthers(): string[] {
    const all = this.node.root.node.findAll().filter((node) => node instanceof TalosCluster);
    if (all[0] !== this || new Set(all.map(({ checked }) => checked.run)).size === 1) return [];
    const problems = checkTogether(all.map(({ checked }) => checked.draft));
    return problems.filter(({ severity }) => severity === 'error').map(formatDiagnostic);
  }
}

/** Servers that host at least one node, by key. */
function hostingServers(nodes: readonly Node[]): Server[] {
  const byKey = new Map(nodes.map(({ server }) => [server.key, server]));
  return [...byKey.values()].sort((a, b) => byBytes(a.key, b.key));
}
