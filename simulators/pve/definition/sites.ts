/** The sites that a cluster definition needs: servers that have all the storages, bridges, images and GPUs it names. */
import type { Cluster, Image, Node as ClusterNode, Server } from '../../../model/cluster/cluster';
import { MIB } from '../formats/size';
import {
  DEFAULT_TOKEN,
  type BridgeOptions,
  type MappingOptions,
  type NodeOptions,
  type SiteOptions,
  type StorageOptions,
  type StorageType,
} from '../options';
import type { ContentType, PciDevice } from '../store/types';

/** Room for the disks of any definition. */
const DISK_STORAGE_GIB = 100_000;

/** IOMMU groups of devices whose group the definition leaves out. */
const FIRST_GROUP = 100;

/** One site per standalone server and per Proxmox cluster. */
export function sitesOf(cluster: Cluster): SiteOptions[] {
  const names = [...new Set(cluster.servers.map(({ siteName }) => siteName))];
  return names.map((name) => {
    const servers = cluster.servers.filter(({ siteName }) => siteName === name);
    return {
      name,
      nodes: servers.map((server) => nodeOf(cluster, server)),
      tokens: [...new Set(servers.map(tokenOf))].map((id) => ({ id })),
      agent: 'up',
      pools: cluster.resourcePool && !cluster.resourcePool.create ? [cluster.resourcePool.id] : [],
      mappings: existingMappings(cluster, servers),
    };
  });
}

/** The token that the provider of a server is to be given. */
export const tokenOf = ({ tokenId }: Server): string => tokenId ?? DEFAULT_TOKEN;

function nodeOf(cluster: Cluster, server: Server): NodeOptions {
  const nodes = cluster.nodes.filter((node) => node.server.key === server.key);
  return {
    name: server.nodeName,
    bridges: bridgesOf(nodes),
    storages: storagesOf(cluster, server, nodes),
    pci: devicesOf(cluster, server),
    cpus: 128,
    memoryGib: 1024,
  };
}

/** vmbr0 and what the nodes name, each with the VLANs and the MTU that they want. */
function bridgesOf(nodes: readonly ClusterNode[]): BridgeOptions[] {
  const nics = nodes.flatMap((node) => node.nics);
  return [...new Set(['vmbr0', ...nics.map(({ bridge }) => bridge)])].map((name) => {
    const uses = nics.filter(({ bridge }) => bridge === name);
    const mtu = Math.max(...uses.flatMap((nic) => nic.mtu ?? []), 1500);
    return { name, vlanAware: uses.some(({ vlanId }) => vlanId > 0), ...(mtu > 1500 ? { mtu } : {}) };
  });
}

function storagesOf(cluster: Cluster, server: Server, nodes: readonly ClusterNode[]): StorageOptions[] {
  const disks = new Set(nodes.flatMap((node) => node.disks.map(({ storage }) => storage)));
  const files = cluster.images.flatMap((image) => fileOn(image, server));
  const hasImports = cluster.images.some(
    ({ source }) => source.kind === 'download' && source.content === 'import',
  );
  const imports: readonly ContentType[] = hasImports ? ['import'] : [];
  const images = new Set(['local', server.imageStorage, ...files.map((volid) => volid.split(':')[0] ?? '')]);
  return [...new Set([...images, ...disks])].sort().map((id): StorageOptions => {
    const type = guessType(id, images.has(id));
    const volumes = files
      .filter((volid) => volid.startsWith(`${id}:`))
      .map((name) => ({ name, size: 100 * MIB }));
    if (images.has(id) && !disks.has(id)) {
      return { id, type, content: ['iso', 'vztmpl', 'backup', ...imports], volumes };
    }
    return { id, type, sizeGib: DISK_STORAGE_GIB, volumes };
  });
}

/** An image that is on the server already. */
function fileOn({ source }: Image, { key }: Server): string[] {
  const file = source.kind === 'iso' ? source.files[key] : undefined;
  return file === undefined ? [] : [file];
}

/** Names say it well enough for a simulation. */
function guessType(id: string, holdsFiles: boolean): StorageType {
  if (/nfs|nas/i.test(id)) return 'nfs';
  if (holdsFiles) return 'dir';
  if (/ceph|rbd/i.test(id)) return 'rbd';
  return /zfs|tank|pool/i.test(id) ? 'zfspool' : 'lvmthin';
}

/** Mappings that nodes use and the definition does not make: they are on the servers already. */
function existingMappings(cluster: Cluster, servers: readonly Server[]): MappingOptions[] {
  const uses = servers.flatMap((server) =>
    foreignMappings(cluster, server).map((name) => ({ name, server })),
  );
  return [...new Set(uses.map(({ name }) => name))].map((id) => ({
    id,
    map: uses
      .filter(({ name }) => name === id)
      .map(({ name, server }) => {
        const device = foreignDevice(cluster, server, name);
        return `id=${device.id},iommugroup=${device.iommuGroup ?? -1},node=${server.nodeName},path=${device.path}`;
      }),
  }));
}

function foreignMappings({ nodes, pciMappings }: Cluster, { key }: Server): string[] {
  const used = nodes.filter(({ server }) => server.key === key).flatMap(({ gpuMappings }) => gpuMappings);
  return [...new Set(used)].filter((name) => !pciMappings.some((mapping) => mapping.name === name)).sort();
}

/** A device of a bus of its own. */
function foreignDevice(cluster: Cluster, server: Server, name: string): PciDevice {
  const bus = (0xc0 + foreignMappings(cluster, server).indexOf(name)).toString(16);
  return { path: `0000:${bus}:00.0`, id: '10de:25b6', iommuGroup: Number.parseInt(bus, 16) };
}

/** The devices that mappings describe. */
function devicesOf(cluster: Cluster, server: Server): PciDevice[] {
  const foreign = foreignMappings(cluster, server).map((name) => foreignDevice(cluster, server, name));
  return [...ownDevices(cluster, server), ...foreign];
}

/**
 * The slots that the definition names are filled. What is in them speaks for itself, however the definition spells it:
 * in lower case, and with a group.
 */
function ownDevices({ pciMappings }: Cluster, server: Server): PciDevice[] {
  const devices = pciMappings.flatMap((mapping) =>
    mapping.devices.filter((device) => device.server.key === server.key),
  );
  return devices.map(({ path, id, iommuGroup, subsystemId }, index) => ({
    path: (/\.\d$/.test(path) ? path : `${path}.0`).toLowerCase(),
    id: id.toLowerCase(),
    iommuGroup: iommuGroup ?? FIRST_GROUP + index,
    ...(subsystemId === undefined ? {} : { subsystemId: subsystemId.toLowerCase() }),
  }));
}
