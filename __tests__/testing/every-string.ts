import { z } from 'zod';
import { definitionSchema, type DefinitionDraft } from '../../model/cluster/definition/schema';
import { EVERY_STANDALONE_KEY } from './standalone';

type Path = readonly (string | number)[];

/** A place for text in a definition: a value, or a key of somebody's choice. */
export interface TextPlace {
  readonly path: Path;
  readonly of: 'key' | 'value';
  /** As the schema has it: `workers.[].name`, `images.*`. */
  readonly schema: string;
}

const unwrap = (schema: z.core.$ZodType): z.core.$ZodType =>
  schema instanceof z.ZodOptional ? unwrap(schema.unwrap()) : schema;

/** All places for free text that the schema knows. */
export function schemaPlaces(
  schema: z.core.$ZodType = definitionSchema,
  path: readonly string[] = [],
): string[] {
  const type = unwrap(schema);
  if (type instanceof z.ZodString || type instanceof z.ZodUnknown) return [path.join('.')];
  if (type instanceof z.ZodObject)
    return Object.entries(type.shape).flatMap(([key, item]) =>
      schemaPlaces(item as z.core.$ZodType, [...path, key]),
    );
  if (type instanceof z.ZodArray) return schemaPlaces(type.element, [...path, '[]']);
  if (type instanceof z.ZodRecord)
    return [`${[...path, '*'].join('.')} (key)`, ...schemaPlaces(type.valueType, [...path, '*'])];
  return [];
}

/** All places of a definition where it has text that the schema leaves free. */
export function textPlaces(
  value: unknown,
  schema: z.core.$ZodType = definitionSchema,
  path: Path = [],
  known: readonly string[] = [],
): TextPlace[] {
  const type = unwrap(schema);
  if (type instanceof z.ZodString) return [{ path, of: 'value', schema: known.join('.') }];
  if (type instanceof z.ZodUnknown) return unknownPlaces(value, path, known);
  if (type instanceof z.ZodArray)
    return (value as unknown[]).flatMap((item, i) =>
      textPlaces(item, type.element, [...path, i], [...known, '[]']),
    );
  const map = value as Record<string, unknown>;
  if (type instanceof z.ZodObject)
    return Object.keys(map).flatMap((key) =>
      textPlaces(map[key], type.shape[key] as z.core.$ZodType, [...path, key], [...known, key]),
    );
  if (!(type instanceof z.ZodRecord)) return [];
  return Object.keys(map).flatMap((key): TextPlace[] => {
    const here = [...known, '*'];
    const place: TextPlace = { path: [...path, key], of: 'key', schema: `${here.join('.')} (key)` };
    return [place, ...textPlaces(map[key], type.valueType, [...path, key], here)];
  });
}

/** Below a key whose values the schema leaves to others: each text and each key. */
function unknownPlaces(value: unknown, path: Path, known: readonly string[]): TextPlace[] {
  const schema = known.join('.');
  if (typeof value === 'string') return [{ path, of: 'value', schema }];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => {
    const inner = [...path, Array.isArray(value) ? Number(key) : key];
    const own: TextPlace[] = Array.isArray(value)
      ? []
      : [{ path: inner, of: 'key', schema: `${schema} (key)` }];
    return [...own, ...unknownPlaces(item, inner, known)];
  });
}

/** The definition with a text in each of some places; whatever refers to a key by its name follows it. */
export function planted(
  definition: DefinitionDraft,
  places: readonly TextPlace[],
  textFor: (place: TextPlace) => string,
): DefinitionDraft {
  let copy = structuredClone(definition);
  for (const place of places) if (place.of === 'value') parentOf(copy, place)[last(place)] = textFor(place);
  // The deepest first: a key that has changed is no longer a way to what is below it.
  const keys = places.filter(({ of }) => of === 'key').sort((a, b) => b.path.length - a.path.length);
  for (const place of keys) renameKey(parentOf(copy, place), String(last(place)), textFor(place));
  for (const place of keys)
    copy = referring(copy, String(place.path[0]), String(last(place)), textFor(place));
  return copy;
}

