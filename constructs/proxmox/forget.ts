import type { TerraformStack } from 'cdktf';
import { Haresource } from '../../.gen/providers/proxmox/haresource';
import { VirtualEnvironmentVm } from '../../.gen/providers/proxmox/virtual-environment-vm';
import type { Node } from '../../model/cluster/cluster';
import { legalName } from '../stacks/address';
import { addForget } from '../stacks/blocks';

/** Lets a stack forget nodes that another part of a split state has: a state that nobody has moved yet loses no VM to it. */
export function forgetNodes(stack: TerraformStack, nodes: readonly Node[]): void {
  for (const { name, ha } of nodes) {
    const address = legalName(name);
    addForget(stack, `${VirtualEnvironmentVm.tfResourceType}.${address}`);
    if (ha) addForget(stack, `${Haresource.tfResourceType}.${address}`);
  }
}
