import { z } from 'zod';
import { MAX_INDEX } from '../identity/mac';
import { VM_ID_MAX, VM_ID_MIN } from '../identity/vm-id';
import { ROLE_FACTS, ROLES } from '../roles';
import { VM_DEFAULTS } from '../vm';
import { optional, required } from './keys';
import { machineConfigKeys, MANAGED, machineSet, omniMachine } from './schema-omni';

/** Keys of a data disk. */
export const dataDisk = z.strictObject({
  name: optional(z.string(), {
    example: 'longhorn',
    purpose: 'Name of the disk, e.g. longhorn.',
    otherwise: 'data-<slot>',
  }),
  slot: optional(z.number(), {
    purpose:
      'SCSI slot (1 becomes scsi1). It is the identity of the disk: REQUIRED as soon as a node has two data disks, and never changed afterwards.',
    default: 1,
    minimum: 1,
    maximum: 30,
  }),
  interface: optional(z.string(), {
    purpose: 'Where the disk is attached, on an adopted VM that has it elsewhere.',
    otherwise: 'scsi<slot>',
    example: 'virtio1',
  }),
  size_gb: required(z.number(), {
    example: 500,
    purpose: 'Size in GB; 0 means that there is no such disk.',
    minimum: 0,
  }),
  storage: optional(z.string(), {
    example: 'local-lvm',
    purpose: 'Proxmox storage.',
    otherwise: 'the data storage of the node',
  }),
  serial: optional(z.string(), {
    example: 'longhorn',
    purpose: 'Serial number that Talos selects the disk by; at most 20 characters, unique within the VM.',
    otherwise: 'the name of the disk',
  }),
  volume: optional(z.boolean(), {
    purpose:
      'Talos formats the disk (xfs) and mounts it at /var/mnt/<name>; false leaves it raw, e.g. for Ceph.',
    default: true,
    management: MANAGED,
  }),
  longhorn: optional(z.boolean(), {
    purpose:
      'Give the volume to Longhorn: the kubelet sees it at /var/lib/longhorn. One disk of a VM; needs the extensions iscsi-tools and util-linux-tools.',
    default: false,
  }),
});

/** Start and stop order. */
export const startup = z.strictObject({
  order: optional(z.number(), {
    example: 2,
    purpose: 'Start position among the VMs of the host.',
    minimum: 0,
  }),
  up_delay: optional(z.number(), {
    example: 30,
    purpose: 'Seconds to wait after this VM before the next one starts.',
    minimum: 0,
  }),
  down_delay: optional(z.number(), {
    example: 60,
    purpose: 'Seconds to wait after this VM before the next one stops.',
    minimum: 0,
  }),
});

