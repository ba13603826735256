import type { Cluster, Disk, MachineConfig, MachineSet, Nic, Node } from '../cluster/cluster';
import { NVIDIA_MODULE } from '../talos/extensions';
import { byBytes } from '../support/text';
import { patchId, type PatchOwner } from './patch-ids';
import { isLegacyNetwork, needsDefaultRuntime } from '../talos/talos-forms';

/** A patch to be made: by a template that sees `view`, or as the user wrote it. */
export type PatchRequest = {
  /** Id in Omni. */
  readonly id: string;
  /** Shown in Omni. */
  readonly name: string;
} & ({ readonly template: PatchTemplate; readonly view: object } | { readonly inline: unknown });

/** Templates of patches: `scripts/templates/<name>.hbs`. */
type PatchTemplate =
  | 'patch-gpu'
  | 'patch-hostname'
  | 'patch-install-disk'
  | 'patch-link'
  | 'patch-link-alias'
  | 'patch-longhorn'
  | 'patch-nameservers'
  | 'patch-network'
  | 'patch-node-labels'
  | 'patch-sysctls'
  | 'patch-volume';

/** What all templates of a run see. */
interface Base {
  readonly cluster: object;
  /** Whether network and hostname are keys of `machine.network` (clusters created before Talos 1.12). */
  readonly legacy: boolean;
}

/** Patches that hold for the whole cluster. Nothing here may differ from node to node. */
export function clusterPatches(cluster: Cluster): PatchRequest[] {
  const patches = new Patches({ level: 'cluster', cluster: cluster.name }, baseView(cluster));
  if (isInstallDiskShared(cluster)) patches.add('install-disk', 'patch-install-disk', {});
  patches.add('nameservers', 'patch-nameservers', { nameservers: cluster.network.dnsServers });
  patches.addConfig(cluster.config);
  return patches.sorted();
}

const hasOwnInstallDisk = ({ omni }: Node): boolean =>
  omni.installDisk !== undefined || omni.installDiskSelector !== undefined;

/** All machines are our VMs, and install on their OS disk. A selector would win over the device that a node names. */
const isInstallDiskShared = ({ nodes, machineSets }: Cluster): boolean =>
  !nodes.some(hasOwnInstallDisk) && machineSets.every(({ members }) => members === 'nodes');

/** Patches of a machine set. */
export function setPatches(cluster: Cluster, { name, role, config }: MachineSet): PatchRequest[] {
  const patches = new Patches({ level: 'set', cluster: cluster.name, set: name }, baseView(cluster));
  const isGpu = role === 'gpu-worker' && hasNvidia(config);
  if (isGpu) patches.add('gpu', 'patch-gpu', gpuView(cluster));
  patches.addConfig(isGpu ? withOwnGpuSettings(config, [cluster.config]) : config);
  return patches.sorted();
}

/** Patches of one machine: all that has an address, a name or a disk of its own. */
export function machinePatches(cluster: Cluster, set: MachineSet, node: Node, uuid: string): PatchRequest[] {
  const base = { ...baseView(cluster), node: nodeView(node) };
  const patches = new Patches({ level: 'machine', uuid }, base);
  patches.add('hostname', 'patch-hostname', {});
  if (!isInstallDiskShared(cluster) && !hasOwnInstallDisk(node))
    patches.add('install-disk', 'patch-install-disk', {});
  addNetwork(patches, base, node);
  const volumes = node.disks.filter(({ volume }) => volume);
  for (const disk of volumes) patches.add(`volume-${disk.name}`, 'patch-volume', { disk: diskView(disk) });
  const longhorn = volumes.find((disk) => disk.longhorn);
  if (longhorn) patches.add('longhorn', 'patch-longhorn', { disk: diskView(longhorn) });
  const isGpu = node.role === 'gpu-worker' && hasNvidia(node.config) && !hasNvidia(set.config);
  if (isGpu) patches.add('gpu', 'patch-gpu', gpuView(cluster));
  const inherited = { ...cluster.config.nodeLabels, ...set.config.nodeLabels };
  const own = Object.entries(placeLabels(node)).filter(([key]) => !(key in inherited));
  const config = isGpu ? withOwnGpuSettings(node.config, [cluster.config, set.config]) : node.config;
  patches.addConfig({ ...config, nodeLabels: { ...Object.fromEntries(own), ...config.nodeLabels } });
  return patches.sorted();
}

function addNetwork(patches: Patches, { legacy }: Base, node: Node): void {
  const nics = node.nics.map(nicView);
  if (legacy) return patches.add('network', 'patch-network', { nics });
  for (const nic of nics) {
    patches.add(`link-alias-${nic.link}`, 'patch-link-alias', { nic });
    patches.add(`link-${nic.link}`, 'patch-link', { nic });
  }
}

