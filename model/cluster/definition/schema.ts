import { z } from 'zod';
import { BACKEND_TYPES } from '../backends/facts';
import { DEFAULT_MAC_PREFIX } from '../identity/mac';
import { MANAGEMENTS } from '../management';
import { ROLES } from '../roles';
import { SERVER_DEFAULTS } from '../server';
import { VM_DEFAULTS } from '../vm';
import { optional, required } from './keys';
import { nodeKeys } from './schema-nodes';
import { image } from './schema-images';
import { bootstrap, MANAGED, omni } from './schema-omni';
import { standalone } from './schema-standalone';

const storageKeys = Object.fromEntries(
  [
    ['storage_os', 'OS disks of all roles'],
    ['storage_data', 'data disks of all roles'],
    ['storage_control_plane_os', 'OS disks of control planes, before `storage_os`'],
    ['storage_control_plane_data', 'data disks of control planes, before `storage_data`'],
    ['storage_worker_os', 'OS disks of workers, before `storage_os`'],
    ['storage_worker_data', 'data disks of workers, before `storage_data`'],
    ['storage_gpu_worker_os', 'OS disks of GPU workers, before `storage_worker_os`'],
    ['storage_gpu_worker_data', 'data disks of GPU workers, before `storage_worker_data`'],
  ].map(([key, what]) => [
    key,
    optional(z.string(), { purpose: `Storage of the ${what}.`, example: 'local-lvm' }),
  ]),
) as Record<StorageKey, z.ZodOptional<z.ZodString>>;

/** Keys of a server that name a storage. */
export type StorageKey = `storage_${'' | 'control_plane_' | 'worker_' | 'gpu_worker_'}${'os' | 'data'}`;

/** Keys of a server. */
export const server = z.strictObject({
  api_url: required(z.string(), {
    purpose: 'Address of the Proxmox API.',
    example: 'https://192.168.10.5:8006/',
  }),
  api_token_id: optional(z.string(), {
    purpose:
      'Id of the API token (user@realm!tokenid). The token itself is the Terraform variable proxmox_<server>_api_token.',
    example: 'terraform@pve!talos',
  }),
  api_token_secret: optional(z.string(), {
    purpose: 'Refused: a definition holds no secrets. Set TF_VAR_proxmox_<server>_api_token instead.',
    refused: true,
  }),
  node_name: required(z.string(), { purpose: 'Name of the Proxmox node.', example: 'pve1' }),
  proxmox_cluster: optional(z.string(), {
    example: 'dc1',
    purpose:
      'Name of the Proxmox cluster that the server belongs to: its members share VMIDs, mappings and pools.',
    otherwise: 'none: a standalone server',
  }),
  renamed_from: optional(z.string(), {
    example: 'pve-old',
    purpose:
      'Former key of the server, where it was renamed: what is named by it in the Terraform state moves along. Remove it after the next apply.',
  }),
  tls_insecure: optional(z.boolean(), {
    purpose:
      'Do not check the certificate. For a private CA leave it false and point SSL_CERT_FILE to the CA bundle.',
    default: SERVER_DEFAULTS.insecure,
  }),
  tls_min_version: optional(z.enum(['1.0', '1.1', '1.2', '1.3']), {
    purpose: 'Lowest TLS version.',
    default: SERVER_DEFAULTS.minTls,
  }),
  tls_ca_file: optional(z.string(), {
    example: 'ca/pve1.pem',
    purpose:
      'CA bundle that signed the certificate. Terraform providers read CAs from SSL_CERT_FILE only: `npm run validate` prints the line to export.',
  }),
  network_bridge: required(z.string(), { purpose: 'Bridge of the management network.', example: 'vmbr0' }),
  storage_bridge: optional(z.string(), {
    example: 'vmbr1',
    purpose: 'Bridge of the storage network on this server.',
    otherwise: '`storage_network.bridge`',
  }),
  storage_images: optional(z.string(), {
    purpose: 'Storage that images are downloaded to.',
    default: SERVER_DEFAULTS.imageStorage,
  }),
  talos_iso: optional(z.string(), {
    example: 'local:iso/talos-v1.11.5-nocloud-amd64.iso',
    purpose: 'Existing ISO on this server, before the `talos_iso` of the cluster.',
  }),
  talos_gpu_iso: optional(z.string(), {
    example: 'local:iso/talos-gpu-v1.11.5-nocloud-amd64.iso',
    purpose: 'The same for GPU workers.',
  }),
  ...storageKeys,
});

