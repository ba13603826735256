import { DATA_DISK_KEYS, dataDisksOf, OS_DISK } from '../definition/data-disks';
import { presetsOf } from '../definition/keys';
import {
  storageNetwork,
  type DefinitionDraft,
  type NodeInput,
  type NodePoolInput,
} from '../definition/schema';
import type {
  ClusterDraft,
  DiskDraft,
  ImageDraft,
  NicDraft,
  NodeDraft,
  ServerDraft,
  SettingsBlock,
} from '../definition/draft';
import type { Path } from '../../diagnostics/source';
import { macAddress, MAX_INDEX } from '../identity/mac';
import { indexFromName, isIndex } from '../identity/node-index';
import { isNamespace, smbiosUuid } from '../identity/smbios-uuid';
import { nthAddress, parseSubnet } from '../../support/net';
import { ownTags } from '../role-tags';
import { ROLE_FACTS, ROLES, type Role } from '../roles';
import { VM_DEFAULTS } from '../vm';
import { byBytes } from '../../support/text';
import { formerName } from './images';
import { machineSetOf, nodeConfig } from './machine-config';
import { resolveOmniMachine } from './omni';
import { storageKeys } from './servers';
import { Settings } from './settings';

/** What node resolution takes from the rest of the cluster. */
export type NodeContext = Pick<
  ClusterDraft,
  'name' | 'definition' | 'servers' | 'images' | 'vmIdRanges' | 'macPrefix'
>;

/** A node as the definition lists it: by itself, or as one of a pool. */
interface Listed {
  readonly name: string;
  readonly role: Role;
  readonly input: NodeInput;
  readonly own: SettingsBlock;
}

/** All nodes by role, then name: the order of the file does not reach the output. */
export function resolveNodes(context: NodeContext): NodeDraft[] {
  return [...listNodes(context.definition)]
    .map((listed) => resolveNode(listed, context))
    .sort((a, b) => ROLES.indexOf(a.role) - ROLES.indexOf(b.role) || byBytes(a.name, b.name));
}

function* listNodes(definition: DefinitionDraft): Generator<Listed> {
  for (const role of ROLES) {
    const { key } = ROLE_FACTS[role];
    for (const [i, input] of (definition[key] ?? []).entries()) {
      yield { name: input.name ?? '', role, input, own: { path: [key, i], values: input } };
    }
  }
  const beyond = poolsBeyond(definition);
  for (const [i, pool] of (definition.node_pools ?? []).entries()) {
    const own: SettingsBlock = { path: ['node_pools', i], values: pool };
    const { name = '', role = 'worker', count = 0, first_index = 0, skip = [] } = pool;
    if (!poolFits(pool) || beyond.has(i)) continue;
    const left = new Set(skip);
    for (let number = 1; number <= count; number++) {
      if (left.has(number)) continue;
      const input = { name: `${name}-${number}`, index: first_index + number - 1 };
      yield { name: input.name, role, input, own };
    }
  }
}

/** Whether count and indexes of a pool are such that it has nodes at all; a rule says what is wrong with others. */
export function poolFits({ count = NaN, first_index = 0 }: NodePoolInput): boolean {
  const whole = Number.isInteger(count) && Number.isInteger(first_index);
  return whole && count >= 0 && first_index >= 0 && first_index + count - 1 <= MAX_INDEX;
}

/**
 * Pools for whose nodes the role has no indexes left, by their positions: they are not made, because a few lines could ask for
 * more nodes than memory holds; a rule says so.
 */
export function poolsBeyond({ node_pools = [] }: DefinitionDraft): ReadonlySet<number> {
  const room = new Map<Role, number>();
  const beyond = new Set<number>();
  for (const [i, pool] of node_pools.entries()) {
    const { role = 'worker', count = 0, skip = [] } = pool;
    if (!poolFits(pool)) continue;
    const left = (room.get(role) ?? MAX_INDEX + 1) - Math.max(0, count - skip.length);
    if (left < 0) beyond.add(i);
    else room.set(role, left);
  }
  return beyond;
}