/** Where a node is. A host is a zone: what runs on two hosts survives one of them. */
const placeLabels = ({ role, server }: Node): Record<string, string> => ({
  'node-role': role,
  'topology.kubernetes.io/region': server.siteName,
  'topology.kubernetes.io/zone': server.key,
  'topology.proxmox.io/node': server.nodeName,
});

const hasNvidia = ({ systemExtensions }: MachineConfig): boolean =>
  systemExtensions.some((name) => NVIDIA_MODULE.test(name));

/** What `patch-gpu` sets besides modules and files. */
const GPU_SYSCTL = 'net.core.bpf_jit_harden';
const GPU_LABEL = 'nvidia.com/gpu';

/** Settings of the levels above that `patch-gpu` would override, once more beside it: there they come after it. */
const withOwnGpuSettings = (config: MachineConfig, above: readonly MachineConfig[]): MachineConfig => ({
  ...config,
  sysctls: {
    ...only(
      GPU_SYSCTL,
      above.map(({ sysctls }) => sysctls),
    ),
    ...config.sysctls,
  },
  nodeLabels: {
    ...only(
      GPU_LABEL,
      above.map(({ nodeLabels }) => nodeLabels),
    ),
    ...config.nodeLabels,
  },
});

/** One key of maps, the last one of which counts. */
const only = (key: string, maps: readonly Readonly<Record<string, string>>[]): Record<string, string> =>
  Object.fromEntries(maps.flatMap((map) => (map[key] === undefined ? [] : [[key, map[key]] as const])));

const gpuView = ({ talosVersion }: Cluster) => ({ defaultRuntime: needsDefaultRuntime(talosVersion) });

const baseView = ({ name, talosVersion, talosContract }: Cluster): Base => ({
  cluster: { name, talosVersion, talosContract },
  legacy: isLegacyNetwork(talosContract),
});

/** A node as templates see it. */
export const nodeView = ({ name, role, index, server, vmId, machineSet }: Node) => ({
  name,
  role,
  index,
  vmId,
  machineSet,
  server: server.key,
  proxmoxNode: server.nodeName,
  site: server.siteName,
});

/** Talos writes MAC addresses in lower case. A link is named after its network: the kernel's name may change. */
const nicView = ({ network, mac, ip, prefix, version, gateway, mtu }: Nic) => ({
  link: network === 'management' ? 'lan0' : 'storage0',
  mac: mac.toLowerCase(),
  match: `mac(link.permanent_addr) == "${mac.toLowerCase()}"`,
  address: `${ip}/${prefix}`,
  gateway: gateway ?? null,
  defaultRoute: version === 6 ? '::/0' : '0.0.0.0/0',
  mtu: mtu ?? null,
});

/**
 * Proxmox writes the serial number of a SCSI disk where Talos does not look for it, and up to version 8 also into the name
 * of the disk link, which later is made from the slot. All three name the same disk.
 */
const diskView = ({ name, serial, interface: slot }: Disk) => {
  const link = (end: string) => `"/dev/disk/by-id/scsi-0QEMU_QEMU_HARDDISK_${end}" in disk.symlinks`;
  const match = [`disk.serial == "${serial}"`, link(serial), link(`drive-${slot}`)].join(' || ');
  return { name, serial, match, mountPath: `/var/mnt/${name}` };
};

/** The patches of one owner on their way into a document. */
class Patches {
  private readonly requests: PatchRequest[] = [];

  constructor(
    private readonly owner: PatchOwner,
    private readonly base: Base,
  ) {}

  add(name: string, template: PatchTemplate, view: object): void {
    this.requests.push({ id: patchId(this.owner, name), name, template, view: { ...this.base, ...view } });
  }

  /** What the definition says at this level. */
  addConfig({ sysctls, nodeLabels, patches }: MachineConfig): void {
    if (Object.keys(sysctls).length > 0) this.add('sysctls', 'patch-sysctls', { sysctls: sorted(sysctls) });
    if (Object.keys(nodeLabels).length > 0)
      this.add('node-labels', 'patch-node-labels', { nodeLabels: sorted(nodeLabels) });
    for (const [name, inline] of Object.entries(patches))
      this.requests.push({ id: patchId(this.owner, name, { user: true }), name, inline });
  }

  sorted(): PatchRequest[] {
    return [...this.requests].sort((a, b) => byBytes(a.id, b.id));
  }
}

/** Keys in byte order: the order of a map in a definition does not reach the output. */
export const sorted = (map: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(map).sort(([a], [b]) => byBytes(a, b)));
