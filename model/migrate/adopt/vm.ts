import type { GuestConfig } from '../../proxmox/answers';
import { disksOf, properties, uuidOf, type AttachedDisk } from '../../proxmox/config';
import type { Role } from '../../cluster/roles';
import { isTooOld } from '../../rules/cpu-type-level';
import { byInterface } from '../../cluster/adopted';
import { OS_DISK, scsiOf } from '../../cluster/definition/data-disks';
import { VM_DEFAULTS } from '../../cluster/vm';

/** A VM that is to become a node, with what else is known of it. */
export interface FoundVm {
  readonly name: string;
  readonly role: Role;
  readonly index: number;
  /** Key of the server that it is on. */
  readonly server: string;
  readonly vmId: number;
  readonly running: boolean;
  readonly config: GuestConfig;
  /** Where the definition, a state, cloud-init or the guest agent tells it. */
  readonly ip?: string;
  /** Whether the guest agent answers. */
  readonly agent: boolean;
  /** What Talos has formatted for users, where it tells. */
  readonly volumes?: readonly FoundVolume[];
}

/** A volume of Talos. */
export interface FoundVolume {
  readonly name: string;
  /** How it selects its disk. */
  readonly match: string;
}

type Values = Readonly<Record<string, unknown>>;

/** A node of a definition that describes a VM as it is, with all of its identity written out. */
export function nodeValues(vm: FoundVm): Values {
  const { name, config } = vm;
  const [os, ...data] = orderedDisks(config);
  const uuid = uuidOf(config);
  return {
    name,
    index: vm.index,
    adopted: true,
    proxmox_server: vm.server,
    vm_id: vm.vmId,
    ...given('mac_address', nicsOf(config)[0]?.mac),
    ...given('uuid', uuid),
    ...given('ip_address', vm.ip),
    cpu_cores: Number(config['cores'] ?? 1),
    ...cpuType(config),
    memory_mb: memoryOf(config),
    bios: config['bios'] === 'ovmf' ? 'ovmf' : 'seabios',
    machine: /^q35|^pc-q35/.test(machineOf(config)) ? 'q35' : 'pc',
    ...scsiHardware(config),
    ...osDisk(os, config),
    data_disk_size_gb: undefined,
    data_disks: dataDisks(data, vm),
    vm_start_on_boot: config['onboot'] === '1',
    vm_started: vm.running,
    vm_protection: config['protection'] === '1',
    vm_qemu_agent: vm.agent,
    ...startupOf(config),
    storage_network: false,
  };
}

/** Written out: the provider would put virtio-scsi-pci where nothing is said, and the disks behind another controller. */
function scsiHardware(config: GuestConfig): Values {
  const controller = config['scsihw'] ?? 'lsi';
  return controller === VM_DEFAULTS.scsiHardware ? {} : { scsi_hardware: controller };
}

const given = (key: string, value: unknown): Values => (value === undefined ? {} : { [key]: value });

const machineOf = (config: GuestConfig): string => {
  const { first, type } = properties(config['machine'] ?? '');
  return type ?? first ?? '';
};

/** Proxmox takes kvm64 where nothing is written. What Talos does not run on stays, but is written nowhere. */
function cpuType(config: GuestConfig): Values {
  const { first, cputype } = properties(config['cpu'] ?? '');
  const type = cputype ?? first;
  return type === undefined || isTooOld(type) ? {} : { cpu_type: type };
}

/** `4096`, or `current=4096` as newer versions may write it. */
const memoryOf = (config: GuestConfig): number => {
  const { first, current } = properties(config['memory'] ?? '512');
  return Number(current ?? first);
};

/** The first disk of the boot order is that of the system; the others follow in the order of the provider. */
function orderedDisks(config: GuestConfig): AttachedDisk[] {
  const disks = [...disksOf(config)].sort((a, b) => byInterface(a.interface, b.interface));
  const booted = bootOrder(config).find((device) => disks.some((disk) => disk.interface === device));
  const os = disks.find((disk) => disk.interface === (booted ?? config['bootdisk'])) ?? disks[0];
  return os ? [os, ...disks.filter((disk) => disk !== os)] : [];
}

const bootOrder = (config: GuestConfig): string[] =>
  (properties(config['boot'] ?? '')['order'] ?? '').split(';').filter((device) => device !== '');

