import { byPlace } from './lib/places';
import { clusterRule, error, warning } from './lib/rule';

/** Storages that the installer of Proxmox creates on block devices. */
const BLOCK = new Set(['local-lvm', 'local-zfs']);

/** Names that people give to block storages. One of LVM may hold qcow2 all the same: only the server knows. */
const LIKELY_BLOCK = /zfs|ceph|rbd|thin/i;

export const diskFormat = clusterRule(
  'disk-format',
  'qcow2 disks are on a storage that keeps files',
  function* ({ nodes }) {
    const qcow2 = nodes.filter(({ disks }) => disks.some(({ format }) => format === 'qcow2'));
    for (const { path, nodes: sharing } of byPlace(qcow2, 'disk_format')) {
      const storages = new Set(sharing.flatMap(({ disks }) => disks.map(({ storage }) => storage ?? '')));
      for (const storage of storages) {
        if (BLOCK.has(storage)) {
          yield error(
            path,
            `"${storage}" holds raw disks only, not qcow2; write raw or take another storage`,
          );
        } else if (LIKELY_BLOCK.test(storage)) {
          yield warning(
            path,
            `"${storage}" looks like a thin pool, ZFS or Ceph, which hold raw disks only, not qcow2; write raw if so`,
          );
        }
      }
    }
  },
);
