import { TerraformLocal, TerraformVariable, type TerraformDataSource, type TerraformOutput } from 'cdktf';
import type { Construct } from 'constructs';
import { DataProxmoxFiles } from '../../.gen/providers/proxmox/data-proxmox-files';
import { DataProxmoxVirtualEnvironmentNodes } from '../../.gen/providers/proxmox/data-proxmox-virtual-environment-nodes';
import { DataProxmoxVirtualEnvironmentVms } from '../../.gen/providers/proxmox/data-proxmox-virtual-environment-vms';
import { ALLOWANCES } from '../../model/terraform/allowances';
import type { Cluster, Node } from '../../model/cluster/cluster';
import { machineInventory } from '../../model/inventory/machine';
import { byBytes } from '../../model/support/text';
import { AddressScope } from '../stacks/address';
import { create } from '../stacks/create';
import { Expression, hcl } from '../stacks/expression';
import {
  byId,
  byName,
  expected,
  foundVms,
  foundVolumes,
  problems,
  removed,
  unseen,
  type Asked,
  type AskedNodes,
} from './guard-expressions';
import { ProxmoxServers } from './proxmox-servers';
import type { VmPrecondition } from './proxmox-vm';
import { firstOfEachSite } from './sites';

/** What guards compare the servers with. */
export interface GuardsProps {
  /** The cluster, with the nodes whose VMs the stack has. */
  readonly cluster: Cluster;
  /** Nodes whose VMs another part of a split state holds. @default the state is not split */
  readonly elsewhere?: readonly Node[];
  /** Expression of the machine inventory of this stack. @default one is made. @internal */
  readonly inventory?: Expression;
}

/**
 * Guards that travel with the JSON, so that plain `terraform apply` has them too. The plan asks the servers for their VMs
 * and the storages of the nodes for their volumes; a VM whose creation, move or change would harm what the definition
 * does not name fails the plan, with what to do. Variable `allow` names the exceptions, variable `guards` switches
 * everything off. See `docs/guide/guards.md`.
 */
export class Guards extends AddressScope {
  private readonly isOn: Expression;
  private readonly problems: Expression;
  private readonly general: Expression;

  private readonly elsewhere: readonly Node[] | undefined;

  constructor(scope: Construct, id: string, props: GuardsProps) {
    super(scope, id);
    const { cluster, inventory, elsewhere } = props;
    this.elsewhere = elsewhere;
    const { name: clusterTag, renamedFrom, nodes, servers } = cluster;
    this.isOn = this.addSwitch();
    const count = hcl`${this.isOn} ? 1 : 0`;
    const allow = this.addAllow();
    const sites = Object.fromEntries(servers.map(({ key, siteName }) => [key, siteName]));
    const vms = this.local('vms', foundVms(this.askForVms(cluster, count)));
    const machines = inventory ?? this.local('inventory', machineInventory(cluster));
    const parts = {
      expected: this.local('nodes', expected(machines, this.local('sites', sites))),
      byId: this.local('vms_by_id', byId(vms)),
      byName: this.local('vms_by_name', byName(vms, [clusterTag, ...(renamedFrom ? [renamedFrom] : [])])),
      volumes: this.local('volumes', foundVolumes(this.askForVolumes(cluster, count))),
      allow,
      mobile: this.local(
        'mobile',
        Object.fromEntries(nodes.flatMap(({ name, ha }) => (ha ? [[name, true]] : []))),
      ),
      reportingNode: nodes[0]?.name ?? '',
    };
    const others = elsewhere?.length
      ? {
          elsewhere: this.local(
            'elsewhere',
            elsewhere.map(({ name }) => name),
          ),
        }
      : {};
    const gone = this.local('removed', removed({ ...parts, ...others }));
    const nodeLists = this.askForNodes(cluster, count);
    this.general =
      nodeLists.length === 0
        ? gone
        : hcl`concat(${gone}, ${this.local('unseen', unseen(nodeLists, vms, allow))})`;
    this.problems = this.local('problems', problems({ ...parts, general: this.general }));
  }

  /** In a stack without nodes no VM can speak for what concerns more than one; an output can. @internal */
  guardOutput(output: TerraformOutput): void {
    // The precondition of cdktf's output never reaches the JSON.
    output.addOverride('precondition', [
      {
        condition: hcl`length(${this.general}) == 0`.template,
        error_message: hcl`join("\\n", ${this.general})`.template,
      },
    ]);
  }

