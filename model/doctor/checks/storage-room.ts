import { error, warning } from '../../rules/lib/rule';
import { liveCheck, need, type LiveContext } from '../lib/check';
import { disksOf } from '../../proxmox/config';
import { guestsOf, isOurs } from '../lib/guests';
import { storageUses, type StorageUse } from '../lib/places';

const GIB = 2 ** 30;

export const storageRoom = liveCheck('live-capacity', 'room for disks', function* (context) {
  const { server, live } = context;
  const known = new Map(need(live.storages).map((storage) => [storage.storage, storage]));
  for (const use of storageUses(inScope(context))) {
    const storage = known.get(use.storage);
    if (!storage?.active || (storage.shared && !isFirst(context, use.storage))) continue;
    const wanted = newGb(use, context);
    const free = Math.floor(storage.avail / GIB);
    if (wanted <= free) continue;
    const sizes = `new disks take ${wanted} GB of "${use.storage}" on "${server.key}", which has ${free} GB free`;
    // LVM without thin pool takes the whole size at once.
    yield storage.type === 'lvm'
      ? error(use.path, `${sizes}; make room or write smaller disks`)
      : warning(use.path, `${sizes}; it takes them as long as they stay empty: make room in time`);
  }
});

/** A shared storage is filled by the nodes of all servers of its Proxmox cluster, and told of once. */
function inScope({ cluster, server, nodes, live }: LiveContext): Pick<LiveContext, 'cluster' | 'nodes'> {
  const shared = new Set(need(live.storages).flatMap(({ storage, shared: is }) => (is ? [storage] : [])));
  const others = cluster.nodes
    .filter((node) => node.server?.site === server.site && node.server.key !== server.key)
    .map((node) => ({ ...node, disks: node.disks.filter(({ storage }) => shared.has(storage ?? '')) }));
  return { cluster, nodes: [...nodes, ...others] };
}

function isFirst({ cluster, server }: LiveContext, storage: string): boolean {
  const users = cluster.nodes.filter(
    ({ server: other, disks }) =>
      other?.site === server.site && disks.some((disk) => disk.storage === storage),
  );
  const keys = users.flatMap((node) => node.server?.key ?? []).sort();
  return keys[0] === server.key;
}

/** Sizes of disks that are not there yet, and what others are to grow. */
function newGb({ storage, disks }: StorageUse, { cluster, live }: LiveContext): number {
  const guests = guestsOf(live);
  return disks.reduce((sum, { node, disk }) => {
    const vm = guests.find(({ guest }) => guest.vmid === node.vmId && isOurs(guest, node, cluster));
    const attached = vm && disksOf(need(vm.site.configs.get(vm.guest.vmid)));
    const existing = attached?.find(
      ({ interface: slot, volume }) => slot === disk.interface && volume.startsWith(`${storage}:`),
    );
    return sum + Math.max(0, disk.sizeGb - (existing?.sizeGb ?? 0));
  }, 0);
}