function resolveNode({ name, role, input, own }: Listed, context: NodeContext): NodeDraft {
  const { definition, servers, images } = context;
  const settings = Settings.of(own, role, definition);
  const index = input.index ?? indexFromName(name);
  // Nothing derives from an index that a rule refuses.
  const sound = index !== undefined && isIndex(index) ? index : undefined;
  const serverKey = settings.get('proxmox_server') ?? (servers.length === 1 ? servers[0]?.key : undefined);
  const server = serverKey === undefined ? undefined : keyed(servers).get(serverKey);
  const image = findImage(settings, role, images);
  const addressing =
    definition.network_config?.addressing ?? (image?.platform === 'nocloud' ? 'nocloud' : undefined);
  const startup = settings.get('startup');
  const namespace = isNamespace(definition.uuid_namespace ?? '') ? definition.uuid_namespace : undefined;
  const uuid =
    input.uuid ?? (input.adopted ? undefined : smbiosUuid(formerName(definition), name, namespace));
  return {
    name,
    role,
    index,
    server,
    path: own.path,
    where: (key) => settings.where(key),
    has: (key) => settings.has(key),
    vmId: input.vm_id ?? (sound === undefined ? undefined : context.vmIdRanges[role].first + sound),
    ...(uuid === undefined ? {} : { uuid: uuid.toLowerCase() }),
    adopted: input.adopted ?? VM_DEFAULTS.adopted,
    ignoreChanges: input.ignore_changes ?? [],
    cpuCores: settings.value('cpu_cores'),
    cpuType: settings.value('cpu_type'),
    memoryMb: settings.value('memory_mb'),
    disks: resolveDisks(settings, role, definition, server),
    nics: resolveNics(input, settings, own.path, role, sound, server, context),
    image,
    bios: settings.value('bios'),
    machine: settings.value('machine'),
    scsiHardware: settings.value('scsi_hardware'),
    secureBoot: settings.value('secure_boot'),
    nocloud: addressing === 'nocloud',
    gpuMappings: settings.get('gpu_mappings') ?? [],
    gpuPciId: settings.get('gpu_pci_id') ?? '',
    agent: settings.value('vm_qemu_agent'),
    startOnBoot: settings.value('vm_start_on_boot'),
    started: settings.value('vm_started'),
    protection: settings.get('vm_protection') ?? (role === 'control-plane' || VM_DEFAULTS.protection),
    rebootAfterUpdate: settings.value('reboot_after_update'),
    ha: settings.value('ha'),
    ...(startup
      ? {
          startup: {
            ...(startup.order === undefined ? {} : { order: startup.order }),
            ...(startup.up_delay === undefined ? {} : { upDelay: startup.up_delay }),
            ...(startup.down_delay === undefined ? {} : { downDelay: startup.down_delay }),
          },
        }
      : {}),
    tags: [...new Set([...ownTags(role, context.name), ...settings.all('tags').flat()])].sort(byBytes),
    systemExtensions: settings.get('system_extensions') ?? [],
    machineSet: machineSetOf(own, role),
    omni: resolveOmniMachine(own.values['omni_machine'] as NodeInput['omni_machine']),
    config: nodeConfig(own, role, definition),
  };
}

const known = new WeakMap<object, ReadonlyMap<string, unknown>>();

/** Servers or images by their keys, once for all nodes. */
function keyed<T extends { readonly key: string }>(all: readonly T[]): ReadonlyMap<string, T> {
  const found =
    (known.get(all) as ReadonlyMap<string, T> | undefined) ?? new Map(all.map((one) => [one.key, one]));
  known.set(all, found);
  return found;
}

function findImage(settings: Settings, role: Role, images: readonly ImageDraft[]): ImageDraft | undefined {
  const find = (wanted: string) => keyed(images).get(wanted);
  const written = settings.get('image');
  if (written !== undefined) return find(written);
  return (role === 'gpu-worker' ? find('gpu') : undefined) ?? find('talos');
}

