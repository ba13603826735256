/** A site's state from its options, with the defaults of a new installation. */
import { privilegesOf } from '../auth/privileges';
import { GIB } from '../formats/size';
import {
  DEFAULT_SECRET,
  DEFAULT_TOKEN,
  type BridgeOptions,
  type NodeOptions,
  type SiteOptions,
  type StorageOptions,
  type VolumeOptions,
} from '../options';
import { SiteState } from './site';
import type { Account, NetworkInterface, Node, Storage, Volume } from './types';
import { defaultContent, describeFile, ownerOf } from './volumes';

const NEW_INSTALLATION: readonly StorageOptions[] = [
  { id: 'local', type: 'dir' },
  { id: 'local-lvm', type: 'lvmthin' },
];

export function buildState(options: SiteOptions): SiteState {
  const { name, version = '9.1.1', agent = 'none', web = {} } = options;
  if (!/^[89]\.\d+(\.\d+)?$/.test(version)) {
    throw new Error(`site ${name}: version ${version} is not known; there is 8.x and 9.x`);
  }
  const shared = new Map<string, Storage>();
  const nodes = nodesOf(options).map((node): [string, Node] => [node.name, buildNode(node, shared)]);
  const state = new SiteState(name, version, new Map(nodes), agent, web);
  for (const model of options.cpuModels ?? []) state.cpuModels.add(model);
  if (state.nodes.size < nodes.length) throw new Error(`site ${name}: two nodes have the same name`);
  for (const account of accounts(options, version)) state.accounts.set(account.id, account);
  for (const poolid of options.pools ?? []) {
    state.pools.set(poolid, { poolid, vms: new Set(), storages: new Set() });
  }
  for (const { id, kind = 'pci', map } of options.mappings ?? []) {
    state.mappings[kind].set(id, { id, kind, map: [...map] });
  }
  return state;
}

/** A site without nodes is one server. */
export const nodesOf = ({ name, nodes }: SiteOptions): readonly NodeOptions[] => nodes ?? [{ name }];

function buildNode(options: NodeOptions, shared: Map<string, Storage>): Node {
  const {
    name,
    bridges = ['vmbr0'],
    storages = NEW_INSTALLATION,
    pci = [],
    cpus = 16,
    memoryGib = 128,
    clockAhead = 0,
    offline = false,
  } = options;
  return {
    name,
    cpus,
    memory: memoryGib * GIB,
    pci,
    clockAhead,
    offline,
    storages: new Map(storages.map((storage) => [storage.id, buildStorage(storage, shared)])),
    interfaces: new Map(
      bridges
        .map((item) => (typeof item === 'string' ? { name: item } : item))
        .map((item, index) => [item.name, bridge(item, index)]),
    ),
  };
}

function buildStorage(options: StorageOptions, sharedStorages: Map<string, Storage>): Storage {
  const { id, type = 'dir', sizeGib = 1000, volumes = [], enabled = true, active = enabled } = options;
  const { content = defaultContent(id, type), shared = type === 'nfs' || type === 'rbd' } = options;
  const known = shared ? sharedStorages.get(id) : undefined;
  if (options.snapshotAsVolumeChain === true && type !== 'lvm') {
    throw new Error(`storage ${id}: only lvm has volumes as a chain of snapshots`);
  }
  const storage = known ?? {
    id,
    type,
    content,
    shared,
    enabled,
    active,
    total: sizeGib * GIB,
    allocateMs: options.allocateMs ?? 0,
    ...(options.snapshotAsVolumeChain === true ? { snapshotAsVolumeChain: true } : {}),
    volumes: new Map<string, Volume>(),
  };
  if (shared) sharedStorages.set(id, storage);
  for (const volume of volumes) addVolume(storage, volume);
  return storage;
}

/** Puts a volume where it was not made through the API: an ISO that an operator copied, a foreign disk. */
export function addVolume(storage: Storage, { name, size, virtualSize }: VolumeOptions): Volume {
  const volid = name.startsWith(`${storage.id}:`) ? name : `${storage.id}:${name}`;
  const vmid = ownerOf(volid);
  const volume: Volume = {
    volid,
    size,
    ...describeFile(volid),
    ...(virtualSize === undefined ? {} : { virtualSize }),
    ...(vmid === undefined ? {} : { vmid }),
  };
  storage.volumes.set(volid, volume);
  return volume;
}

/** The first bridge has the address of the server, as the installer leaves it. */
function bridge(options: BridgeOptions, index: number): NetworkInterface {
  const { name: iface, vlanAware = false, mtu, ports = index === 0 ? ['eno1'] : [] } = options;
  const settings = {
    method: 'manual',
    method6: 'manual',
    autostart: '1',
    bridge_ports: ports.join(' '),
    bridge_stp: 'off',
    bridge_fd: '0',
    ...(vlanAware ? { bridge_vlan_aware: '1' } : {}),
    ...(mtu === undefined ? {} : { mtu: String(mtu) }),
    ...(index === 0
      ? {
          method: 'static',
          address: '192.0.2.10',
          netmask: '24',
          cidr: '192.0.2.10/24',
          gateway: '192.0.2.1',
        }
      : {}),
  };
  return { iface, type: 'bridge', settings, pending: false };
}

function accounts({ name, tokens, users = [] }: SiteOptions, version: string): Account[] {
  const all = privilegesOf(version);
  const listed = [
    ...(tokens ?? [{ id: DEFAULT_TOKEN }]).map((token) => ({ secret: DEFAULT_SECRET, ...token })),
    ...users.map((user) => ({ ...user, secret: user.password })),
  ];
  return listed.map(({ id, secret, privileges = all, acl = {} }) => {
    const unknown = [privileges, ...Object.values(acl)].flat().find((privilege) => !all.includes(privilege));
    if (unknown !== undefined) {
      throw new Error(`site ${name}: invalid privilege '${unknown}' of ${id} in Proxmox VE ${version}`);
    }
    return { id, secret, acl: { '/': privileges, ...acl } };
  });
}
