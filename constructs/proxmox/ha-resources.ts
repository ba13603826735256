import { Haresource } from '../../.gen/providers/proxmox/haresource';
import type { VirtualEnvironmentVm } from '../../.gen/providers/proxmox/virtual-environment-vm';
import type { Vm } from '../../model/cluster/cluster';
import { AddressScope } from '../stacks/address';
import { create } from '../stacks/create';
import { ProxmoxServers } from './proxmox-servers';

/** The VMs that Proxmox HA keeps running, on another host if theirs fails. */
export class HaResources extends AddressScope {
  /** Tells Proxmox HA of a VM: keep it running, or stopped where it is parked. */
  add({ server, started, vmId }: Vm, resource: VirtualEnvironmentVm): void {
    create(Haresource, this, resource.friendlyUniqueId, {
      provider: ProxmoxServers.of(this).provider(server.key),
      resourceId: `vm:${vmId}`,
      state: started ? 'started' : 'stopped',
      // The VM must be there before, and HA must let go of it before it is destroyed.
      dependsOn: [resource],
    });
  }
}