/** Keys of one VM that may be set on a node, a node pool, or as a default of a role. */
export const vmSettings = {
  proxmox_server: optional(z.string(), {
    example: 'pve1',
    purpose: 'Key of the server in `proxmox_servers` that hosts the VM.',
    otherwise: 'the only server, if there is just one',
  }),
  cpu_cores: optional(z.number(), {
    purpose: 'Virtual CPU cores.',
    default: VM_DEFAULTS.cpuCores,
    minimum: 1,
    maximum: 2304,
  }),
  cpu_type: optional(z.string(), {
    purpose: 'CPU model; Talos needs at least x86-64-v2.',
    default: VM_DEFAULTS.cpuType,
  }),
  memory_mb: optional(z.number(), {
    purpose: 'Memory in MB.',
    default: VM_DEFAULTS.memoryMb,
    minimum: 64,
    maximum: 268435456,
  }),
  os_disk_size_gb: optional(z.number(), {
    purpose: 'Size of the OS disk (scsi0) in GB.',
    default: 100,
    minimum: 1,
  }),
  os_disk_interface: optional(z.string(), {
    purpose: 'Where the OS disk is attached, on an adopted VM that has it elsewhere.',
    default: 'scsi0',
    example: 'virtio0',
  }),
  data_disk_size_gb: optional(z.number(), {
    purpose: 'Size in GB of one data disk (scsi1); 0 means none. Use `data_disks` for several.',
    default: 0,
    minimum: 0,
  }),
  data_disks: optional(z.array(dataDisk), {
    purpose: 'Several data disks, or one with a name or a storage of its own.',
  }),
  storage_os_override: optional(z.string(), {
    example: 'local-lvm',
    purpose: 'Storage of the OS disk, before any key of the server.',
  }),
  storage_data_override: optional(z.string(), {
    example: 'tank',
    purpose: 'Storage of the data disks, before any key of the server.',
  }),
  disk_format: optional(z.enum(['raw', 'qcow2']), {
    purpose: 'Format of the disks. LVM, ZFS and Ceph hold raw only; qcow2 needs a directory or NFS storage.',
    default: 'raw',
  }),
  bios: optional(z.enum(['ovmf', 'seabios']), {
    purpose: 'Firmware of the VM; ovmf is UEFI.',
    default: VM_DEFAULTS.bios,
  }),
  machine: optional(z.enum(['q35', 'pc']), {
    purpose: 'Chipset; pc is i440fx.',
    default: VM_DEFAULTS.machine,
  }),
  scsi_hardware: optional(
    z.enum(['virtio-scsi-single', 'virtio-scsi-pci', 'lsi', 'lsi53c810', 'megasas', 'pvscsi']),
    {
      purpose:
        'SCSI controller, for adopted VMs that have another one; Proxmox takes lsi where a VM says nothing.',
      default: VM_DEFAULTS.scsiHardware,
    },
  ),
  secure_boot: optional(z.boolean(), {
    purpose: 'UEFI Secure Boot: enrolled keys and a TPM 2.0. Needs bios ovmf and a Secure Boot image.',
    default: VM_DEFAULTS.secureBoot,
  }),
  image: optional(z.string(), {
    example: 'gpu',
    purpose: 'Key of the image in `images` that the VM boots from.',
    otherwise: 'gpu for GPU workers if there is one, else talos',
  }),
  gpu_mappings: optional(z.array(z.string()), {
    example: ['rtx3090'],
    purpose:
      'PCI resource mappings passed to the VM: of `pci_mappings`, or existing on the server. An empty list means that a person attaches the GPU.',
  }),
  gpu_pci_id: optional(z.string(), {
    purpose: 'PCI address of the GPU, for people: it attaches nothing.',
    example: '01:00',
  }),
  vm_start_on_boot: optional(z.boolean(), {
    purpose: 'Start the VM when its host boots.',
    default: VM_DEFAULTS.startOnBoot,
  }),
  vm_started: optional(z.boolean(), {
    purpose: 'Keep the VM running; false parks it.',
    default: VM_DEFAULTS.started,
  }),
  vm_protection: optional(z.boolean(), {
    purpose: 'Proxmox refuses to remove the VM or its disks. To destroy it, apply once with false before.',
    otherwise: 'true for control planes, else false',
  }),
  vm_qemu_agent: optional(z.boolean(), {
    purpose:
      'QEMU guest agent. Needs siderolabs/qemu-guest-agent in `system_extensions`; without it every plan waits.',
    default: VM_DEFAULTS.agent,
  }),
  reboot_after_update: optional(z.boolean(), {
    purpose:
      'Let the provider reboot the VM for a change that needs it. With false you reboot node after node yourself.',
    default: VM_DEFAULTS.rebootAfterUpdate,
  }),
  ha: optional(z.boolean(), {
    purpose:
      'Let Proxmox HA keep the VM running, on another node of its Proxmox cluster if need be. Needs `proxmox_cluster` and shared storage.',
    default: VM_DEFAULTS.ha,
  }),
  startup: optional(startup, { purpose: 'Start and stop order on the host.' }),
  tags: optional(z.array(z.string()), {
    example: ['rack-1'],
    purpose: 'Further tags of the VM; node, pool and default tags add up.',
  }),
  system_extensions: optional(z.array(z.string()), {
    example: ['siderolabs/qemu-guest-agent'],
    purpose:
      'Talos system extensions. The list of a role or node replaces the cluster list, so it repeats it.',
  }),
  storage_network: optional(z.boolean(), {
    purpose: 'Whether the VM has a NIC in the storage network.',
    otherwise: "true for the roles in the network's `roles`",
  }),
  ...machineConfigKeys,
};

