/** Who may set what in the configuration of a VM: which privilege by key, in the order of Proxmox. */
import { parameterError } from '../errors';
import { isCloudInit, isDriveKey, parseDrive } from '../formats/drive';
import { parseNic } from '../formats/nic';
import { parseProperties } from '../formats/property-string';
import type { VmConfig } from '../formats/vm-config';
import type { Call } from '../server/call';
import { assertMayUseDrive } from './storage-permissions';

const CONFIG: Readonly<Record<string, readonly string[]>> = {
  'VM.Config.CPU': ['cores', 'cpu', 'cpulimit', 'cpuunits', 'numa', 'smp', 'sockets', 'vcpus'],
  'VM.Config.Memory': ['memory', 'balloon', 'shares', 'allow-ksm'],
  'VM.Config.HWType': [
    ...['acpi', 'audio0', 'hotplug', 'kvm', 'machine', 'scsihw', 'smbios1', 'tablet', 'vga', 'watchdog'],
  ],
  'VM.Config.Options': [
    ...['agent', 'autostart', 'bios', 'description', 'keyboard', 'localtime', 'migrate_downtime'],
    ...['migrate_speed', 'name', 'onboot', 'ostype', 'protection', 'reboot', 'startdate', 'startup', 'tdf'],
    'template',
  ],
  'VM.Config.Disk': ['boot', 'bootdisk', 'vmstatestorage'],
  'VM.Config.Network': ['running-nets-host-mtu'],
  'VM.PowerMgmt': ['freeze'],
};

/** Numbered keys: `net0` and so on. */
const NUMBERED: Readonly<Record<string, string>> = {
  net: 'VM.Config.Network',
  numa: 'VM.Config.CPU',
  unused: 'VM.Config.Disk',
};

/** Either privilege is enough. */
const CLOUD_INIT = ['VM.Config.Cloudinit', 'VM.Config.Network'];
const CLOUD_INIT_KEY =
  /^(cicustom|cipassword|citype|ciuser|ciupgrade|nameserver|searchdomain|sshkeys|ipconfig\d+)$/;

const PRIVILEGE = new Map(
  Object.entries(CONFIG).flatMap(([privilege, keys]) => keys.map((key) => [key, privilege] as const)),
);

/** A privilege on the VM, or on the pool that it is made in. */
export function needVm(
  call: Call,
  { vmid, pool }: Pick<ConfigRequest, 'vmid' | 'pool'>,
  ...privileges: readonly string[]
): void {
  const inPool = (privilege: string): boolean => pool !== undefined && call.has(`/pool/${pool}`, privilege);
  if (!privileges.every(inPool)) call.need(`/vms/${vmid}`, ...privileges);
}

export interface ConfigRequest {
  readonly vmid: number;
  readonly pool?: string | undefined;
  /** Keys with the values that were sent; undefined for those to delete. */
  readonly changes: ReadonlyMap<string, string | undefined>;
  /** What the VM has now; undefined for one that is to be made. */
  readonly before?: Readonly<VmConfig>;
}

/**
 * Throws 403, or `only root can set …`, for the first thing that the caller may not set. A VM that is made needs the
 * right to use storages first and none to change its disks; one that is there needs both.
 */
export function assertMaySet(call: Call, request: ConfigRequest): void {
  const { changes, before } = request;
  const drives = [...changes].filter(([key]) => isDriveKey(key));
  const assertStorages = (): void => {
    for (const [key, value] of drives) {
      if (value !== undefined) assertMayUseDrive(call, request.vmid, key, value);
    }
  };
  if (!before) assertStorages();
  for (const [key, value] of changes) {
    if (!isDriveKey(key)) assertMaySetKey(call, request, key, value);
  }
  if (!before) return;
  assertStorages();
  for (const [key, value] of drives) assertMayChangeDrive(call, request, value, before[key]);
}

function assertMaySetKey(call: Call, request: ConfigRequest, key: string, value: string | undefined): void {
  if (/^(hostpci|usb|virtiofs|serial|rng)\d+$/.test(key)) {
    const old = request.before?.[key];
    if (old !== undefined) assertMayPassThrough(call, request, key, String(old));
    if (value !== undefined) assertMayPassThrough(call, request, key, value);
    return;
  }
  // With a VM that is made, tags are looked at by its task; versions differ in that.
  if (key === 'tags') {
    if (request.before) call.need(`/vms/${request.vmid}`, 'VM.Config.Options');
    return;
  }
  if (CLOUD_INIT_KEY.test(key)) {
    const { pool, vmid } = request;
    const path = pool !== undefined && CLOUD_INIT.some((one) => call.has(`/pool/${pool}`, one));
    if (!path) call.needAny(`/vms/${vmid}`, ...CLOUD_INIT);
    return;
  }
  const privilege = PRIVILEGE.get(key) ?? NUMBERED[/^([a-z]+)\d+$/.exec(key)?.[1] ?? ''];
  if (privilege === undefined) call.needRoot(`only root can set '${key}' config`);
  else needVm(call, request, privilege);
  // It changes what the host does when it boots.
  if (key === 'startup') call.need('/', 'Sys.Modify');
  if (/^net\d+$/.test(key) && value !== undefined) assertMayUseBridge(call, value);
  if (key === 'cpu' && value !== undefined) assertMayUseModel(call, value, request.before?.['cpu']);
}