function osDisk(disk: AttachedDisk | undefined, config: GuestConfig): Values {
  if (!disk) return {};
  const { format } = properties(config[disk.interface] ?? '');
  const qcow2 = format === 'qcow2' || disk.volume.endsWith('.qcow2');
  return {
    ...(disk.interface === scsiOf(OS_DISK.slot) ? {} : { os_disk_interface: disk.interface }),
    os_disk_size_gb: wholeGb(disk),
    storage_os_override: storageOf(disk),
    ...(qcow2 ? { disk_format: 'qcow2' } : {}),
  };
}

/** Those that Talos does not select by their serial number it has formatted by other means: a volume of ours would be a second owner. */
function dataDisks(disks: readonly AttachedDisk[], { config, volumes = [] }: FoundVm): Values[] {
  const taken = new Set<number>();
  const next = (wanted: number): number => {
    let slot = wanted >= 1 && !taken.has(wanted) ? wanted : 1;
    while (taken.has(slot)) slot++;
    taken.add(slot);
    return slot;
  };
  // Those at scsiN have their slot for sure.
  const inOrder = [...disks].sort((a, b) => Number(isScsi(b)) - Number(isScsi(a)));
  const slots = new Map(inOrder.map((disk) => [disk, next(Number(/\d+$/.exec(disk.interface)?.[0]))]));
  return disks
    .map((disk) => ({
      slot: slots.get(disk) ?? 0,
      ...(disk.interface === scsiOf(slots.get(disk) ?? 0) ? {} : { interface: disk.interface }),
      size_gb: wholeGb(disk),
      storage: storageOf(disk),
      ...volumeOn(slots.get(disk) ?? 0, properties(config[disk.interface] ?? '')['serial'], volumes),
    }))
    .sort((a, b) => a.slot - b.slot);
}

function volumeOn(slot: number, serial: string | undefined, volumes: readonly FoundVolume[]): Values {
  const found = volumes.find(
    ({ match }) => serial !== undefined && match.includes(`disk.serial == "${serial}"`),
  );
  if (!found) return { volume: false };
  const { name } = found;
  return { ...(name === `data-${slot}` ? {} : { name }), ...(serial === name ? {} : { serial }) };
}

const isScsi = (disk: AttachedDisk): boolean => disk.interface.startsWith('scsi');

const wholeGb = ({ sizeGb = 1 }: AttachedDisk): number => Math.max(1, Math.ceil(sizeGb));

const storageOf = ({ volume }: AttachedDisk): string => volume.split(':')[0] ?? '';

function startupOf(config: GuestConfig): Values {
  const { order, up, down } = properties(config['startup'] ?? '');
  const startup = {
    ...given('order', order && Number(order)),
    ...given('up_delay', up && Number(up)),
    ...given('down_delay', down && Number(down)),
  };
  return Object.keys(startup).length > 0 ? { startup } : {};
}

export interface FoundNic {
  readonly slot: string;
  readonly mac: string;
  readonly bridge: string;
  /** 0 is untagged. */
  readonly vlanId: number;
}

/** NICs by number; the first is taken for that of the management network. */
export function nicsOf(config: GuestConfig): FoundNic[] {
  return Object.keys(config)
    .filter((key) => /^net\d+$/.test(key))
    .sort(byInterface)
    .flatMap((slot) => {
      const text = config[slot] ?? '';
      const mac = /\b([0-9a-f]{2}:){5}[0-9a-f]{2}\b/i.exec(text)?.[0];
      const { bridge = '', tag = '0' } = properties(text);
      return mac === undefined ? [] : [{ slot, mac: mac.toUpperCase(), bridge, vlanId: Number(tag) }];
    });
}

/** The ISO in the drive that new VMs have theirs in; `undefined` if there is none. */
export function isoOf(config: GuestConfig): string | undefined {
  const { first, file, media } = properties(config['ide2'] ?? '');
  const volume = file ?? first;
  return media === 'cdrom' && volume?.includes(':iso/') ? volume : undefined;
}

/** The static address of the first NIC on the cloud-init drive, without prefix. */
export function cloudInitAddress(config: GuestConfig): string | undefined {
  const { ip, ip6 } = properties(config['ipconfig0'] ?? '');
  return [ip, ip6].find((address) => address?.includes('/'))?.split('/')[0];
}
