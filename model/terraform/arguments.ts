import { own } from '../support/json';

/**
 * What a change of one argument does. `hot`: the VM keeps running; `restart`: needs a restart; `replace`: another VM;
 * `power`: starts or stops it; `state`: nothing on the server.
 */
export type Effect = 'hot' | 'restart' | 'replace' | 'power' | 'state';

interface Argument {
  readonly label: string;
  readonly effect: Effect;
  /** `mb`: prints megabytes as people say them. */
  readonly unit?: 'mb';
}

const argument = (label: string, effect: Effect, unit?: 'mb'): Argument => ({
  label,
  effect,
  ...(unit ? { unit } : {}),
});

/**
 * Arguments of a VM by their path without list positions, and what the provider does about a change of them. Seen with
 * the real provider on the simulator, except those marked with R, which come from its source.
 */
const VM_ARGUMENTS: Readonly<Record<string, Argument>> = {
  name: argument('name', 'hot'),
  description: argument('description', 'hot'),
  tags: argument('tags', 'hot'),
  on_boot: argument('start on boot', 'hot'),
  protection: argument('VM protection', 'hot'),
  pool_id: argument('resource pool', 'hot'),
  startup: argument('start order', 'hot'),
  'smbios.uuid': argument('SMBIOS UUID', 'hot'),
  'cdrom.file_id': argument('ISO', 'hot'),
  'cdrom.interface': argument('CD drive', 'restart'),
  'efi_disk.pre_enrolled_keys': argument('Secure Boot keys', 'hot'),
  'efi_disk.type': argument('type of the EFI disk', 'replace'),
  started: argument('running', 'power'),
  vm_id: argument('VMID', 'replace'),
  node_name: argument('Proxmox node', 'replace'),
  'cpu.cores': argument('cores', 'restart'),
  'cpu.sockets': argument('sockets', 'restart'),
  'cpu.type': argument('CPU type', 'restart'),
  'memory.dedicated': argument('memory', 'restart', 'mb'),
  'memory.floating': argument('memory balloon', 'restart', 'mb'),
  boot_order: argument('boot order', 'restart'),
  'agent.enabled': argument('guest agent', 'restart'),
  'initialization.dns.servers': argument('DNS servers', 'restart'),
  'initialization.ip_config': argument('addresses', 'restart'),
  bios: argument('BIOS', 'restart'), // R, as are those below
  machine: argument('machine', 'restart'),
  scsi_hardware: argument('SCSI controller', 'restart'),
  'operating_system.type': argument('OS type', 'restart'),
  serial_device: argument('serial device', 'restart'),
  hostpci: argument('GPU mappings', 'restart'),
  'tpm_state.version': argument('TPM', 'restart'),
  'tpm_state.datastore_id': argument('storage of the TPM', 'restart'),
  reboot_after_update: argument('restart by Terraform after changes', 'state'),
  stop_on_destroy: argument('stop on destroy', 'state'),
  purge_on_destroy: argument('purge on destroy', 'state'),
  delete_unreferenced_disks_on_destroy: argument('delete unreferenced disks on destroy', 'state'),
  migrate: argument('migrate', 'state'),
};

/** What the provider computes: never a change that somebody made. */
export const COMPUTED: ReadonlySet<string> = new Set([
  'id',
  'ipv4_addresses',
  'ipv6_addresses',
  'mac_addresses',
  'network_interface_names',
]);

/** Lists that are compared and shown as a whole. */
export const WHOLE: ReadonlySet<string> = new Set([
  'tags',
  'boot_order',
  'startup',
  'serial_device',
  'initialization.dns.servers',
  'initialization.ip_config',
]);

/** An argument that is not in the table is shown by its path, and expected to need a restart. */
export function vmArgument(path: string): Argument {
  const known = own(VM_ARGUMENTS, path);
  if (known) return known;
  return argument(path, path.startsWith('timeout_') ? 'state' : 'restart');
}