const node = z.strictObject({
  name: required(z.string(), {
    purpose: 'Name of the VM and hostname of the node; a DNS label.',
    example: 'talos-worker-1',
  }),
  index: optional(z.number(), {
    example: 0,
    purpose: 'Number of the node within its role; MAC, VMID and address derive from it.',
    otherwise: 'trailing number of the name minus one (talos-worker-1 has 0)',
    minimum: 0,
    maximum: MAX_INDEX,
  }),
  ip_address: optional(z.string(), {
    example: '192.168.10.101',
    purpose: 'Address in the management network, without prefix.',
    otherwise: '`first_ip` of the role plus the index',
  }),
  storage_ip_address: optional(z.string(), {
    example: '10.10.10.101',
    purpose: 'Address in the storage network, without prefix.',
    otherwise: '`storage_first_ip` of the role plus the index',
  }),
  mac_address: optional(z.string(), {
    example: 'BC:24:11:01:00:00',
    purpose: 'MAC address of the first NIC.',
    otherwise: 'PREFIX:<role>:<index as HH:LL>',
  }),
  storage_mac_address: optional(z.string(), {
    example: 'BC:24:11:11:00:00',
    purpose: 'MAC address of the storage NIC.',
    otherwise: 'PREFIX:<role + 10 hex>:<index as HH:LL>',
  }),
  vm_id: optional(z.number(), {
    example: 2000,
    purpose: 'Proxmox VMID.',
    otherwise: 'start of the `vm_id_range` of the role plus the index',
    minimum: VM_ID_MIN,
    maximum: VM_ID_MAX,
  }),
  uuid: optional(z.string(), {
    example: '0f0b6f5e-3f4e-5a5e-9b55-6f3a0d6c2c11',
    purpose: 'SMBIOS UUID; Omni uses it as machine id.',
    otherwise: 'UUIDv5 of cluster and node name',
  }),
  adopted: optional(z.boolean(), {
    purpose:
      'The VM existed before this definition: the next apply imports it, and it keeps the SMBIOS UUID it has; `uuid` says which.',
    default: VM_DEFAULTS.adopted,
  }),
  ignore_changes: optional(z.array(z.string()), {
    example: ['boot_order'],
    purpose:
      'Arguments of the adopted VM that stay as they are on the server, e.g. boot_order, cpu.type or disk.scsi1.serial. `npm run adopt` writes what differs; what is taken out of the list becomes as new VMs have it.',
  }),
  omni_machine: optional(omniMachine, {
    purpose: 'What the machine of the node is in Omni.',
    management: ['omni'],
  }),
  ...vmSettings,
});

/** Keys of a node pool. */
export const nodePool = z.strictObject({
  name: required(z.string(), {
    example: 'web',
    purpose: 'Prefix of the node names: pool web makes web-1, web-2, …',
  }),
  role: required(z.enum(ROLES), { purpose: 'Role of the nodes.' }),
  count: required(z.number(), {
    example: 3,
    purpose: 'Number of nodes.',
    minimum: 0,
    maximum: MAX_INDEX + 1,
  }),
  first_index: optional(z.number(), {
    purpose: 'Index of the first node. Give each pool of a role a stretch of its own.',
    default: 0,
    minimum: 0,
    maximum: MAX_INDEX,
  }),
  skip: optional(z.array(z.number()), {
    example: [2],
    purpose: 'Numbers left out: skip [2] takes web-2 out of the pool and leaves all others as they are.',
  }),
  machine_set: optional(machineSet, {
    purpose: 'Machine set of the pool in Omni; keys that it leaves out are those of the role. Workers only.',
    management: ['omni'],
  }),
  ...vmSettings,
});

const roleDefaults = z.strictObject({
  first_ip: optional(z.string(), {
    example: '192.168.10.100',
    purpose: 'Management address of the node with index 0.',
  }),
  storage_first_ip: optional(z.string(), {
    example: '10.10.10.100',
    purpose: 'Storage address of the node with index 0.',
  }),
  vm_id_range: optional(z.string(), {
    purpose: 'VMIDs of the role, first-last; the node with index 0 has the first.',
    otherwise: ROLES.map((role) => `${ROLE_FACTS[role].vmIdRange} ${ROLE_FACTS[role].title}s`).join(', '),
    example: '2000-2099',
  }),
  machine_set: optional(machineSet, {
    purpose: 'Machine set of the role in Omni.',
    management: ['omni'],
  }),
  ...vmSettings,
});

/** Node lists, pools and defaults of a cluster definition. */
export const nodeKeys = {
  control_planes: optional(z.array(node), {
    purpose: 'Control planes, one by one; 1, 3, 5 or 7 together with the pools.',
  }),
  workers: optional(z.array(node), { purpose: 'Workers, one by one.' }),
  gpu_workers: optional(z.array(node), { purpose: 'Workers with a GPU, one by one.' }),
  node_pools: optional(z.array(nodePool), { purpose: 'Nodes by count.' }),
  defaults: optional(
    z.strictObject({
      all: optional(z.strictObject(vmSettings), { purpose: 'Defaults of all nodes.' }),
      control_planes: optional(roleDefaults, { purpose: 'Defaults of control planes.' }),
      workers: optional(roleDefaults, { purpose: 'Defaults of workers.' }),
      gpu_workers: optional(roleDefaults, { purpose: 'Defaults of GPU workers.' }),
    }),
    { purpose: 'Values that nodes leave out. Precedence: node or pool, role, all, built-in.' },
  ),
};
