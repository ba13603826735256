import { ignoredPath } from '../cluster/adopted';
import type { Limit } from '../cluster/definition/keys';
import { VM_ID_MAX, VM_ID_MIN } from '../cluster/identity/vm-id';
import type { Vm, VmDisk } from '../cluster/vm';
import { diagnostic, type Diagnostic } from '../diagnostics/diagnostics';
import type { Path, Source } from '../diagnostics/source';
import { DISK_INTERFACE } from '../rules/adopted-hardware';
import { cpuTypeProblem } from '../rules/cpu-type-unknown';
import { BRIDGE, MAPPING, nameProblem, STORAGE } from '../rules/lib/proxmox-names';
import { sizeProblem, SIZES } from '../rules/lib/sizes';
import { macProblem } from '../rules/mac-format';
import { tagProblem } from '../rules/tag-charset';
import { uuidProblem } from '../rules/uuid-format';
import { vlanProblem } from '../rules/vlan-range';
import { vmIdProblem } from '../rules/vmid-range';
import { isOpen } from './props';

/** What is wrong at a place of the props, by the rule that says the same of a definition. */
type Problem = readonly [rule: string, path: Path, message: string | undefined];

/** A name of DNS, with dots, as Proxmox takes it for a VM. */
const VM_NAME =
  /^(?=.{1,63}$)[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$/;

const SERIAL = /^[A-Za-z0-9_-]{1,20}$/;

/** All that is wrong with a VM by itself, in the keys of its props. @param place construct path */
export function vmProblems(vm: Vm, place: string): Diagnostic[] {
  return [...problemsOf(vm)].flatMap(([rule, path, message]) =>
    message === undefined ? [] : [diagnosticOf(place, rule, path, message)],
  );
}

/** A problem at a key of the props. */
export function diagnosticOf(place: string, rule: string, path: Path, message: string): Diagnostic {
  const source: Source = { file: place, kind: 'typescript', starter: false, locate: () => undefined };
  return diagnostic(source, rule, path, message);
}

function* problemsOf(vm: Vm): Generator<Problem> {
  const { name, vmId, uuid, tags, cpuType, startup = {} } = vm;
  if (!VM_NAME.test(name))
    yield ['node-name-format', ['name'], `"${name}" is not the name of a VM; write a DNS name, e.g. dns-1`];
  yield ['vmid-range', ['vmId'], vmIdProblem(vmId, `${VM_ID_MIN}-${VM_ID_MAX}`)];
  if (uuid !== undefined) yield ['uuid-format', ['uuid'], uuidProblem(uuid)];
  for (const [i, tag] of tags.entries()) yield ['tag-charset', ['tags', i], tagProblem(tag)];
  yield size(['cpuCores'], vm.cpuCores, SIZES.cpu_cores);
  yield ['cpu-type-unknown', ['cpuType'], cpuTypeProblem(cpuType)];
  yield size(['memoryMb'], vm.memoryMb, SIZES.memory_mb);
  yield size(['startup', 'order'], startup.order, SIZES.order);
  yield size(['startup', 'upDelay'], startup.upDelay, SIZES.up_delay);
  yield size(['startup', 'downDelay'], startup.downDelay, SIZES.down_delay);
  yield* hardware(vm);
  yield* disks(vm.disks);
  yield* nics(vm);
  yield* ignored(vm);
}

const size = (path: Path, value: number | undefined, limit: Limit): Problem => [
  'size-range',
  path,
  value === undefined ? undefined : sizeProblem(value, limit),
];

function* hardware({ secureBoot, bios, machine, gpuMappings, adopted, ha, server }: Vm): Generator<Problem> {
  if (secureBoot && (bios !== 'ovmf' || machine !== 'q35')) {
    const message = `secureBoot needs bios ovmf and machine q35, not ${bios} and ${machine}; change one of them`;
    yield ['firmware-coherent', ['secureBoot'], message];
  }
  for (const [i, name] of gpuMappings.entries())
    yield ['proxmox-name', ['gpuMappings', i], nameProblem(name, MAPPING)];
  if (gpuMappings.length > 0 && machine !== 'q35' && !adopted)
    yield [
      'gpu-vm-shape',
      ['machine'],
      'PCI mappings are passed as PCIe, which needs machine q35; write q35',
    ];
  if (ha && server.site === server.endpoint) {
    const message = `"${server.key}" is a standalone server, where HA has nowhere to move the VM; remove ha, or write the proxmoxCluster of the server`;
    yield ['ha-placement', ['ha'], message];
  } else if (ha && gpuMappings.length > 0)
    yield ['ha-placement', ['ha'], `${gpuMappings.join(', ')} cannot move with the VM; remove ha`];
}

function* disks(all: readonly VmDisk[]): Generator<Problem> {
  const bootable = all.filter(({ purpose }) => purpose === 'os').length;
  if (bootable !== 1) {
    const message =
      all.length === 0
        ? "a VM needs a disk to boot from; write e.g. disks: [{ storage: 'local-lvm', sizeGb: 20 }]"
        : `${bootable} disks have the purpose os; write it for the one that the VM boots from`;
    yield ['disk-slot', ['disks'], message];
  }
  const places = new Map<string, number>();
  const serials = new Map<string, number>();
  for (const [i, disk] of all.entries()) {
    const at = ['disks', i];
    yield ['proxmox-name', [...at, 'storage'], nameProblem(disk.storage, STORAGE)];
    yield size([...at, 'sizeGb'], disk.sizeGb, SIZES.os_disk_size_gb);
    if (isOpen(disk)) {
      const taken = new Set(all.map(({ slot }) => slot));
      const free = [...Array(31).keys()].find((slot) => slot > 0 && !taken.has(slot));
      yield ['disk-slot', at, `a VM with several data disks gives each its slot; write e.g. slot: ${free}`];
      continue;
    }
    const { interface: slot, serial } = disk;
    const other = places.get(slot);
    if (!DISK_INTERFACE.test(slot))
      yield ['disk-slot', at, `"${slot}" is not a place for a disk; use a slot of 0-30`];
    else if (other !== undefined)
      yield ['disk-slot', at, `${slot} is taken by disks[${other}]; give each disk a slot of its own`];
    places.set(slot, i);
    const same = serials.get(serial);
    if (!SERIAL.test(serial)) {
      const message = `"${serial}" is not a serial number, which has 1-20 letters, digits, "_" and "-"; write another`;
      yield ['volume-selector', [...at, 'serial'], message];
    } else if (same !== undefined)
      yield ['volume-selector', [...at, 'serial'], `"${serial}" is also that of disks[${same}]; change it`];
    serials.set(serial, i);
  }
}

function* nics({ nics: all, adopted }: Vm): Generator<Problem> {
  const owners = new Map<string, number>();
  for (const [i, { bridge, mac, vlanId, mtu }] of all.entries()) {
    const at = ['nics', i];
    yield ['proxmox-name', [...at, 'bridge'], nameProblem(bridge, BRIDGE)];
    yield ['vlan-range', [...at, 'vlanId'], vlanProblem(vlanId)];
    yield size([...at, 'mtu'], mtu, SIZES.mtu);
    const owner = owners.get(mac);
    if (mac === '' && adopted)
      yield ['mac-format', [...at, 'mac'], 'an adopted VM keeps its MAC address; write the one that it has'];
    else if (owner !== undefined)
      yield ['mac-unique', [...at, 'mac'], `${mac} is also that of nics[${owner}]; change it`];
    else yield ['mac-format', [...at, 'mac'], macProblem(mac)];
    owners.set(mac, i);
  }
}

function* ignored(vm: Vm): Generator<Problem> {
  for (const [i, entry] of vm.ignoreChanges.entries()) {
    if (ignoredPath(entry, vm) !== undefined) continue;
    const like = `boot_order, cpu.type, network_device.net0.model or disk.${vm.disks[0]?.interface ?? 'scsi0'}.serial`;
    const message = `"${entry}" is not an argument that can be ignored; write one like ${like}`;
    yield ['adopted-hardware', ['ignoreChanges', i], message];
  }
}

/** A VM of an app, and its construct path. */
export interface PlacedVm {
  readonly place: string;
  readonly vm: Vm;
}

/** What two VMs of an app have in common that only one can have: rules look at the nodes of clusters alone. */
export function vmClashes(all: readonly PlacedVm[]): string[] {
  const owners = new Map<string, string>();
  return all.flatMap(({ place, vm }) =>
    identitiesOf(vm).flatMap(([what, value, of = '']) => {
      const key = `${what} ${value} ${of}`;
      const owner = owners.get(key);
      owners.set(key, owner ?? place);
      return owner === undefined || owner === place
        ? []
        : [`${place} and ${owner} both have the ${what} ${value}; change one of them`];
    }),
  );
}

const identitiesOf = ({ server, vmId, uuid, nics: all }: Vm): (readonly [string, string, string?])[] => [
  ['VMID', String(vmId), server.site],
  ...(uuid === undefined ? [] : [['SMBIOS UUID', uuid] as const]),
  ...all.map(({ mac }) => ['MAC address', mac] as const),
];