/** A drive of a VM that is there takes a privilege for what it was and for what it becomes. */
function assertMayChangeDrive(
  call: Call,
  request: ConfigRequest,
  value: string | undefined,
  old: string | number | undefined,
): void {
  if (old !== undefined) needVm(call, request, ...privilegesOfDrive(String(old)));
  if (value !== undefined) needVm(call, request, ...privilegesOfDrive(value));
}

function privilegesOfDrive(value: string): string[] {
  const drive = parseDrive(value);
  const asCdrom = { ...drive, options: { ...drive.options, media: 'cdrom' } };
  if (isCloudInit(asCdrom) || /:cloudinit$/.test(drive.file)) {
    return ['VM.Config.Cloudinit', 'VM.Config.CDROM'];
  }
  const isCdrom = drive.options['media'] === 'cdrom' || drive.file === 'none' || drive.file === 'cdrom';
  return [isCdrom ? 'VM.Config.CDROM' : 'VM.Config.Disk'];
}

/** Devices of the host: by mapping with a privilege, by address only for root. */
function assertMayPassThrough(call: Call, request: ConfigRequest, key: string, value: string): void {
  if (call.who.isRoot) return;
  switch (key.replace(/\d+$/, '')) {
    case 'serial':
      if (value !== 'socket') call.needRoot(`only root can set '${key}' config for real devices`);
      return needVm(call, request, 'VM.Config.HWType');
    case 'rng':
      needVm(call, request, 'VM.Config.HWType');
      if (/(^|,)(source=)?\/dev\/hwrng(,|$)/.test(value)) call.need('/mapping/hwrng', 'Mapping.Use');
      return;
    case 'virtiofs':
      needVm(call, request, 'VM.Config.Disk');
      return call.need(`/mapping/dir/${parseProperties(value, 'dirid')['dirid'] ?? ''}`, 'Mapping.Use');
    case 'usb':
      needVm(call, request, 'VM.Config.HWType');
      return assertMapped(call, key, value);
    default:
      assertMapped(call, key, value);
      needVm(call, request, 'VM.Config.HWType');
      if (parseProperties(value, 'host')['romfile'] !== undefined) {
        throw parameterError({ [key]: "only root@pam can set 'romfile' option" });
      }
  }
}

function assertMapped(call: Call, key: string, value: string): void {
  const isPci = key.startsWith('hostpci');
  const { mapping, host } = parseProperties(value, 'host');
  if (!isPci && host?.toLowerCase() === 'spice') return;
  if (host !== undefined) {
    call.needRoot(`only root can set '${key}' config for ${isPci ? 'non-mapped' : 'real'} devices`);
  }
  if (mapping === undefined) call.needRoot("either 'host' or 'mapping' must be set.");
  else call.need(`/mapping/${isPci ? 'pci' : 'usb'}/${mapping}`, 'Mapping.Use');
}

function assertMayUseBridge(call: Call, value: string): void {
  const { bridge, tag } = parseNic(value).options;
  if (bridge === undefined) return;
  const path = `/sdn/zones/localnetwork/${bridge}`;
  if (!call.has(path, 'SDN.Use')) call.need(tag === undefined ? path : `${path}/${tag}`, 'SDN.Use');
}

/** A CPU model of one's own takes a privilege, unless the VM has it already. */
function assertMayUseModel(call: Call, value: string, old: string | number | undefined): void {
  const { cputype } = parseProperties(value, 'cputype');
  if (cputype?.startsWith('custom-') !== true) return;
  if (old !== undefined && parseProperties(String(old), 'cputype')['cputype'] === cputype) return;
  if (call.state.isSince(9, 2)) call.need(`/mapping/cpu/${cputype.slice('custom-'.length)}`, 'Mapping.Use');
  else call.need('/nodes', 'Sys.Audit');
}

/**
 * From 9.2 on, tags of a VM that is made take the privilege on the VM itself: its task looks before the VM is in its
 * pool. Throws 403 as the task ends with.
 */
export function assertMayTagNew(call: Call, { vmid, changes }: ConfigRequest): void {
  if (changes.get('tags') !== undefined && call.state.isSince(9, 2)) {
    call.need(`/vms/${vmid}`, 'VM.Config.Options');
  }
}
