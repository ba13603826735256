import { Annotations, TerraformStack } from 'cdktf';
import { Construct } from 'constructs';
import type { Cluster } from '../model/cluster/cluster';
import type { NodePoolProps, NodeProps, TalosClusterProps } from '../model/cluster/definition/cluster-props';
import { fromProps } from '../model/cluster/definition/from-props';
import type { Role } from '../model/cluster/roles';
import { handOver } from '../model/diagnostics/hand-over';
import { problemTexts } from '../model/diagnostics/lines';
import type { Inventory } from '../model/inventory/inventory';
import { machineInventory } from '../model/inventory/machine';
import { CheckedCluster, checkDefinitions, checkTogether } from '../model/load/load';
import { some } from '../model/support/text';
import { nodePatches, type NodePatches } from '../model/templates/node-patches';
import { ClusterResources, type TalosClusterTransforms } from './cluster-resources';
import type { OutputValues } from './output-values';
import type { TalosVm } from './proxmox/talos-vm';
import { addAssembly } from './stacks/assembly-file';
import { beforeSynth } from './stacks/before-synth';
import { ValidationError } from './stacks/errors';

/** A cluster in TypeScript. */
export interface WrittenClusterProps extends TalosClusterProps {
  /** @default no patches */
  readonly transforms?: TalosClusterTransforms;
}

/** A cluster that `loadDefinitions()` has read and checked. */
export interface LoadedClusterProps {
  /** The cluster, as `loadDefinitions()` gave it. */
  readonly checked: CheckedCluster;
  /** @default no patches */
  readonly transforms?: TalosClusterTransforms;
}

/** A cluster in TypeScript, or one that `loadDefinitions()` has checked. */
export type TalosClusterInput = WrittenClusterProps | LoadedClusterProps | CheckedCluster;

/** A node that is added to a cluster. */
export interface AddedNodeProps extends NodeProps {
  /** @default worker */
  readonly role?: Role;
}

/** Workers that are added to a cluster by count. */
export interface AddedWorkersProps extends Omit<NodePoolProps, 'role'> {
  /** @default worker */
  readonly role?: Exclude<Role, 'control-plane'>;
}

/** Where nodes of a role stand in the props. */
const LISTS = { 'control-plane': 'controlPlanes', worker: 'workers', 'gpu-worker': 'gpuWorkers' } as const;

/**
 * A Talos cluster on any number of Proxmox servers: providers, images, mappings, VMs and outputs.
 *
 * One per stack: outputs and state belong to a cluster. Unless the stack has a backend already, it gets that of the
 * definition.
 *
 * Its resources are made when something of the cluster is read, at the latest by synthesis: until then nodes can be added. All
 * problems are told then.
 *
 * Where the definition splits the state, this stack keeps what the nodes share, and each part is a stack beside it with the
 * VMs of its nodes.
 *
 * @example
 * new TalosCluster(new BaseStack(app, 'home'), 'home', { talosVersion: 'v1.11.5', proxmoxServers: { … }, … });
 */
export class TalosCluster extends Construct {
  private readonly stack: TerraformStack;
  private readonly transforms: TalosClusterTransforms;
  /** What was written, until it is checked. */
  private written: TalosClusterProps | undefined;
  private checkedCluster: CheckedCluster | undefined;
  private resources: ClusterResources | undefined;
  private failure: Error | undefined;

  /** @throws ValidationError if the stack has a cluster already */
  constructor(scope: Construct, id: string, props: TalosClusterInput) {
    super(scope, id);
    this.stack = TerraformStack.of(this);
    this.checkAlone();
    if (props instanceof CheckedCluster) {
      this.checkedCluster = props;
      this.transforms = {};
    } else if ('checked' in props) {
      this.checkedCluster = props.checked;
      this.transforms = props.transforms ?? {};
    } else {
      const { transforms = {}, ...written } = props;
      this.written = written;
      this.transforms = transforms;
    }
    this.node.addValidation({ validate: () => this.checkWithOthers() });
    beforeSynth(this.stack, () => this.built());
  }

  /** The cluster with everything filled in. @throws ValidationError with all problems of the props */
  get cluster(): Cluster {
    return this.checked().cluster;
  }