function resolveDisks(
  settings: Settings,
  role: Role,
  definition: DefinitionDraft,
  server: ServerDraft | undefined,
): DiskDraft[] {
  const serverKeys = definition.proxmox_servers?.[server?.key ?? ''] ?? {};
  const storage = (purpose: 'os' | 'data'): string | undefined =>
    settings.get(`storage_${purpose}_override`) ||
    storageKeys(role, purpose)
      .map((key) => serverKeys[key])
      .find((value) => value);
  const format = settings.value('disk_format');
  const os: DiskDraft = {
    purpose: 'os',
    ...OS_DISK,
    interface: settings.value('os_disk_interface'),
    storage: storage('os'),
    sizeGb: settings.value('os_disk_size_gb'),
    format,
    written: {},
    path: settings.where('os_disk_size_gb'),
  };
  const block = settings.block(...DATA_DISK_KEYS);
  const data = (block ? dataDisksOf(block) : []).flatMap(({ label, sizeGb, ...disk }) =>
    sizeGb === undefined
      ? []
      : [{ purpose: 'data' as const, ...disk, storage: disk.storage ?? storage('data'), sizeGb, format }],
  );
  return [os, ...data.sort((a, b) => (a.slot ?? 0) - (b.slot ?? 0))];
}

const STORAGE = presetsOf(storageNetwork.shape);

function resolveNics(
  input: NodeInput,
  settings: Settings,
  path: Path,
  role: Role,
  index: number | undefined,
  server: ServerDraft | undefined,
  { definition, macPrefix }: NodeContext,
): NicDraft[] {
  const { network_config: management = {}, storage_network: storage } = definition;
  const roleKey = ROLE_FACTS[role].key;
  const defaults = definition.defaults?.[roleKey];
  const serverKeys = definition.proxmox_servers?.[server?.key ?? ''];

  const nic = (
    network: NicDraft['network'],
    position: number,
    keys: { mac: 'mac_address' | 'storage_mac_address'; ip: 'ip_address' | 'storage_ip_address' },
    first: string | undefined,
    config: { subnet?: string; vlan_id?: number; mtu?: number },
    bridge: string | undefined,
  ): NicDraft => {
    // An empty string is how the starter says "derive it".
    const writtenMac = input[keys.mac] || undefined;
    const writtenIp = input[keys.ip] || undefined;
    const subnet = parseSubnet(config.subnet ?? '');
    const firstKey = network === 'management' ? 'first_ip' : 'storage_first_ip';
    const derivedIp = writtenIp === undefined && first !== undefined;
    return {
      network,
      bridge,
      vlanId: config.vlan_id ?? 0,
      mac:
        writtenMac?.toUpperCase() ??
        (index === undefined ? undefined : macAddress(macPrefix, role, index, position)),
      ...(config.mtu === undefined ? {} : { mtu: config.mtu }),
      ip: writtenIp ?? (first === undefined || index === undefined ? undefined : nthAddress(first, index)),
      prefix: subnet?.prefix,
      version: subnet?.version ?? 4,
      macPath: writtenMac === undefined ? path : [...path, keys.mac],
      ipPath:
        writtenIp !== undefined ? [...path, keys.ip] : derivedIp ? ['defaults', roleKey, firstKey] : path,
      derivedMac: writtenMac === undefined,
      derivedIp,
    };
  };

  const nics = [
    {
      ...nic(
        'management',
        0,
        { mac: 'mac_address', ip: 'ip_address' },
        defaults?.first_ip,
        management,
        serverKeys?.network_bridge,
      ),
      ...(management.gateway === undefined ? {} : { gateway: management.gateway }),
    },
  ];
  const wanted = settings.get('storage_network') ?? (storage?.roles ?? STORAGE.roles).includes(role);
  if (storage && wanted) {
    const keys = { mac: 'storage_mac_address', ip: 'storage_ip_address' } as const;
    const bridge = serverKeys?.storage_bridge ?? storage.bridge;
    nics.push(nic('storage', 1, keys, defaults?.storage_first_ip, storage, bridge));
  }
  return nics;
}
