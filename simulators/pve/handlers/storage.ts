import { permAny } from '../auth/permissions';
import { route, type Call, type Route } from '../server/call';
import type { SiteState } from '../store/site';
import { usage } from '../store/space';
import type { Storage } from '../store/types';

const AUDIT = permAny('/storage/{storage}', 'Datastore.Audit', 'Datastore.AllocateSpace');

export const storageRoutes: readonly Route[] = [
  route('GET', '/storage', listAll),
  route('GET', '/storage/{storage}', read, permAny('/storage/{storage}', 'Datastore.Allocate')),
  route('GET', '/nodes/{node}/storage', list),
  route('GET', '/nodes/{node}/storage/{storage}/status', status, AUDIT),
];

const maySee = (call: Call, { id }: Storage): boolean =>
  call.has(`/storage/${id}`, 'Datastore.Audit') || call.has(`/storage/${id}`, 'Datastore.AllocateSpace');

function listAll(call: Call): unknown {
  const type = call.optional('type');
  return definitions(call.state)
    .filter((storage) => maySee(call, storage) && (type === undefined || storage.type === type))
    .map((storage) => define(call.state, storage));
}

function read(call: Call): unknown {
  const id = call.text('storage');
  const storage = definitions(call.state).find((candidate) => candidate.id === id);
  return storage
    ? define(call.state, storage)
    : call.state.storage([...call.state.nodes.keys()][0] ?? '', id);
}

/** Storages by id, as the site configures them. */
const definitions = (state: SiteState): Storage[] => [
  ...new Map([...state.storages()].map(({ storage }) => [storage.id, storage])).values(),
];

function define(state: SiteState, { id, type, content, shared, enabled }: Storage): Record<string, unknown> {
  const nodes = [...state.nodes.values()].filter(({ storages }) => storages.has(id)).map(({ name }) => name);
  return {
    storage: id,
    type,
    content: content.join(','),
    shared: Number(shared),
    ...(enabled ? {} : { disable: 1 }),
    ...(nodes.length < state.nodes.size ? { nodes: nodes.join(',') } : {}),
    ...(type === 'dir' ? { path: `/var/lib/${id}` } : {}),
    ...(type === 'lvmthin' ? { vgname: 'pve', thinpool: 'data' } : {}),
    ...(type === 'zfspool' ? { pool: 'rpool/data' } : {}),
  };
}

function list(call: Call): unknown {
  const content = call.optional('content')?.split(',');
  const id = call.optional('storage');
  return [...call.state.node(call.node).storages.values()]
    .filter((storage) => maySee(call, storage) && (id === undefined || storage.id === id))
    .filter((storage) => content === undefined || storage.content.some((type) => content.includes(type)))
    .map((storage) => ({
      storage: storage.id,
      ...describe(storage),
      used_fraction: storage.active ? fraction(storage) : 0,
      ...(call.flag('format') ? formatsOf(call.state, storage) : {}),
    }));
}

const fraction = (storage: Storage): number => usage(storage).used / storage.total;

function status({ storage }: Call): unknown {
  return describe(storage);
}

const describe = (storage: Storage): Record<string, unknown> => ({
  type: storage.type,
  content: storage.content.join(','),
  shared: Number(storage.shared),
  active: Number(storage.active),
  enabled: Number(storage.enabled),
  // What does not answer has no numbers.
  ...(storage.active ? usage(storage) : { total: 0, used: 0, avail: 0 }),
});

const FORMATS: Readonly<Record<Storage['type'], readonly string[]>> = {
  dir: ['qcow2', 'raw', 'subvol', 'vmdk'],
  nfs: ['qcow2', 'raw', 'vmdk'],
  lvm: ['raw'],
  lvmthin: ['raw'],
  zfspool: ['raw', 'subvol'],
  rbd: ['raw'],
};

/** In version 8 only the older of the two forms. */
function formatsOf({ major }: SiteState, { type, snapshotAsVolumeChain }: Storage): Record<string, unknown> {
  const supported = snapshotAsVolumeChain ? ['qcow2', 'raw'] : FORMATS[type];
  const preferred = snapshotAsVolumeChain ? 'qcow2' : 'raw';
  return {
    format: [Object.fromEntries(supported.map((name) => [name, 1])), preferred],
    ...(major >= 9 ? { formats: { supported, default: preferred } } : {}),
  };
}