const last = ({ path }: TextPlace): string | number => path[path.length - 1] ?? '';

const parentOf = (definition: unknown, { path }: TextPlace) =>
  path
    .slice(0, -1)
    .reduce((value, part) => (value as Record<string | number, unknown>)[part], definition) as Record<
    string | number,
    unknown
  >;

/** Keeps the order of the keys. */
function renameKey(map: Record<string, unknown>, from: string, to: string): void {
  const entries = Object.entries(map);
  for (const [key] of entries) Reflect.deleteProperty(map, key);
  for (const [key, value] of entries)
    Object.defineProperty(map, key === from ? to : key, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
}

/** Keys that are referred to, and by what. */
const REFERENCES: Readonly<Record<string, readonly string[]>> = {
  proxmox_servers: ['proxmox_server'],
  images: ['image'],
  pci_mappings: ['gpu_mappings'],
};

function referring(definition: DefinitionDraft, map: string, from: string, to: string): DefinitionDraft {
  const names = REFERENCES[map] ?? [];
  const text = JSON.stringify(definition, (key, value: unknown) => {
    if (!names.includes(key)) return value;
    return Array.isArray(value)
      ? value.map((item: unknown) => (item === from ? to : item))
      : value === from
        ? to
        : value;
  });
  return JSON.parse(text) as DefinitionDraft;
}

const server = (name: string, i: number): object => ({
  api_url: `https://10.0.0.${i}:8006/`,
  api_token_id: 'terraform@pve!talos',
  node_name: name,
  proxmox_cluster: `dc${i}`,
  renamed_from: `old-${name}`,
  tls_ca_file: 'certs/ca.pem',
  network_bridge: 'vmbr0',
  storage_bridge: 'vmbr1',
  storage_images: 'nfs',
  storage_os: 'local-lvm',
  storage_data: 'tank',
  storage_control_plane_os: 'cp-os',
  storage_control_plane_data: 'cp-data',
  storage_worker_os: 'w-os',
  storage_worker_data: 'w-data',
  storage_gpu_worker_os: 'g-os',
  storage_gpu_worker_data: 'g-data',
});

const settings = (): object => ({
  proxmox_server: 'pve1',
  cpu_type: 'host',
  os_disk_interface: 'scsi0',
  data_disks: [
    { name: 'longhorn', slot: 1, interface: 'scsi1', size_gb: 10, storage: 'own', serial: 'serial-1' },
  ],
  storage_os_override: 'os-override',
  storage_data_override: 'data-override',
  image: 'other',
  gpu_mappings: ['rtx3090'],
  gpu_pci_id: '01:00',
  tags: ['extra'],
  system_extensions: ['siderolabs/iscsi-tools'],
  kernel_args: ['net.ifnames=0'],
  sysctls: { 'vm.max_map_count': '262144' },
  node_labels: { 'example.com/tier': 'front' },
  patches: { extra: { machine: { env: { A: 'b' }, files: [{ content: 'c' }] } } },
});

const described = () => ({ labels: { team: 'a' }, annotations: { 'example.com/owner': 'b' } });

const node = (name: string, i: number): object => ({
  name,
  index: i,
  ip_address: `10.0.0.${20 + i}`,
  storage_ip_address: `10.9.0.${20 + i}`,
  mac_address: `02:AB:00:00:00:0${i}`,
  storage_mac_address: `02:AB:00:00:01:0${i}`,
  vm_id: 3000 + i,
  uuid: `00000000-0000-4000-8000-00000000000${i}`,
  adopted: true,
  ignore_changes: ['boot_order'],
  omni_machine: { install_disk: '/dev/vda', install_disk_selector: 'disk.size > 1', ...described() },
  ...settings(),
});

const defaults = (i: number): object => ({
  machine_set: described(),
  first_ip: `10.0.0.${100 + i}`,
  storage_first_ip: `10.9.0.${100 + i}`,
  vm_id_range: `${4000 + 100 * i}-${4099 + 100 * i}`,
  ...settings(),
});

/** A definition that has text wherever the schema takes some. */
export const EVERY_STRING = {
  cluster_name: 'lab',
  renamed_from: 'former',
  talos_version: 'v1.11.5',
  talos_contract: 'v1.11.5',
  kubernetes_version: 'v1.34.1',
  proxmox_servers: {
    pve1: server('pve1', 5),
    pve2: {
      ...server('pve2', 6),
      api_token_secret: '',
      talos_iso: 'local:iso/a.iso',
      talos_gpu_iso: 'local:iso/b.iso',
    },
  },
  network_config: {
    subnet: '10.0.0.0/24',
    gateway: '10.0.0.1',
    dns_servers: ['10.0.0.1'],
    dhcp_range: '10.0.0.200-10.0.0.250',
  },
  storage_network: {
    subnet: '10.9.0.0/24',
    bridge: 'vmbr9',
    roles: ['control-plane', 'worker', 'gpu-worker'],
  },
  shared_storages: { nfs: { storage: 'nfs', servers: ['pve1', 'pve2'] } },
  mac_address_prefix: '02:AB:01',
  uuid_namespace: '6d1f3c1e-8a53-5f0b-9c1d-3b6f0f5f7a10',
  images: {
    other: {
      url: 'https://example.com/talos-nocloud-amd64.qcow2',
      file_name: 'talos-v1.11.5-nocloud-amd64.qcow2',
      checksum: `sha256:${'0'.repeat(64)}`,
      version: 'v1.11.5',
    },
    variable: { url_variable: 'talos_image_url', file_name: 'secret-v1.11.5-nocloud-amd64.iso' },
    iso: { iso: 'local:iso/talos-v1.11.5-nocloud-amd64.iso' },
    made: {
      schematic: {
        factory: 'https://factory.talos.dev',
        id: '0'.repeat(64),
        extensions: ['siderolabs/iscsi-tools'],
        kernel_args: ['quiet'],
        meta: [{ key: 12, value: 'a' }],
      },
    },
  },
  talos_iso: 'local:iso/talos-v1.11.5-nocloud-amd64.iso',
  talos_gpu_iso: 'local:iso/gpu-v1.11.5-nocloud-amd64.iso',
  system_extensions: ['siderolabs/iscsi-tools'],
  pci_mappings: {
    rtx3090: {
      comment: 'a comment',
      devices: [{ proxmox_server: 'pve1', path: '0000:01:00', id: '10de:2204', subsystem_id: '10de:1454' }],
    },
  },
  resource_pool: { id: 'talos', create: true, comment: 'a comment' },
  backend: { type: 'http', config: { address: 'https://state.example.com', nested: { key: ['a'] } } },
  ...(EVERY_STANDALONE_KEY.standalone && { standalone: EVERY_STANDALONE_KEY.standalone }),
  omni: {
    endpoint: 'https://omni.example.com',
    restore: { cluster_uuid: '11111111-2222-4333-8444-555555555555', snapshot: 'a.snapshot' },
    healthchecks: { storage: { job_file: 'checks/storage.yaml', interval: '30s' } },
    machine_sets: {
      burst: {
        machine_class: 'spare',
        size: 1,
        system_extensions: ['siderolabs/nfsd'],
        sysctls: { 'vm.swappiness': '1' },
        node_labels: { tier: 'burst' },
        patches: { time: { machine: { time: { servers: ['time.example.com'] } } } },
        ...described(),
      },
    },
    backup_interval: '6h',
    labels: { team: 'a' },
    annotations: { note: 'b' },
  },
  bootstrap: { manifests: [{ file: 'manifests/cni.yaml' }] },
  post_apply: { command: 'echo done' },
  control_planes: [node('cp-1', 1)],
  workers: [node('w-1', 2), { ...node('w-2', 3), image: 'variable' }, { ...node('w-3', 4), image: 'iso' }],
  gpu_workers: [node('g-1', 5)],
  node_pools: [
    { name: 'web', role: 'worker', count: 1, first_index: 50, machine_set: described(), ...settings() },
  ],
  defaults: { all: settings(), control_planes: defaults(0), workers: defaults(1), gpu_workers: defaults(2) },
} as unknown as DefinitionDraft;
