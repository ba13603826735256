/** Volumes: names, formats and sizes by the kind of storage. */
import { failure } from '../errors';
import type { DriveSource } from '../formats/drive';
import { GIB, KIB, MIB } from '../formats/size';
import { assertRoom } from './space';
import type { ContentType, Storage, Volume } from './types';

/** Storages that hold files; the others hold raw block devices. */
export const isFileStorage = ({ type }: Pick<Storage, 'type'>): boolean => type === 'dir' || type === 'nfs';

/** Storages on which a clone can share blocks with its template. */
export const canLink = ({ type }: Storage): boolean => type !== 'lvm';

/** What the installer lets `local` hold; others hold what their type can. */
export function defaultContent(id: string, type: Storage['type']): ContentType[] {
  if (id === 'local') return ['iso', 'vztmpl', 'backup'];
  if (type === 'dir' || type === 'nfs')
    return ['images', 'rootdir', 'iso', 'vztmpl', 'backup', 'snippets', 'import'];
  return ['images', 'rootdir'];
}

const FILE_FORMATS = ['raw', 'qcow2', 'vmdk'];

/** Throws for a storage that is switched off, or does not answer. */
export function assertOnline({ id, enabled, active }: Storage): void {
  if (!enabled) throw failure(`storage '${id}' is disabled`);
  if (!active) throw failure(`storage '${id}' is not online`);
}

/** The formats of volumes, the one that is taken without being asked for first. */
function formatsOf(storage: Storage): readonly string[] {
  if (isFileStorage(storage)) return FILE_FORMATS;
  return storage.snapshotAsVolumeChain === true ? ['qcow2', 'raw'] : ['raw'];
}

export interface Allocation {
  readonly vmid: number;
  /** Bytes. */
  readonly size: number;
  readonly format?: string;
  /** Instead of `vm-ID-disk-N`. */
  readonly name?: string;
  readonly parent?: string;
}

/** Makes a disk of a VM. Throws what the task of Proxmox would end with. */
export function allocate(storage: Storage, { vmid, size, format, name, parent }: Allocation): Volume {
  assertOnline(storage);
  if (!storage.content.includes('images')) {
    throw failure(`storage '${storage.id}' does not support content-type 'images'`);
  }
  const formats = formatsOf(storage);
  const chosen = format ?? formats[0] ?? 'raw';
  if (!formats.includes(chosen)) throw failure(`unsupported format '${chosen}' at ${storage.id}`);
  const bare = name ?? freeName(storage, vmid);
  const isNamed = isFileStorage(storage) || chosen !== 'raw';
  const named = isNamed ? `${bare}.${chosen}` : bare;
  const file = isFileStorage(storage) ? `${vmid}/${named}` : named;
  const volid = `${storage.id}:${parent === undefined ? '' : `${volumeName(parent)}/`}${file}`;
  if (storage.volumes.has(volid)) throw failure(`disk image '${volid}' already exists`);
  if (parent === undefined) assertRoom(storage, bare, size);
  const volume: Volume = {
    volid,
    content: 'images',
    format: chosen,
    size,
    vmid,
    ...(parent === undefined ? {} : { parent }),
  };
  storage.volumes.set(volid, volume);
  return volume;
}

/** The lowest free number, whatever the extension. */
function freeName(storage: Storage, vmid: number): string {
  const taken = new Set(
    [...storage.volumes.keys()].map((volid) => lastPart(volid).replace(/\.[a-z0-9]+$/, '')),
  );
  for (let index = 0; ; index++) {
    const name = `vm-${vmid}-disk-${index}`;
    if (!taken.has(name) && !taken.has(name.replace(/^vm/, 'base'))) return name;
  }
}

/** The part after `storage:`. */
export const volumeName = (volid: string): string => volid.slice(volid.indexOf(':') + 1);
export const storageOf = (volid: string): string => volid.slice(0, volid.indexOf(':'));

const lastPart = (volid: string): string => volumeName(volid).split('/').pop() ?? '';

/** Sizes that Proxmox decides itself; the number in the request is ignored. */
export function fixedSize(key: string, efitype: string | undefined, storage: Storage): number | undefined {
  if (key === 'tpmstate0') return 4 * MIB;
  if (key !== 'efidisk0') return undefined;
  if (efitype !== '4m') return 128 * KIB;
  return isFileStorage(storage) ? 528 * KIB : 4 * MIB;
}

export const requestedSize = (source: Extract<DriveSource, { kind: 'allocate' }>): number =>
  Math.round(source.gib * GIB);

/** The volume as the template of linked clones: `base-ID-disk-N`. */
export function toBase(storage: Storage, volume: Volume): Volume {
  const volid = volume.volid.replace(/(^|[:/])vm-(\d+-disk-\d+)(\.[a-z0-9]+)?$/, '$1base-$2$3');
  storage.volumes.delete(volume.volid);
  const base: Volume = { ...volume, volid };
  storage.volumes.set(volid, base);
  return base;
}

/** Folder of a content type in volume ids: `local:iso/x.iso`. */
const FOLDERS: Readonly<Partial<Record<ContentType, string>>> = {
  iso: 'iso',
  vztmpl: 'vztmpl',
  backup: 'backup',
  snippets: 'snippets',
  import: 'import',
};

/** Volume id of an uploaded or downloaded file. */
export const fileVolid = (storage: Storage, content: ContentType, filename: string): string =>
  `${storage.id}:${FOLDERS[content] ?? content}/${filename}`;

/** Content type and format of a file by its volume id. */
export function describeFile(volid: string): Pick<Volume, 'content' | 'format'> {
  const name = volumeName(volid);
  const folder = name.split('/')[0] ?? '';
  const content =
    (Object.keys(FOLDERS) as ContentType[]).find((type) => FOLDERS[type] === folder) ?? 'images';
  const extension = /\.([a-z0-9]+)$/.exec(name)?.[1] ?? 'raw';
  if (content === 'iso') return { content, format: 'iso' };
  if (content === 'vztmpl') return { content, format: `t${extension}` };
  return { content, format: content === 'images' && !FILE_FORMATS.includes(extension) ? 'raw' : extension };
}

/** Owner in the name of a disk. */
export function ownerOf(volid: string): number | undefined {
  const match = /(?:^|\/)(?:vm|base)-(\d+)-/.exec(`/${lastPart(volid)}`);
  return match ? Number(match[1]) : undefined;
}
