/** Room on storages. Every volume counts with its whole size: thin pools and sparse files are promised no more than there is. */
import { failure } from '../errors';
import { MIB } from '../formats/size';
import type { Storage } from './types';

/** Bytes. */
export function usage({ total, volumes }: Storage): { total: number; used: number; avail: number } {
  const used = [...volumes.values()].reduce((sum, { size }) => sum + size, 0);
  return { total, used, avail: Math.max(total - used, 0) };
}

/** Throws what the task of Proxmox ends with when `bytes` more for `name` are too much. */
export function assertRoom(storage: Storage, name: string, bytes: number): void {
  const { avail } = usage(storage);
  if (bytes > avail) throw failure(FULL[storage.type](name, extents(bytes), extents(avail)));
}

/** LVM counts in extents of 4 MiB. */
const extents = (bytes: number): number => Math.ceil(bytes / (4 * MIB));

const noSpace = (name: string): string => `unable to create image: '${name}': No space left on device`;

const FULL: Readonly<Record<Storage['type'], (name: string, needed: number, free: number) => string>> = {
  dir: noSpace,
  nfs: noSpace,
  lvm: (name, needed, free) =>
    `lvcreate 'pve/${name}' error:   Volume group "pve" has insufficient free space (${free} extents): ${needed} required.`,
  lvmthin: (name) =>
    `lvcreate 'pve/${name}' error:   Cannot create new thin volume, free space in thin pool pve/data reached threshold.`,
  zfspool: (name) => `zfs error: cannot create 'rpool/data/${name}': out of space`,
  rbd: (name) => `rbd create '${name}' error: rbd: create error: (28) No space left on device`,
};