  /** A condition that holds by itself where the guards are switched off. @internal */
  unlessOff = (condition: Expression): Expression => hcl`!${this.isOn} || ${condition}`;

  /** What a VM checks before it changes. @internal */
  precondition({ name }: Pick<Node, 'name'>): VmPrecondition {
    const text = hcl`${this.problems}[${name}]`;
    return { condition: hcl`${text} == ""`.asText, errorMessage: text.asText };
  }

  private addSwitch(): Expression {
    const { friendlyUniqueId } = create(TerraformVariable, this, 'guards', {
      type: 'bool',
      default: true,
      description: 'Ask the servers whether a change would harm what the definition does not name.',
    });
    return new Expression(`var.${friendlyUniqueId}`);
  }

  private addAllow(): Expression {
    const entries = ALLOWANCES.map((word) => `${word}:<node>`).join(', ');
    const variable = create(TerraformVariable, this, 'allow', {
      type: 'list(string)',
      default: [],
      description: `What the guards let pass: ${entries}.`,
    });
    const name = new Expression(`var.${variable.friendlyUniqueId}`);
    const pattern = `^(${ALLOWANCES.join('|')}):[^:\\s]+$`;
    variable.addValidation({
      condition: hcl`alltrue([for entry in ${name} : can(regex(${pattern}, entry))])`.template,
      errorMessage: `Expected a list of ${entries}.`,
    });
    return name;
  }

  /** The VMs of each Proxmox cluster or standalone server, also of one that hosts no node: it may still hold one. */
  private askForVms({ servers }: Cluster, count: Expression): Asked[] {
    return firstOfEachSite(servers).map(({ key, siteName }) => {
      const list = create(DataProxmoxVirtualEnvironmentVms, this, siteName, {
        provider: ProxmoxServers.of(this).provider(key),
      });
      list.addOverride('count', count.template);
      return { site: siteName, found: attribute(list, 'vms') };
    });
  }

  /** The nodes of each Proxmox cluster; a server alone that is off answers nothing at all. */
  private askForNodes({ servers }: Cluster, count: Expression): AskedNodes[] {
    const clustered = servers.filter(({ site, endpoint }) => site !== endpoint);
    return firstOfEachSite(clustered).map(({ key, siteName }) => {
      const list = create(DataProxmoxVirtualEnvironmentNodes, this, `nodes_${siteName}`, {
        provider: ProxmoxServers.of(this).provider(key),
      });
      list.addOverride('count', count.template);
      return { site: siteName, names: attribute(list, 'names'), online: attribute(list, 'online') };
    });
  }

  /** The volumes of each storage that a disk is or was on, as far as the definition still names it. */
  private askForVolumes({ servers, nodes }: Cluster, count: Expression): Asked[] {
    return servers.flatMap(({ key, siteName, nodeName, diskStorages }) => {
      // A part of a split state compares the disks of its own nodes only.
      if (this.elsewhere && !nodes.some(({ server }) => server.key === key)) return [];
      const disks = nodes.filter(({ server }) => server.key === key).flatMap((node) => node.disks);
      const storages = new Set([...diskStorages, ...disks.map(({ storage }) => storage)]);
      return [...storages].sort(byBytes).map((storage): Asked => {
        const list = create(DataProxmoxFiles, this, `${key}_${storage}`, {
          provider: ProxmoxServers.of(this).provider(key),
          nodeName,
          datastoreId: storage,
          contentType: 'images',
        });
        list.addOverride('count', count.template);
        return { site: siteName, found: attribute(list, 'files') };
      });
    });
  }

  /** A local value; the answer is how to refer to it. */
  private local(name: string, value: Expression | object): Expression {
    const local = create(TerraformLocal, this, `guard_${name}`, value);
    return new Expression(`local.${local.friendlyUniqueId}`);
  }
}

/** What all instances of a data source found, of which there is one or none. */
const attribute = (
  { terraformResourceType, friendlyUniqueId }: TerraformDataSource,
  name: 'vms' | 'files' | 'names' | 'online',
): Expression => new Expression(`data.${terraformResourceType}.${friendlyUniqueId}[*].${name}`);
