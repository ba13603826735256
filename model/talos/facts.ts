import type { Cluster, Disk, Nic, Node } from '../cluster/cluster';
import { isLegacyNetwork } from './talos-forms';

/** What every document is made from. */
export interface ClusterFacts {
  readonly cluster: Pick<Cluster, 'name' | 'talosVersion' | 'talosContract'>;
  /** Whether network and hostname are keys of `machine.network` (clusters created before Talos 1.12). */
  readonly legacy: boolean;
}

export const clusterFacts = ({ name, talosVersion, talosContract }: Cluster): ClusterFacts => ({
  cluster: { name, talosVersion, talosContract },
  legacy: isLegacyNetwork(talosContract),
});

/** A node as documents need it. */
export type NodeFacts = ReturnType<typeof nodeFacts>;

export const nodeFacts = ({ name, role, index, server, vmId, machineSet }: Node) => ({
  name,
  role,
  index,
  vmId,
  machineSet,
  server: server.key,
  proxmoxNode: server.nodeName,
  site: server.siteName,
});

/** A link of a node. */
export type NicFacts = ReturnType<typeof nicFacts>;

/** Talos writes MAC addresses in lower case. A link is named after its network: the kernel's name may change. */
export const nicFacts = ({ network, mac, ip, prefix, version, gateway, mtu }: Nic) => ({
  link: network === 'management' ? 'lan0' : 'storage0',
  mac: mac.toLowerCase(),
  match: `mac(link.permanent_addr) == "${mac.toLowerCase()}"`,
  address: `${ip}/${prefix}`,
  gateway: gateway ?? null,
  defaultRoute: version === 6 ? '::/0' : '0.0.0.0/0',
  mtu: mtu ?? null,
});

/** A data disk of a node. */
export type DiskFacts = ReturnType<typeof diskFacts>;

/**
 * Proxmox writes the serial number of a SCSI disk where Talos does not look for it, and up to version 8 also into the name
 * of the disk link, which later is made from the slot. All three name the same disk.
 */
export const diskFacts = ({ name, serial, interface: slot }: Disk) => {
  const link = (end: string) => `"/dev/disk/by-id/scsi-0QEMU_QEMU_HARDDISK_${end}" in disk.symlinks`;
  const match = [`disk.serial == "${serial}"`, link(serial), link(`drive-${slot}`)].join(' || ');
  return { name, serial, match, mountPath: `/var/mnt/${name}` };
};
