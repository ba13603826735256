/** What keeps QEMU from starting. */
import { failure } from '../errors';
import { isDriveKey, parseDrive } from '../formats/drive';
import { parseNic } from '../formats/nic';
import { parseProperties } from '../formats/property-string';
import { MIB } from '../formats/size';
import type { SiteState } from '../store/site';
import type { Node, Vm } from '../store/types';
import { assertPassThrough } from './rules';

/** Throws what the start task ends with. */
export function assertBootable(state: SiteState, vm: Vm): void {
  const node = state.node(vm.node);
  const { config } = vm;
  if (config['template'] === 1) throw failure("you can't start a vm if it's a template");
  assertPassThrough(config);
  for (const [key, value] of Object.entries(config)) {
    if (isDriveKey(key)) assertVolume(state, vm, String(value));
    if (/^net\d+$/.test(key)) assertBridge(node, String(value));
    if (/^hostpci\d+$/.test(key)) assertDevice(state, vm, String(value));
  }
  const isQ35 = /^(type=)?(pc-)?q35/.test(String(config['machine'] ?? ''));
  if (isQ35 && (config['ide1'] !== undefined || config['ide3'] !== undefined)) {
    throw failure('start failed: QEMU exited with code 1');
  }
  if (Number(config['memory'] ?? 512) * MIB > node.memory) {
    throw failure('start failed: QEMU exited with code 1');
  }
}

function assertVolume(state: SiteState, vm: Vm, value: string): void {
  const { file } = parseDrive(value);
  if (file !== 'none' && file !== 'cdrom' && !file.startsWith('/')) state.volume(vm.node, file);
}

function assertBridge(node: Node, value: string): void {
  const { bridge } = parseNic(value).options;
  if (bridge !== undefined && node.interfaces.get(bridge)?.pending !== false) {
    throw failure(`bridge '${bridge}' does not exist`);
  }
}

/** A mapping must exist, name a device of this node as it is, and no other VM may run with it. */
function assertDevice(state: SiteState, vm: Vm, value: string): void {
  const { mapping: name } = parseProperties(value, 'host');
  if (name === undefined) return;
  const mapping = state.mappings.pci.get(name);
  if (!mapping) throw failure(`PCI device mapping not found for '${name}'`);
  const entries = mapping.map.map((entry) => parseProperties(entry)).filter(({ node }) => node === vm.node);
  if (entries.length === 0) throw failure(`PCI device mapping '${name}' not found on node '${vm.node}'`);
  for (const entry of entries) assertMatches(state.node(vm.node), name, entry);
  const free = entries.find(({ path }) => userOf(state, vm, path ?? '') === undefined);
  if (!free) {
    const path = entries[0]?.['path'] ?? '';
    throw failure(`PCI device '${path}' already in use by VMID '${userOf(state, vm, path) ?? 0}'`);
  }
}

/** The mapping must say all that the server says of the device, and nothing else. */
function assertMatches(node: Node, name: string, entry: Readonly<Record<string, string>>): void {
  for (const path of (entry['path'] ?? '').split(';')) {
    const full = /\.[0-9a-f]$/i.test(path) ? path : `${path}.0`;
    const device = node.pci.find((candidate) => candidate.path === full);
    if (!device) throw failure(`pci device '${full}' not found`);
    const expected: Readonly<Record<string, string | undefined>> = {
      id: device.id,
      iommugroup: device.iommuGroup?.toString(),
      'subsystem-id': device.subsystemId,
    };
    for (const [key, value] of Object.entries(expected)) {
      const given = entry[key];
      if (value === given) continue;
      if (given === undefined) throw failure(`missing expected property '${key}' for device '${full}'`);
      if (value === undefined) throw failure(`unexpected property '${key}' configured for device '${full}'`);
      throw failure(`'${key}' does not match for '${name}' (${value} != ${given})`);
    }
  }
}

/** The running VM that has a device by some mapping. */
function userOf(state: SiteState, vm: Vm, path: string): number | undefined {
  const uses = ({ node, config }: Vm): boolean =>
    Object.entries(config).some(([key, value]) => {
      if (!/^hostpci\d+$/.test(key)) return false;
      const map = state.mappings.pci.get(parseProperties(String(value), 'host')['mapping'] ?? '')?.map ?? [];
      const paths = map.map((entry) => parseProperties(entry)).filter((entry) => entry['node'] === node);
      // A mapping with several devices leaves one for others; which one is not known, so only single ones count.
      return paths.length === 1 && paths[0]?.['path'] === path;
    });
  const others = [...state.vms.values()].filter(
    (other) => other !== vm && other.node === vm.node && other.status === 'running',
  );
  return others.find(uses)?.vmid;
}