/** Keys of the management network. */
export const networkConfig = z.strictObject({
  subnet: required(z.string(), {
    purpose: 'Management network with prefix, IPv4 or IPv6.',
    example: '192.168.10.0/24',
  }),
  gateway: required(z.string(), { purpose: 'Default gateway.', example: '192.168.10.1' }),
  dns_servers: required(z.array(z.string()), {
    example: ['192.168.10.1', '1.1.1.1'],
    purpose: 'Name servers, at least one.',
  }),
  vlan_id: optional(z.number(), {
    purpose: 'VLAN tag of the first NIC; 0 means untagged.',
    default: 0,
    minimum: 0,
    maximum: 4094,
  }),
  mtu: optional(z.number(), {
    example: 9000,
    purpose: 'MTU of the first NIC.',
    otherwise: 'that of the bridge',
    minimum: 576,
    maximum: 65520,
  }),
  dhcp_range: optional(z.string(), {
    purpose: 'Addresses that a DHCP server hands out, first-last; static ones must lie outside.',
    example: '192.168.10.200-192.168.10.250',
  }),
  addressing: optional(z.enum(['nocloud', 'dhcp_reservation']), {
    purpose:
      'How a node gets its address at first boot: nocloud puts it on a cloud-init drive (nocloud image needed); dhcp_reservation leaves it to your DHCP server, see output dhcp_reservations_table.',
    otherwise: 'nocloud for a nocloud image, else dhcp_reservation',
  }),
});

/** Keys of the storage network. */
export const storageNetwork = z.strictObject({
  subnet: required(z.string(), {
    example: '10.10.10.0/24',
    purpose: 'Storage network with prefix; must not overlap the management network.',
  }),
  bridge: optional(z.string(), {
    example: 'vmbr1',
    purpose: 'Bridge on each server, unless the server has a `storage_bridge`.',
  }),
  vlan_id: optional(z.number(), {
    purpose: 'VLAN tag; 0 means untagged.',
    default: 0,
    minimum: 0,
    maximum: 4094,
  }),
  mtu: optional(z.number(), {
    example: 9000,
    purpose: 'MTU, e.g. 9000.',
    otherwise: 'that of the bridge',
    minimum: 576,
    maximum: 65520,
  }),
  roles: optional(z.array(z.enum(ROLES)), {
    purpose: 'Roles with a NIC in this network.',
    default: ['worker', 'gpu-worker'],
  }),
});

const sharedStorage = z.strictObject({
  storage: optional(z.string(), {
    example: 'nfs-images',
    purpose: 'Name of the storage on the servers, where two have one name.',
    otherwise: 'the key',
  }),
  servers: optional(z.array(z.string()), {
    example: ['pve1', 'pve2'],
    purpose: 'Servers that have it in common.',
    otherwise: 'all that download images to a storage of this name',
  }),
});

const pciDevice = z.strictObject({
  proxmox_server: required(z.string(), { example: 'pve1', purpose: 'Server that has the device.' }),
  path: required(z.string(), { purpose: 'PCI address.', example: '0000:01:00' }),
  id: required(z.string(), { purpose: 'Vendor and device id.', example: '10de:2204' }),
  iommu_group: optional(z.number(), { example: 14, purpose: 'IOMMU group.' }),
  subsystem_id: optional(z.string(), { purpose: 'Subsystem vendor and device id.', example: '10de:1454' }),
});

