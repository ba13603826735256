import { perm } from '../auth/permissions';
import { failure, parameterError } from '../errors';
import { isCdrom, isDriveKey, parseDrive, printDrive, type Drive } from '../formats/drive';
import { formatSize, parseSize } from '../formats/size';
import { route, type Call, type Route } from '../server/call';
import type { Vm } from '../store/types';
import { assertRoom } from '../store/space';
import { allocate, isFileStorage, volumeName } from '../store/volumes';
import { assertDigest } from '../vm/config';
import { freeVolume, releaseDrive } from '../vm/drives';

const VM = '/nodes/{node}/qemu/{vmid}';
const DISK = perm('/vms/{vmid}', 'VM.Config.Disk');

export const vmDiskRoutes: readonly Route[] = [
  route('PUT', `${VM}/resize`, resize, DISK),
  route('POST', `${VM}/move_disk`, move, DISK),
];

function diskOf(vm: Vm, key: string): Drive {
  const value = vm.config[key];
  if (!isDriveKey(key) || value === undefined) throw failure(`disk '${key}' does not exist`);
  const drive = parseDrive(String(value));
  if (isCdrom(drive)) throw failure(`you can't resize a cdrom`);
  return drive;
}

/** Absolute, or with `+` relative to what it has. */
function resize(call: Call): string {
  const { state, vm } = call;
  const key = call.text('disk');
  const text = call.text('size');
  assertDigest(vm, call.optional('digest'));
  const { volume, storage } = state.volume(vm.node, diskOf(vm, key).file);
  call.need(`/storage/${storage.id}`, 'Datastore.AllocateSpace');
  const number = parseSize(text.replace(/^\+/, ''));
  if (number === undefined) throw parameterError({ size: 'value does not match the regex pattern' });
  const size = text.startsWith('+') ? volume.size + number : number;
  if (size < volume.size) throw failure('shrinking disks is not supported');
  const work = (): void => {
    const drive = diskOf(vm, key);
    const { storage, volume } = state.volume(vm.node, drive.file);
    assertRoom(storage, volumeName(volume.volid), size - volume.size);
    volume.size = size;
    vm.config[key] = printDrive({ ...drive, options: { ...drive.options, size: formatSize(size) } });
  };
  return call.task('resize', String(vm.vmid), work, { lock: vm.vmid });
}

/** To another storage, or to another format on the same one. */
function move(call: Call): string {
  const { state, vm } = call;
  const key = call.text('disk');
  if (call.optional('target-vmid') !== undefined)
    throw failure('moving a disk to another VM is not simulated');
  const id = call.text('storage');
  call.need(`/storage/${id}`, 'Datastore.AllocateSpace');
  assertDigest(vm, call.optional('digest'));
  const target = state.storage(vm.node, id);
  const { volume, storage } = state.volume(vm.node, diskOf(vm, key).file);
  const format = call.optional('format') ?? (isFileStorage(target) ? volume.format : 'raw');
  if (target === storage && format === volume.format) {
    throw failure("you can't move to the same storage with same format");
  }
  const isDeleted = call.flag('delete');
  const copyDisk = (): void => {
    const drive = diskOf(vm, key);
    const { volume: from } = state.volume(vm.node, drive.file);
    const copy = allocate(target, { vmid: vm.vmid, size: from.size, format });
    const options = { ...drive.options, size: formatSize(copy.size) };
    const before = String(vm.config[key]);
    vm.config[key] = printDrive({ file: copy.volid, options });
    if (isDeleted) freeVolume(state, vm.node, drive.file);
    else releaseDrive(vm.config, before);
  };
  const work = (): void | Promise<void> => call.allocateOn([target])?.then(copyDisk) ?? copyDisk();
  return call.task('qmmove', String(vm.vmid), work, { lock: vm.vmid });
}
