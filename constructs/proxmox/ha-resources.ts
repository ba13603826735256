import { Haresource } from '../../.gen/providers/proxmox/haresource';
import type { Node } from '../../model/cluster/cluster';
import { AddressScope } from '../stacks/address';
import { create } from '../stacks/create';
import { ProxmoxServers } from './proxmox-servers';
import type { TalosVm } from './talos-vm';

/** The VMs that Proxmox HA keeps running, on another host if theirs fails. */
export class HaResources extends AddressScope {
  add({ name, server, started, vmId }: Node, vm: TalosVm): void {
    create(Haresource, this, name, {
      provider: ProxmoxServers.of(this).provider(server.key),
      resourceId: `vm:${vmId}`,
      state: started ? 'started' : 'stopped',
      // The VM must be there before, and HA must let go of it before it is destroyed.
      dependsOn: [vm.resource],
    });
  }
}