const pciMapping = z.strictObject({
  comment: optional(z.string(), { example: 'RTX 3090', purpose: 'Comment shown in Proxmox.' }),
  mediated_devices: optional(z.boolean(), {
    purpose:
      'Whether the devices can be split into mediated devices, as vGPU and GVT-g do. Proxmox starts no VM with a mapping that says otherwise.',
    default: false,
  }),
  devices: required(z.array(pciDevice), {
    purpose: 'The devices behind the mapping, on one or several servers.',
  }),
});

/** The schema of `clusters/*.yaml`: shapes only. Ranges, formats and references are rules, see `model/rules`. */
export const definitionSchema = z.strictObject({
  cluster_name: required(z.string(), {
    purpose: 'Name of the cluster, its stack and its state.',
    example: 'home',
  }),
  renamed_from: optional(z.string(), {
    example: 'lab',
    purpose:
      'First name of the cluster, where it was renamed: SMBIOS UUIDs and image files go on deriving from it, so that it stays as long as the cluster lives. See docs/guide/state-split.md.',
  }),
  talos_version: required(z.string(), { purpose: 'Talos version.', example: 'v1.11.5' }),
  talos_contract: optional(z.string(), {
    purpose:
      'Talos version that the cluster was created with. It decides the form of machine configurations and stays when `talos_version` goes up; write it before an upgrade.',
    otherwise: '`talos_version`',
    example: 'v1.11.5',
  }),
  kubernetes_version: optional(z.string(), {
    purpose: 'Kubernetes version. REQUIRED for `npm run generate`.',
    example: 'v1.34.1',
  }),
  proxmox_servers: required(z.record(z.string(), server), {
    purpose:
      'Proxmox servers by a key of your choice; each becomes a provider alias and the variable proxmox_<key>_api_token.',
  }),
  network_config: required(networkConfig, { purpose: 'Management network, shared by all nodes.' }),
  storage_network: optional(storageNetwork, {
    purpose: 'Second network for storage traffic: static, no gateway.',
  }),
  mac_address_prefix: optional(z.string(), {
    purpose: 'First three octets of all MAC addresses.',
    default: DEFAULT_MAC_PREFIX,
  }),
  uuid_namespace: optional(z.string(), {
    example: '6ba7b810-9dad-11d1-80b4-00c04fd430c8',
    purpose:
      'UUID that SMBIOS UUIDs derive from; set it where two sites have clusters and nodes of the same names.',
  }),
  shared_storages: optional(z.record(z.string(), sharedStorage), {
    purpose:
      'Storages that several servers have in common, such as NFS or CephFS, by name: an image is downloaded there once for all of them, and goes with the last of their nodes. `npm run doctor` says which there are. Needs Terraform 1.7.',
  }),
  images: optional(z.record(z.string(), image), {
    purpose: 'Boot images by name: talos for all nodes, gpu for GPU workers, others by `image` of a node.',
  }),
  talos_iso: optional(z.string(), {
    example: 'local:iso/talos-v1.11.5-nocloud-amd64.iso',
    purpose: 'Short for images.talos.iso; "" means PXE.',
  }),
  talos_gpu_iso: optional(z.string(), {
    example: 'local:iso/talos-gpu-v1.11.5-nocloud-amd64.iso',
    purpose: 'Short for images.gpu.iso; "" means PXE.',
  }),
  system_extensions: optional(z.array(z.string()), {
    example: ['siderolabs/qemu-guest-agent'],
    purpose: 'Talos system extensions of all nodes.',
  }),
  vm_start_on_boot: optional(z.boolean(), {
    purpose: 'Default for all nodes.',
    default: VM_DEFAULTS.startOnBoot,
  }),
  vm_protection: optional(z.boolean(), {
    purpose: 'Default for all nodes.',
    otherwise: 'true for control planes, else false',
  }),
  vm_qemu_agent: optional(z.boolean(), {
    purpose: 'Default for all nodes.',
    default: VM_DEFAULTS.agent,
  }),
  pci_mappings: optional(z.record(z.string(), pciMapping), {
    purpose: 'PCI resource mappings that this cluster creates and owns, by name.',
  }),
  resource_pool: optional(
    z.strictObject({
      id: required(z.string(), { purpose: 'Id of the pool.', example: 'talos' }),
      create: optional(z.boolean(), {
        purpose: 'Create and own the pool; false uses an existing one.',
        default: false,
      }),
      comment: optional(z.string(), { example: 'RTX 3090', purpose: 'Comment shown in Proxmox.' }),
    }),
    { purpose: 'Proxmox resource pool of all VMs.' },
  ),
  backend: optional(
    z.strictObject({
      type: required(z.enum(BACKEND_TYPES), { purpose: 'Terraform backend; cloud is HCP Terraform.' }),
      config: optional(z.record(z.string(), z.unknown()), {
        example: { bucket: 'states', key: 'home.tfstate' },
        purpose:
          "Settings of the backend with Terraform's own keys, see docs/guide/backends; credentials come from its environment variables.",
      }),
    }),
    { purpose: 'Where the Terraform state lives.', otherwise: 'local, in state/<cluster>.tfstate' },
  ),
  state_split: optional(z.enum(['none', 'server', 'machine_set']), {
    purpose:
      'States of the cluster: one for all, or besides it one per Proxmox server or per machine set for the VMs there. Needs Terraform 1.7 where it is split; see docs/guide/state-split.md before you change it.',
    default: 'none',
  }),
  management: optional(z.enum(MANAGEMENTS), {
    purpose:
      'What makes a cluster of the VMs and keeps it: omni is Sidero Omni; standalone is talosctl, with machine configurations that are made here; none leaves Talos to you.',
    default: 'omni',
  }),
  omni: optional(omni, { purpose: 'Sidero Omni that manages the cluster.', management: ['omni'] }),
  standalone: optional(standalone, {
    purpose: 'What a cluster without Omni is that talosctl makes.',
    management: ['standalone'],
  }),
  bootstrap: optional(bootstrap, {
    purpose: 'What is put into Kubernetes when the cluster starts.',
    management: MANAGED,
  }),
  guards: optional(z.boolean(), {
    purpose:
      'Let every plan ask the servers whether it would harm what the definition does not name. To switch it off for once, set TF_VAR_guards=false.',
    default: true,
  }),
  post_apply: optional(
    z.strictObject({
      command: required(z.string(), {
        example: './after-apply.sh',
        purpose: 'Command run on your machine after an apply that changed the inventory.',
      }),
    }),
    { purpose: 'Command after apply.', otherwise: 'off' },
  ),
  ...nodeKeys,
});

