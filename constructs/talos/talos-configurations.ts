import { TerraformOutput, TerraformStack, type ITerraformDependable, type TerraformResource } from 'cdktf';
import type { Construct } from 'constructs';
import { ClusterKubeconfig } from '../../.gen/providers/talos/cluster-kubeconfig';
import { DataTalosClientConfiguration } from '../../.gen/providers/talos/data-talos-client-configuration';
import { DataTalosMachineConfiguration } from '../../.gen/providers/talos/data-talos-machine-configuration';
import { MachineBootstrap } from '../../.gen/providers/talos/machine-bootstrap';
import {
  MachineConfigurationApply,
  type MachineConfigurationApplyConfig,
} from '../../.gen/providers/talos/machine-configuration-apply';
import { MachineSecrets } from '../../.gen/providers/talos/machine-secrets';
import type { Cluster, Node } from '../../model/cluster/cluster';
import type { TalosDocument } from '../../model/talos/documents';
import { installerFor } from '../../model/talos/installer';
import { inOrder, isControlPlane } from '../../model/talos/order';
import { refusesStagedFirst } from '../../model/talos/talos-forms';
import { AddressScope } from '../stacks/address';
import { create } from '../stacks/create';
import { Expression, hcl } from '../stacks/expression';

/** What Terraform configures nodes with. */
export interface TalosConfigurationsProps {
  /** A cluster of engine terraform. */
  readonly cluster: Cluster;
  /** Address of the Kubernetes API. */
  readonly endpoint: string;
  /** Documents of each node by its name, in the order in which they are merged. */
  readonly patches: ReadonlyMap<string, readonly TalosDocument[]>;
  /** VM of each node by its name. */
  readonly vms: ReadonlyMap<string, { readonly resource: TerraformResource }>;
}

/** A change that needs a reboot waits for one. Where the node does not answer a plan, the provider takes auto, and asks again before it applies. */
const CAREFULLY = 'staged_if_needing_reboot';

/**
 * Makes a cluster of VMs by Terraform alone: its secrets, the configuration of each node, etcd, kubeconfig and talosconfig. Nodes are
 * configured at their own addresses and one after the other, control planes first: each waits for the one before it.
 */
