import { byPlace } from '../../rules/lib/places';
import { error } from '../../rules/lib/rule';
import type { StorageInfo } from '../../proxmox/answers';
import { liveCheck, need } from '../lib/check';

/** Types of storage that keep disks as files. */
const FILES = new Set(['dir', 'nfs', 'cifs', 'cephfs', 'btrfs', 'glusterfs']);

/** What a storage holds as the server says; else what its type tells. LVM holds qcow2 where snapshots are chains of volumes. */
function holdsQcow2({ type, formats, format }: StorageInfo): boolean {
  if (formats) return formats.supported.includes('qcow2');
  if (format) return format[0]['qcow2'] === 1;
  return FILES.has(type);
}

export const diskFormatOnServer = liveCheck('disk-format', 'disk formats', function* ({ nodes, live }) {
  const storages = new Map(need(live.storages).map((info) => [info.storage, info]));
  const qcow2 = nodes.filter(({ disks }) => disks.some(({ format }) => format === 'qcow2'));
  for (const { path, nodes: sharing } of byPlace(qcow2, 'disk_format')) {
    for (const storage of new Set(sharing.flatMap(({ disks }) => disks.map((disk) => disk.storage ?? '')))) {
      const info = storages.get(storage);
      if (info === undefined || holdsQcow2(info)) continue;
      const chains = info.type === 'lvm' ? ' without snapshot-as-volume-chain' : '';
      yield error(
        path,
        `"${storage}" is of type ${info.type}${chains}, which holds raw disks only, not qcow2; write raw or take another storage`,
      );
    }
  }
});
