import type {
  Guest,
  GuestConfig,
  Mapping,
  NetworkInterface,
  NodeStatus,
  PciFunction,
  StorageInfo,
} from '../proxmox/answers';
import { macsOf, passthroughOf, properties } from '../proxmox/config';
import { idsOf } from '../proxmox/pci';
import { byBytes } from '../support/text';
import type { SeenBridge, SeenDevice, SeenGuest, SeenServer, SeenStorage, Survey } from './survey';

const GIB = 2 ** 30;
const inGib = (bytes: number): number => Math.floor(bytes / GIB);

/** What a server said of itself. */
export interface ServerFacts {
  readonly version: string;
  readonly status: NodeStatus;
  readonly storages: readonly StorageInfo[];
  readonly interfaces: readonly NetworkInterface[];
  readonly pci: readonly PciFunction[];
}

/** A server as a survey has it. */
export function seenServer(
  head: Pick<SeenServer, 'api_url' | 'node_name' | 'proxmox_cluster' | 'tls_insecure'>,
  { version, status, storages, interfaces, pci }: ServerFacts,
): SeenServer {
  return {
    ...head,
    version,
    cpus: status.cpuinfo.cpus,
    memory_gb: inGib(status.memory.total),
    storages: storages.filter(({ enabled, active }) => enabled && active).map(seenStorage),
    bridges: interfaces.filter(({ type }) => /^(bridge|OVSBridge|vnet)$/.test(type)).map(seenBridge),
    devices: pci.filter(isLikely).map(seenDevice),
  };
}

const seenStorage = ({ storage, type, content, shared, avail }: StorageInfo): SeenStorage => ({
  name: storage,
  type,
  content: [...content].sort(byBytes),
  shared,
  free_gb: inGib(avail),
});

const seenBridge = ({ iface, bridge_vlan_aware, mtu, cidr, gateway }: NetworkInterface): SeenBridge => ({
  name: iface,
  vlan_aware: bridge_vlan_aware,
  ...(mtu === undefined ? {} : { mtu }),
  ...(cidr === undefined ? {} : { address: cidr }),
  ...(gateway === undefined ? {} : { gateway }),
});

/** Display controllers and accelerators: what people pass through. Every mainboard has a plain one too, whose IOMMU group is its own. */
const isLikely = ({ class: kind }: PciFunction): boolean => /^0x(03|12)/.test(kind);

const seenDevice = (found: PciFunction): SeenDevice => ({
  path: found.id,
  id: idsOf(found.vendor, found.device),
  ...(found.iommugroup < 0 ? {} : { iommu_group: found.iommugroup }),
  ...(found.subsystem_vendor === undefined || found.subsystem_device === undefined
    ? {}
    : { subsystem_id: idsOf(found.subsystem_vendor, found.subsystem_device) }),
  ...(found.mdev ? { mediated: true } : {}),
});

/** A VM or a container as a survey has it. */
export function seenGuest(site: string, guest: Guest, config: GuestConfig): SeenGuest {
  const { mappings, paths } = passthroughOf(config);
  return {
    site,
    node_name: guest.node,
    vm_id: guest.vmid,
    name: guest.name ?? String(guest.vmid),
    running: guest.status === 'running',
    memory_gb: Math.ceil(guest.maxmem / GIB),
    macs: macsOf(config),
    addresses: addressesOf(config),
    devices: [...mappings, ...paths],
    talos: isTalos(guest, config),
  };
}

/** `ip=192.168.10.20/24` of cloud-init and of containers. */
const addressesOf = (config: GuestConfig): string[] =>
  Object.entries(config).flatMap(([key, value]) => {
    if (!/^(ipconfig|net)\d+$/.test(key)) return [];
    const { ip, ip6 } = properties(value);
    return [ip, ip6].flatMap((text) => (text?.includes('/') ? (text.split('/')[0] ?? []) : []));
  });

/** By tag, name, or the image in its CD drive. */
const isTalos = ({ type, name = '', tags }: Guest, config: GuestConfig): boolean =>
  type === 'qemu' &&
  (tags.includes('talos') ||
    /talos/i.test(name) ||
    Object.entries(config).some(
      ([key, value]) => /^(ide|sata|scsi)\d+$/.test(key) && /\.iso\b/.test(value) && /talos/i.test(value),
    ));

/** Devices of mappings, one entry each. */
export const seenMappings = (site: string, mappings: readonly Mapping[]): Survey['mappings'] =>
  mappings.flatMap(({ id, map }) =>
    map.flatMap((text) => {
      const { node, path } = properties(text);
      return node === undefined || path === undefined
        ? []
        : [{ site, name: id, node_name: node, path: path.split(';')[0] ?? path }];
    }),
  );