export class TalosConfigurations extends AddressScope {
  private readonly secrets: MachineSecrets;
  private readonly applied: AddressScope;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: TalosConfigurationsProps,
  ) {
    super(scope, id);
    const { cluster } = props;
    const { talosContract } = cluster;
    this.applied = new AddressScope(this, 'applied');
    this.secrets = create(MachineSecrets, this, 'cluster', {
      talosVersion: talosContract,
      // An older version would replace the secrets, and with them the cluster; imported ones have another than they are made for.
      lifecycle: { ignoreChanges: ['talos_version'] },
    });
    const [first, ...others] = inOrder(cluster.nodes);
    if (!first || !isControlPlane(first)) return;
    const begun = this.begin(first, this.configure(first, []));
    let before: ITerraformDependable = begun;
    for (const node of others) before = this.configure(node, [before]);
    this.addOutputs(first, begun);
  }

  /** @returns what the next node waits for */
  private configure(node: Node, after: readonly ITerraformDependable[]): MachineConfigurationApply {
    const { cluster } = this.props;
    const { resource: vm } = this.vm(node);
    const config = this.config(node);
    const common: MachineConfigurationApplyConfig = {
      ...this.at(node),
      machineConfigurationInput: config.asText,
      dependsOn: [vm, ...after],
    };
    // A machine that is made anew has no configuration.
    const replaceTriggeredBy = [`${vm.terraformResourceType}.${vm.friendlyUniqueId}.id`];
    const entered = refusesStagedFirst(cluster.talosContract)
      ? create(MachineConfigurationApply, this.applied, `${node.name}_first`, {
          ...common,
          applyMode: 'auto',
          lifecycle: { ignoreChanges: 'all', replaceTriggeredBy },
        })
      : undefined;
    return create(MachineConfigurationApply, this.applied, node.name, {
      ...common,
      applyMode: CAREFULLY,
      dependsOn: [vm, ...(entered ? [entered] : after)],
      lifecycle: { replaceTriggeredBy },
    });
  }

  /** The machine configuration of a node: that of talosctl is made of the same documents. */
  private config(node: Node): Expression {
    const { cluster, endpoint, patches } = this.props;
    const { name, talosContract, kubernetesVersion } = cluster;
    const bodies: readonly unknown[] = [
      // Else it is that of the Talos which the provider was built with.
      { machine: { install: { image: installerFor(cluster, node) } } },
      ...(patches.get(node.name) ?? []).map(({ body }) => body),
    ];
    const configurations = this.scoped('configurations');
    const data = create(DataTalosMachineConfiguration, configurations, node.name, {
      clusterName: name,
      clusterEndpoint: endpoint,
      machineType: isControlPlane(node) ? 'controlplane' : 'worker',
      machineSecrets: this.secrets.machineSecrets,
      talosVersion: talosContract,
      ...(kubernetesVersion === undefined ? {} : { kubernetesVersion }),
      docs: false,
      examples: false,
      // JSON is YAML.
      configPatches: bodies.map((body) => JSON.stringify(body)),
    });
    return new Expression(
      `data.${data.terraformResourceType}.${data.friendlyUniqueId}.machine_configuration`,
    );
  }

  /** Begins etcd, once: nothing that changes later is a reason to do it again. */
  private begin(node: Node, configured: ITerraformDependable): MachineBootstrap {
    return create(MachineBootstrap, this.scoped('etcd'), 'cluster', {
      ...this.at(node),
      dependsOn: [configured],
      lifecycle: { ignoreChanges: 'all' },
    });
  }

  private addOutputs(first: Node, begun: ITerraformDependable): void {
    const { cluster } = this.props;
    const kubeconfig = create(ClusterKubeconfig, this.scoped('kubernetes'), 'cluster', {
      ...this.at(first),
      dependsOn: [begun],
    });
    // It names no nodes: with nodes in it, a bare command would mean all of them.
    const talosconfig = create(DataTalosClientConfiguration, this.scoped('client'), 'cluster', {
      clusterName: cluster.name,
      clientConfiguration: this.secrets.clientConfiguration,
      endpoints: cluster.nodes.filter(isControlPlane).map(addressOf),
    });
    this.addOutput(
      'kubeconfig',
      hcl`${reference(kubeconfig)}.kubeconfig_raw`,
      'For kubectl. It opens the cluster to whoever reads it.',
    );
    this.addOutput(
      'talosconfig',
      hcl`data.${reference(talosconfig)}.talos_config`,
      'For talosctl. It opens the nodes to whoever reads it.',
    );
  }

  private addOutput(name: string, value: Expression, description: string): void {
    create(TerraformOutput, TerraformStack.of(this), name, {
      value: value.asText,
      description,
      sensitive: true,
    });
  }

  /** Each node at its own address, never at one that it shares. */
  private at(node: Node) {
    const address = addressOf(node);
    return {
      nodeAttribute: address,
      endpoint: address,
      clientConfiguration: this.secrets.clientConfiguration,
    };
  }

  private vm({ name }: Node): { readonly resource: TerraformResource } {
    const vm = this.props.vms.get(name);
    if (!vm) throw new Error(`bug: node ${name} has no VM`);
    return vm;
  }

  /** Elements of several types may have one name. */
  private scoped(id: string): AddressScope {
    const existing = this.node.tryFindChild(id);
    return existing instanceof AddressScope ? existing : new AddressScope(this, id);
  }
}

const addressOf = ({ nics }: Node): string => nics[0]?.ip ?? '';

const reference = ({
  terraformResourceType,
  friendlyUniqueId,
}: Pick<TerraformResource, 'terraformResourceType' | 'friendlyUniqueId'>): Expression =>
  new Expression(`${terraformResourceType}.${friendlyUniqueId}`);
