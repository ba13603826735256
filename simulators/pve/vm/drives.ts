/** Drives of a VM: what a request asks for becomes a volume and a stored string. */
import { failure } from '../errors';
import {
  driveSource,
  isCdrom,
  isCloudInit,
  isDriveKey,
  parseDrive,
  printDrive,
  type Drive,
} from '../formats/drive';
import { formatSize, MIB } from '../formats/size';
import { byKey, type VmConfig } from '../formats/vm-config';
import type { SiteState } from '../store/site';
import type { Storage, Vm } from '../store/types';
import { allocate, fixedSize, isFileStorage, requestedSize, storageOf } from '../store/volumes';

/** Where a drive is set. */
export interface DriveTarget {
  readonly state: SiteState;
  readonly vm: Vm;
  /** `scsi0` */
  readonly key: string;
}

/** The value to store for a drive, with its volume made if need be. */
export function resolveDrive(target: DriveTarget, value: string): string {
  const drive = parseDrive(value);
  const source = driveSource(drive.file);
  const { format, size: _size, ...options } = drive.options;
  switch (source.kind) {
    case 'empty':
      return printDrive({ file: source.file, options });
    case 'cloudinit':
      return cloudInit(target, source.storage, options);
    case 'path':
      return printDrive({ file: source.path, options });
    case 'volume':
      return existing(target, drive, source.volid);
    case 'allocate': {
      const from = options['import-from'];
      const storage = target.state.storage(target.vm.node, source.storage);
      const size =
        fixedSize(target.key, options['efitype'], storage) ??
        (from === undefined ? requestedSize(source) : sizeOfImport(target, from));
      if (size <= 0) throw failure(`${target.key}: volume size must be positive`);
      const volume = allocate(storage, {
        vmid: target.vm.vmid,
        size,
        ...(format === undefined ? {} : { format }),
      });
      return printDrive({ file: volume.volid, options: { ...options, size: formatSize(size) } });
    }
  }
}

/** The storages on which changes have volumes made, in the order in which they are made. */
export function storagesToAllocate(
  state: SiteState,
  node: string,
  changes: ReadonlyMap<string, string | undefined>,
): Storage[] {
  return [...changes]
    .filter(([key]) => isDriveKey(key))
    .sort(([a], [b]) => byKey(a, b))
    .flatMap(([, value]) => {
      if (value === undefined) return [];
      const source = driveSource(parseDrive(value).file);
      const isMade = source.kind === 'allocate' || source.kind === 'cloudinit';
      return isMade ? [state.storage(node, source.storage)] : [];
    });
}

/** Keeps the volume, takes the options; the size is that of the volume, whatever was sent. */
function existing({ state, vm }: DriveTarget, drive: Drive, volid: string): string {
  const { format: _format, size: _size, ...options } = drive.options;
  const { volume } = state.volume(vm.node, volid);
  const isDisk = volume.content === 'images';
  if (!isDisk && volume.content !== 'iso') {
    throw failure(`cannot use volume ${volid} - content type needs to be 'images' or 'iso'`);
  }
  if (isDisk && volume.vmid !== undefined && volume.vmid !== vm.vmid && !isCdrom(drive)) {
    throw failure(`volume '${volid}' is owned by VM ${volume.vmid}`);
  }
  return printDrive({ file: volid, options: { ...options, size: formatSize(volume.size) } });
}

function sizeOfImport({ state, vm }: DriveTarget, from: string): number {
  const { volume } = state.volume(vm.node, from);
  return volume.virtualSize ?? volume.size;
}

/** The one cloud-init drive of a VM has a name of its own. */
function cloudInit({ state, vm }: DriveTarget, id: string, options: Drive['options']): string {
  const storage = state.storage(vm.node, id);
  const name = `vm-${vm.vmid}-cloudinit`;
  const format = isFileStorage(storage) ? 'qcow2' : 'raw';
  const known = [...storage.volumes.values()].find(
    ({ volid }) => isCloudInit(asCdrom(volid)) && isNamed(volid, name),
  );
  const volume = known ?? allocate(storage, { vmid: vm.vmid, size: 4 * MIB, format, name });
  return printDrive({
    file: volume.volid,
    options: { ...options, media: 'cdrom', size: formatSize(volume.size) },
  });
}

const asCdrom = (file: string): Drive => ({ file, options: { media: 'cdrom' } });
const isNamed = (volid: string, name: string): boolean => volid.includes(name);

/**
 * What becomes of the volume of a drive that was taken out of a configuration: a disk becomes `unusedN`, a cdrom just
 * goes. The answer is a volume to free: that of a cloud-init drive.
 */
export function releaseDrive(config: VmConfig, value: string): string | undefined {
  const drive = parseDrive(value);
  if (isCloudInit(drive)) return drive.file;
  if (!isCdrom(drive) && !isReferenced(config, drive.file)) config[freeUnused(config)] = drive.file;
  return undefined;
}

export const remove = (config: VmConfig, key: string): void => {
  Reflect.deleteProperty(config, key);
};

function freeUnused(config: VmConfig): string {
  let index = 0;
  while (config[`unused${index}`] !== undefined) index++;
  return `unused${index}`;
}

/** Whether some key of a configuration names the volume. */
export const isReferenced = (config: Readonly<VmConfig>, volid: string): boolean =>
  Object.values(config).some((value) => String(value).split(',')[0] === volid);

/** The disks of a configuration by key, without cdroms and without unused ones. */
export function disksOf(config: Readonly<VmConfig>, isDrive: (key: string) => boolean): Map<string, Drive> {
  const drives = Object.entries(config)
    .filter(([key]) => isDrive(key))
    .map(([key, value]) => [key, parseDrive(String(value))] as const);
  return new Map(drives.filter(([, drive]) => !isCdrom(drive)));
}

/** Removes a volume; one that linked clones need stays. */
export function freeVolume(state: SiteState, node: string, volid: string): void {
  const storage = state.node(node).storages.get(storageOf(volid));
  if (!storage?.volumes.has(volid)) return;
  assertNoClones(state, volid);
  storage.volumes.delete(volid);
}

export function assertNoClones(state: SiteState, volid: string): void {
  const clone = state.volumes().find(({ parent }) => parent === volid);
  if (clone) throw failure(`base volume '${volid}' is still in use by linked clones`);
}