/** A cluster definition as written: snake_case keys, nothing filled in. */
type Definition = z.input<typeof definitionSchema>;

/** A definition whose shape may be broken in places: what the rules see, so that one run reports everything. */
export type DefinitionDraft = Draft<Definition>;

type Draft<T> = T extends readonly (infer E)[]
  ? Draft<E>[]
  : T extends object
    ? string extends keyof T
      ? { [K in keyof T]: Draft<T[K]> }
      : { [K in keyof T]?: Draft<T[K]> }
    : T;

type Item<T> = NonNullable<T> extends readonly (infer E)[] ? E : never;
type Value<T> = NonNullable<NonNullable<T>[keyof NonNullable<T>]>;

export type ImageInput = Value<DefinitionDraft['images']>;
export type ServerInput = Value<DefinitionDraft['proxmox_servers']>;
export type NodeInput = Item<DefinitionDraft['workers']>;
export type NodePoolInput = Item<DefinitionDraft['node_pools']>;
export type MachineSetInput = NonNullable<NodePoolInput['machine_set']>;
export type RolloutInput = NonNullable<MachineSetInput['upgrade_strategy']>;
export type RoleDefaults = NonNullable<NonNullable<DefinitionDraft['defaults']>['workers']>;
export type VmSettings = NonNullable<NonNullable<DefinitionDraft['defaults']>['all']>;
export type DataDiskInput = Item<VmSettings['data_disks']>;
