import { byPlace } from '../../rules/lib/places';
import { error } from '../../rules/rule';
import { liveCheck, need } from '../check';

/** Types of storage that keep disks as files. */
const FILES = new Set(['dir', 'nfs', 'cifs', 'btrfs', 'glusterfs']);

export const diskFormat = liveCheck('disk-format', 'disk formats', function* ({ nodes, live }) {
  const types = new Map(need(live.storages).map(({ storage, type }) => [storage, type]));
  const qcow2 = nodes.filter(({ disks }) => disks.some(({ format }) => format === 'qcow2'));
  for (const { path, nodes: sharing } of byPlace(qcow2, 'disk_format')) {
    for (const storage of new Set(sharing.flatMap(({ disks }) => disks.map((disk) => disk.storage ?? '')))) {
      const type = types.get(storage);
      if (type === undefined || FILES.has(type)) continue;
      yield error(
        path,
        `"${storage}" is of type ${type}, which holds raw disks only, not qcow2; write raw or take another storage`,
      );
    }
  }
});
