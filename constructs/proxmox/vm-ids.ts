import { TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import { DataProxmoxVirtualEnvironmentVms } from '../../.gen/providers/proxmox/data-proxmox-virtual-environment-vms';
import type { Server, Vm } from '../../model/cluster/cluster';
import { guardMessage } from '../../model/terraform/guard-messages';
import { AddressScope } from '../stacks/address';
import { create } from '../stacks/create';
import { Expression, hcl } from '../stacks/expression';
import { ProxmoxServers } from './proxmox-servers';

/**
 * The guard of VMs that are in no cluster: a plan asks each Proxmox cluster or standalone server of theirs for its VMs, and fails
 * where another one has the VMID. The provider would take that one over without a word. There is one per stack.
 */
export class VmIds extends AddressScope {
  private static readonly ID = 'vm-ids';
  private readonly bySite = new Map<string, Expression>();

  /** The guard of the stack that a construct stands in. */
  static of(construct: Construct): VmIds {
    const stack = TerraformStack.of(construct);
    const existing = stack.node.tryFindChild(VmIds.ID);
    return existing instanceof VmIds ? existing : new VmIds(stack, VmIds.ID);
  }

  /** What a VM checks before it changes. */
  precondition({ name, vmId, server }: Pick<Vm, 'name' | 'vmId' | 'server'>) {
    const others = hcl`[for vm in ${this.vmsOf(server)} : vm.name if vm.vm_id == ${vmId} && vm.name != ${name}]`;
    const text = `VM ${vmId} of Proxmox ${server.siteName} is not called "${name}": Terraform would take it over, and a later destroy would delete it. Give ${name} a free vmId; if it is this very VM and gets another name, write guards: false for one apply.`;
    return {
      condition: hcl`length(${others}) == 0`.asText,
      errorMessage: guardMessage(text, { rule: 'live-identity-taken', subject: name }),
    };
  }

  private vmsOf({ site, siteName, key }: Server): Expression {
    const existing = this.bySite.get(site);
    if (existing) return existing;
    const list = create(DataProxmoxVirtualEnvironmentVms, this, `vms_${siteName}`, {
      provider: ProxmoxServers.of(this).provider(key),
    });
    const vms = new Expression(`data.${list.terraformResourceType}.${list.friendlyUniqueId}.vms`);
    this.bySite.set(site, vms);
    return vms;
  }
}
