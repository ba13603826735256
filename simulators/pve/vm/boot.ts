/** What keeps QEMU from starting. */
import { failure } from '../errors';
import { isCdrom, isDriveKey, parseDrive } from '../formats/drive';
import { parseNic } from '../formats/nic';
import { parseProperties } from '../formats/property-string';
import { MIB } from '../formats/size';
import { byKey } from '../formats/vm-config';
import type { SiteState } from '../store/site';
import type { Node, Vm } from '../store/types';
import { assertOnline } from '../store/volumes';
import { entriesOn, mismatch } from './mappings';
import { assertPassThrough } from './rules';

/** Throws what the start task ends with. The answer is what of the host the VM runs with. */
export function assertBootable(state: SiteState, vm: Vm): readonly string[] {
  const node = state.node(vm.node);
  const { config } = vm;
  if (config['template'] === 1) throw failure("you can't start a vm if it's a template");
  assertPassThrough(config);
  for (const [key, value] of Object.entries(config)) {
    if (isDriveKey(key)) assertVolume(state, vm, String(value));
    if (/^net\d+$/.test(key)) assertBridge(node, String(value));
  }
  const devices = devicesOf(state, vm);
  const isQ35 = /^(type=)?(pc-)?q35/.test(String(config['machine'] ?? ''));
  if (isQ35 && (config['ide1'] !== undefined || config['ide3'] !== undefined)) {
    throw failure('start failed: QEMU exited with code 1');
  }
  if (Number(config['memory'] ?? 512) * MIB > node.memory) {
    throw failure('start failed: QEMU exited with code 1');
  }
  return devices;
}

function devicesOf(state: SiteState, vm: Vm): string[] {
  const taken = new Set<string>();
  for (const key of Object.keys(vm.config)
    .filter((name) => /^hostpci\d+$/.test(name))
    .sort(byKey)) {
    for (const device of deviceOf(state, vm, String(vm.config[key]), taken)) taken.add(device);
  }
  return [...taken];
}

function assertVolume(state: SiteState, vm: Vm, value: string): void {
  const drive = parseDrive(value);
  const { file } = drive;
  const isEmpty = file === 'none' || file === 'cdrom';
  // A CD drive may be empty, a disk may not.
  if (isEmpty && !isCdrom(drive)) throw failure(`unable to parse volume ID '${file}'`);
  if (!isEmpty && !file.startsWith('/')) assertOnline(state.volume(vm.node, file).storage);
}

function assertBridge(node: Node, value: string): void {
  const { bridge } = parseNic(value).options;
  if (bridge !== undefined && node.interfaces.get(bridge)?.pending !== false) {
    throw failure(`bridge '${bridge}' does not exist`);
  }
}

/** The functions that a device of the VM stands for; throws unless one is there and no other VM runs with it. */
function deviceOf(state: SiteState, vm: Vm, value: string, taken: ReadonlySet<string>): readonly string[] {
  const { mapping: name, host } = parseProperties(value, 'host');
  const node = state.node(vm.node);
  const choices = name === undefined ? [functionsAt(node, host ?? '')] : mappedFunctions(state, node, name);
  const isFree = (device: string): boolean => userOf(state, vm, device) === undefined;
  const [first = []] = choices;
  if (choices.length === 1) {
    const again = first.find((device) => taken.has(device));
    if (again !== undefined) throw failure(`device '${again}' assigned more than once`);
    const busy = first.find((device) => !isFree(device));
    if (busy !== undefined) {
      throw failure(`PCI device '${busy}' already in use by VMID '${userOf(state, vm, busy) ?? 0}'`);
    }
    return first;
  }
  const free = choices.find((devices) => devices.every((device) => !taken.has(device) && isFree(device)));
  if (!free) throw failure(`could not find a free device for '${name ?? ''}'`);
  return free;
}

/** What a mapping stands for on a node: one choice per entry. */
function mappedFunctions(state: SiteState, node: Node, name: string): string[][] {
  const mapping = state.mappings.pci.get(name);
  const entries = entriesOn(mapping, node);
  if (!mapping || entries.length === 0) throw failure(`PCI device mapping not found for '${name}'`);
  for (const entry of entries) {
    const problem = mismatch(node, mapping, entry);
    if (problem !== undefined) {
      throw failure(`PCI device mapping invalid (hardware probably changed): ${problem}`);
    }
  }
  return entries.map(({ path = '' }) => path.split(';').flatMap((part) => functionsAt(node, part)));
}

/** An address without function stands for all of them; one may leave out the domain. */
function functionsAt({ pci }: Node, host: string): string[] {
  const full = /^[0-9a-f]{4,}:/.test(host) ? host : `0000:${host}`;
  const found = pci.map(({ path }) => path).filter((path) => path === full || path.startsWith(`${full}.`));
  if (found.length === 0) throw failure(`no PCI device found for '${host}'`);
  return found;
}

/** The running VM that has a function of a device. */
const userOf = (state: SiteState, vm: Vm, device: string): number | undefined =>
  [...state.vms.values()].find(
    (other) =>
      other !== vm &&
      other.node === vm.node &&
      other.status === 'running' &&
      other.devices?.includes(device) === true,
  )?.vmid;
