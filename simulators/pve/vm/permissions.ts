/** Who may set what in the configuration of a VM. */
import { forbidden } from '../errors';
import { driveSource, isCdrom, isDriveKey, parseDrive, type Drive } from '../formats/drive';
import { parseNic } from '../formats/nic';
import { parseProperties } from '../formats/property-string';
import type { Call } from '../server/call';

const CONFIG: Readonly<Record<string, readonly string[]>> = {
  'VM.Config.CPU': ['cores', 'cpu', 'cpulimit', 'cpuunits', 'numa', 'smp', 'sockets', 'vcpus'],
  'VM.Config.Memory': ['memory', 'balloon', 'shares', 'allow-ksm'],
  'VM.Config.HWType': [
    ...[
      'acpi',
      'hotplug',
      'kvm',
      'machine',
      'scsihw',
      'smbios1',
      'tablet',
      'vga',
      'watchdog',
      'audio0',
      'ivshmem',
    ],
    ...['spice_enhancements', 'vmgenid'],
  ],
  'VM.Config.Options': [
    ...[
      'agent',
      'autostart',
      'bios',
      'description',
      'keyboard',
      'localtime',
      'migrate_downtime',
      'migrate_speed',
    ],
    ...[
      'name',
      'onboot',
      'ostype',
      'protection',
      'reboot',
      'startdate',
      'startup',
      'tdf',
      'template',
      'tags',
      'lock',
    ],
  ],
  'VM.Config.Disk': ['boot', 'bootdisk', 'vmstatestorage'],
  'VM.Config.Cloudinit': [
    ...['cicustom', 'cipassword', 'citype', 'ciuser', 'nameserver', 'searchdomain', 'sshkeys'],
  ],
  'VM.PowerMgmt': ['freeze'],
};

/** Numbered keys: `net0` and so on. */
const NUMBERED: Readonly<Record<string, string>> = {
  net: 'VM.Config.Network',
  ipconfig: 'VM.Config.Cloudinit',
  numa: 'VM.Config.CPU',
  unused: 'VM.Config.Disk',
};

const PRIVILEGE = new Map(
  Object.entries(CONFIG).flatMap(([privilege, keys]) => keys.map((key) => [key, privilege] as const)),
);

/** A privilege on the VM, or on the pool that it is made in. */
export function needVm(call: Call, vmid: number, pool: string | undefined, privilege: string): void {
  if (pool !== undefined && call.has(`/pool/${pool}`, privilege)) return;
  call.need(`/vms/${vmid}`, privilege);
}

export interface ConfigRequest {
  readonly vmid: number;
  readonly pool?: string | undefined;
  /** Keys with the values that were sent; undefined for those to delete. */
  readonly changes: ReadonlyMap<string, string | undefined>;
}

/** Throws 403, or `only root can set …`, for the first key that the caller may not set. */
export function assertMaySet(call: Call, { vmid, pool, changes }: ConfigRequest): void {
  for (const [key, value] of changes) {
    if (isDriveKey(key)) {
      assertMaySetDrive(call, vmid, pool, value === undefined ? undefined : parseDrive(value));
    } else if (/^(hostpci|usb|virtiofs|serial)\d+$/.test(key)) {
      assertMayPassThrough(call, vmid, pool, key, value);
    } else {
      const privilege = PRIVILEGE.get(key) ?? NUMBERED[/^([a-z]+)\d+$/.exec(key)?.[1] ?? ''];
      if (privilege === undefined) call.needRoot(`only root can set '${key}' config`);
      else needVm(call, vmid, pool, privilege);
      if (/^net\d+$/.test(key) && value !== undefined) assertMayUseBridge(call, value);
    }
  }
}

function assertMaySetDrive(
  call: Call,
  vmid: number,
  pool: string | undefined,
  drive: Drive | undefined,
): void {
  needVm(call, vmid, pool, drive && isCdrom(drive) ? 'VM.Config.CDROM' : 'VM.Config.Disk');
  if (!drive) return;
  const source = driveSource(drive.file);
  if (source.kind === 'path') call.needRoot('Only root can pass arbitrary filesystem paths.');
  if (source.kind === 'allocate') call.need(`/storage/${source.storage}`, 'Datastore.AllocateSpace');
  if (source.kind === 'volume') mayRead(call, source.storage);
  const from = drive.options['import-from'];
  if (from?.startsWith('/')) call.needRoot('Only root can pass arbitrary filesystem paths.');
  else if (from !== undefined) mayRead(call, from.split(':')[0] ?? '');
}

/** Reading a volume takes either privilege on its storage. */
function mayRead(call: Call, storage: string): void {
  const path = `/storage/${storage}`;
  const privileges = ['Datastore.AllocateSpace', 'Datastore.Audit'];
  if (!privileges.some((privilege) => call.has(path, privilege))) throw forbidden(path, privileges.join('|'));
}

/** Devices of the host: by mapping with a privilege, by address only for root. */
function assertMayPassThrough(
  call: Call,
  vmid: number,
  pool: string | undefined,
  key: string,
  value: string | undefined,
): void {
  needVm(call, vmid, pool, 'VM.Config.HWType');
  if (value === undefined || value === 'socket' || value === 'spice') return;
  const kind = key.replace(/\d+$/, '');
  if (kind === 'serial') {
    call.needRoot(`only root can set '${key}' config for real devices`);
    return;
  }
  const { mapping, dirid, host } = parseProperties(value, kind === 'virtiofs' ? 'dirid' : 'host');
  const name = kind === 'virtiofs' ? dirid : mapping;
  if (name !== undefined) {
    const folder = kind === 'hostpci' ? 'pci' : kind === 'usb' ? 'usb' : 'dir';
    call.need(`/mapping/${folder}/${name}`, 'Mapping.Use');
  } else if (host !== 'spice') {
    const what = kind === 'hostpci' ? 'non-mapped' : 'real';
    call.needRoot(`only root can set '${key}' config for ${what} devices`);
  }
}

function assertMayUseBridge(call: Call, value: string): void {
  const { bridge, tag } = parseNic(value).options;
  if (bridge === undefined) return;
  const path = `/sdn/zones/localnetwork/${bridge}`;
  if (!call.has(path, 'SDN.Use')) call.need(tag === undefined ? path : `${path}/${tag}`, 'SDN.Use');
}
