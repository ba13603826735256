/** VMs come, start, stop and go. */
import { randomUUID } from 'node:crypto';
import { failure } from '../errors';
import { defaultBootOrder, printBootOrder } from '../formats/boot';
import { isCdrom, isDriveKey, parseDrive, printDrive } from '../formats/drive';
import { parseNic, printNic, randomMac } from '../formats/nic';
import { parseProperties, printProperties } from '../formats/property-string';
import { formatSize } from '../formats/size';
import { byKey, type VmConfig } from '../formats/vm-config';
import type { SiteState } from '../store/site';
import type { Vm } from '../store/types';
import { allocate, canLink, isFileStorage } from '../store/volumes';
import { assertNoClones, disksOf, freeVolume, remove } from './drives';

/** QEMU of the newest Proxmox VE of each major version. */
const QEMU: Readonly<Record<number, string>> = { 8: '9.2.0', 9: '10.1.2' };

/** Takes the id at once, as Proxmox does before the task begins; the VM is locked until it is done. */
export function reserve(state: SiteState, node: string, vmid: number, lock: string): Vm {
  const taken = state.vms.get(vmid);
  if (taken) {
    throw failure(`unable to create VM ${vmid} - VM ${vmid} already exists on node '${taken.node}'`);
  }
  const vm: Vm = { vmid, node, status: 'stopped', config: {}, lock };
  state.vms.set(vmid, vm);
  return vm;
}

/** What a new VM boots from, unless that was said. */
export function addBootOrder(config: VmConfig): void {
  const devices = defaultBootOrder(config);
  if (config['boot'] === undefined && devices.length > 0) config['boot'] = printBootOrder(devices);
}

/** What each new VM has without being asked for. */
export function addIdentity(state: SiteState, config: VmConfig): void {
  const smbios = parseProperties(String(config['smbios1'] ?? ''));
  if (smbios['uuid'] === undefined) config['smbios1'] = printProperties({ ...smbios, uuid: randomUUID() });
  config['vmgenid'] ??= randomUUID();
  const creation = { 'creation-qemu': QEMU[state.major] ?? '', ctime: String(Math.floor(Date.now() / 1000)) };
  config['meta'] = printProperties(creation);
}

/** Gives back the id and whatever a failed task has made. */
export function abandon(state: SiteState, vm: Vm): void {
  state.vms.delete(vm.vmid);
  for (const pool of state.pools.values()) pool.vms.delete(vm.vmid);
  for (const { volid } of state.volumes(vm.vmid)) freeVolume(state, vm.node, volid);
}

/** Removes a VM with its volumes, also unused ones, and its membership of pools. */
export function destroy(state: SiteState, vm: Vm): void {
  for (const { volid } of state.volumes(vm.vmid)) assertNoClones(state, volid);
  abandon(state, vm);
  state.power.emit('change', { vm, to: 'destroyed' });
}

export function run(state: SiteState, vm: Vm, devices: readonly string[] = []): void {
  vm.status = 'running';
  vm.devices = devices;
  vm.startedAt = Date.now();
  vm.booted = { ...vm.config };
  state.power.emit('change', { vm, to: 'running' });
}

export function halt(state: SiteState, vm: Vm): void {
  vm.status = 'stopped';
  delete vm.startedAt;
  delete vm.booted;
  delete vm.devices;
  state.power.emit('change', { vm, to: 'stopped' });
}

export interface CloneOptions {
  readonly full: boolean;
  readonly storage?: string | undefined;
  readonly format?: string | undefined;
}

/** Fills a reserved VM with a copy: new volumes, addresses and ids, no template. */
export function copyInto(state: SiteState, source: Vm, target: Vm, options: CloneOptions): void {
  const config: VmConfig = { ...source.config };
  for (const key of ['template', 'vmgenid', 'meta', 'parent', 'smbios1']) remove(config, key);
  const { uuid: _uuid, ...smbios } = parseProperties(String(source.config['smbios1'] ?? ''));
  if (Object.keys(smbios).length > 0) config['smbios1'] = printProperties(smbios);
  for (const key of Object.keys(config).sort(byKey)) {
    if (/^unused\d+$/.test(key)) remove(config, key);
    else if (/^net\d+$/.test(key)) {
      config[key] = printNic({ ...parseNic(String(config[key])), macaddr: randomMac() });
    } else if (isDriveKey(key)) {
      config[key] = copyDrive(state, source, target, String(config[key]), options);
    }
  }
  addIdentity(state, config);
  target.config = config;
}

function copyDrive(state: SiteState, source: Vm, target: Vm, value: string, options: CloneOptions): string {
  const drive = parseDrive(value);
  const isCloudInit = /vm-\d+-cloudinit/.test(drive.file);
  if (isCdrom(drive) && !isCloudInit) return value;
  const { storage: from, volume } = state.volume(source.node, drive.file);
  const storage = options.storage === undefined ? from : state.storage(target.node, options.storage);
  const isLinked = !options.full && !isCloudInit;
  const format = isLinked
    ? volume.format
    : (options.format ?? (isFileStorage(storage) ? volume.format : 'raw'));
  const copy = allocate(storage, {
    vmid: target.vmid,
    size: volume.size,
    format,
    ...(isCloudInit ? { name: `vm-${target.vmid}-cloudinit` } : {}),
    ...(isLinked ? { parent: volume.volid } : {}),
  });
  return printDrive({ file: copy.volid, options: { ...drive.options, size: formatSize(copy.size) } });
}

/** Throws for a linked clone that cannot be. */
export function assertLinkable(state: SiteState, source: Vm): void {
  for (const [key, drive] of disksOf(source.config, isDriveKey)) {
    if (!canLink(state.volume(source.node, drive.file).storage)) {
      throw failure(`Linked clone feature is not supported for drive '${key}'`);
    }
  }
}
