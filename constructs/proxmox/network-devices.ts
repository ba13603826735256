import type { VirtualEnvironmentVmNetworkDevice } from '../../.gen/providers/proxmox/virtual-environment-vm';
import type { VmNic } from '../../model/cluster/cluster';

/**
 * The NICs of a VM. In JSON `network_device` is an attribute, not a block: the provider refuses an element that lacks
 * one of the eleven keys, so those without a value are written as null. `enabled` stays null, any value is deprecated.
 */
export function networkDevices(nics: readonly VmNic[]): VirtualEnvironmentVmNetworkDevice[] {
  // The bindings know no null; cdktf keeps it, while it would drop undefined.
  const unset = null as unknown as undefined;
  return nics.map((nic) => ({
    bridge: nic.bridge,
    disconnected: unset,
    enabled: unset,
    firewall: false,
    macAddress: nic.mac,
    model: 'virtio',
    mtu: nic.mtu ?? unset,
    queues: unset,
    rateLimit: unset,
    trunks: unset,
    vlanId: nic.vlanId === 0 ? unset : nic.vlanId,
  }));
}