  /** The VMs of all nodes, by role, then name. @throws ValidationError with all problems of the props */
  get vms(): readonly TalosVm[] {
    return [...this.built().vms.values()];
  }

  /** What a plan puts out, as tokens for this stack. @throws ValidationError with all problems of the props */
  get outputs(): OutputValues {
    return this.built().outputs;
  }

  /** All machines as plain values, for any stack and program. @throws ValidationError with all problems of the props */
  get inventory(): Inventory {
    return machineInventory(this.cluster);
  }

  /** The VM of a node. @throws ValidationError if there is no such node */
  vm(name: string): TalosVm {
    const { vms } = this.built();
    const vm = vms.get(name);
    if (vm) return vm;
    throw new ValidationError(`no node "${name}"; known: ${some([...vms.keys()], 50)}`, this);
  }

  /** Adds a control plane. @throws ValidationError if the cluster is made already */
  addControlPlane(node: NodeProps): this {
    return this.addNode({ ...node, role: 'control-plane' });
  }

  /** Adds a pool of workers, which are named by it and numbered. @throws ValidationError if the cluster is made already */
  addWorkers(pool: AddedWorkersProps): this {
    const { nodePools = [], ...others } = this.open();
    this.written = { ...others, nodePools: [...nodePools, { role: 'worker', ...pool }] };
    return this;
  }

  /** Adds a node of any role. @throws ValidationError if the cluster is made already */
  addNode({ role = 'worker', ...node }: AddedNodeProps): this {
    const props = this.open();
    const list = LISTS[role];
    this.written = { ...props, [list]: [...(props[list] ?? []), node] };
    return this;
  }

  /** The props, as long as nodes can be added. */
  private open(): TalosClusterProps {
    if (!this.written)
      throw new ValidationError(
        'the cluster was loaded from a definition; write its nodes there, where the commands find them',
        this,
      );
    if (this.checkedCluster ?? this.failure)
      throw new ValidationError(
        'the cluster is made already, because something of it was read; add nodes before that',
        this,
      );
    return this.written;
  }

  private checked(): CheckedCluster {
    this.checkedCluster ??= this.once(() => this.checkProps());
    return this.checkedCluster;
  }

  private built(): ClusterResources {
    this.resources ??= this.once(() => {
      const checked = this.checked();
      addAssembly(this.stack, checked);
      return new ClusterResources(this, checked.cluster, this.transforms, this.patches(checked));
    });
    return this.resources;
  }

  /** What Terraform merges into the configuration of each node, where it is Terraform that configures them. */
  private patches({ cluster, draft }: CheckedCluster): NodePatches['patches'] {
    const { management } = cluster;
    if (management.kind !== 'standalone' || management.engine !== 'terraform') return new Map();
    const { patches, diagnostics } = nodePatches(cluster, draft.source.file);
    if (diagnostics.length === 0) return patches;
    handOver(diagnostics);
    throw new ValidationError(problemTexts(diagnostics).join('\n  '), this);
  }

  /** What failed once fails again in the same words, instead of meeting what it has left behind. */
  private once<T>(make: () => T): T {
    if (this.failure !== undefined) throw this.failure;
    try {
      return make();
    } catch (failure) {
      this.failure = failure as Error;
      throw failure;
    }
  }

  private checkAlone(): void {
    const other = this.stack.node.findAll().find((node) => node instanceof TalosCluster && node !== this);
    if (other) {
      throw new ValidationError(
        `stack "${this.stack.node.id}" already has the cluster ${other.node.path}; use one stack per cluster`,
        this,
      );
    }
  }

  private checkProps(): CheckedCluster {
    const { node, written = {} as TalosClusterProps } = this;
    const { clusters, diagnostics } = checkDefinitions([fromProps(node.id, written, node.path)]);
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
    const all = this.node.root.node.findAll().filter((node) => node instanceof TalosCluster);
    if (all[0] !== this) return [];
    const checked = all.map((cluster) => cluster.checked());
    if (new Set(checked.map(({ run }) => run)).size === 1) return [];
    const problems = checkTogether(checked.map(({ draft }) => draft));
    handOver(problems);
    return problemTexts(problems.filter(({ severity }) => severity === 'error'));
  }
}
