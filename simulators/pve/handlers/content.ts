import { perm, permAny } from '../auth/permissions';
import { failure, forbidden } from '../errors';
import { MIB, KIB } from '../formats/size';
import { route, type Call, type Route } from '../server/call';
import type { Storage, Volume } from '../store/types';
import { allocate, ownerOf, volumeName } from '../store/volumes';
import { assertNoClones } from '../vm/drives';

const CONTENT = '/nodes/{node}/storage/{storage}/content';

export const contentRoutes: readonly Route[] = [
  route('GET', CONTENT, list, permAny('/storage/{storage}', 'Datastore.Audit', 'Datastore.AllocateSpace')),
  route('POST', CONTENT, create, perm('/storage/{storage}', 'Datastore.AllocateSpace')),
  route('GET', `${CONTENT}/{volume}`, read),
  route('DELETE', `${CONTENT}/{volume}`, remove),
];

function list(call: Call): unknown {
  const content = call.optional('content');
  const vmid = call.optional('vmid');
  return [...call.storage.volumes.values()]
    .filter((volume) => content === undefined || volume.content === content)
    .filter((volume) => vmid === undefined || volume.vmid === Number(vmid))
    .map(({ volid, content: type, format, size, vmid: owner, parent }) => ({
      ...{ volid, content: type, format, size, used: size, ctime: 0 },
      ...(owner === undefined ? {} : { vmid: owner }),
      ...(parent === undefined ? {} : { parent }),
    }));
}

/** A volume with or without its storage in front. */
function find(call: Call): { storage: Storage; volume: Volume } {
  const name = call.text('volume');
  const id = call.text('storage');
  const volid = name.startsWith(`${id}:`) ? name : `${id}:${name}`;
  return call.state.volume(call.node, volid);
}

function read(call: Call): unknown {
  const { storage, volume } = find(call);
  const path = `/storage/${storage.id}`;
  if (!call.has(path, 'Datastore.Audit') && !call.has(path, 'Datastore.AllocateSpace')) {
    throw forbidden(path, 'Datastore.AllocateSpace|Datastore.Audit');
  }
  const { format, size } = volume;
  return { path: `/simulated/${storage.id}/${volumeName(volume.volid)}`, format, size, used: size };
}

function create(call: Call): string {
  const vmid = call.int('vmid');
  const text = call.text('size');
  const [, number = '0', unit = ''] = /^(\d+)([MG]?)$/.exec(text) ?? [];
  const size = Number(number) * ({ '': KIB, M: MIB, G: 1024 * MIB }[unit] ?? KIB);
  const name = call.text('filename').replace(/\.[a-z0-9]+$/, '');
  if (ownerOf(`x:${name}`) !== vmid) throw failure(`illegal name '${name}' - should be 'vm-${vmid}-*'`);
  const format = call.optional('format');
  return allocate(call.storage, { vmid, size, name, ...(format === undefined ? {} : { format }) }).volid;
}

/** The file is there until the task ends. */
function remove(call: Call): string {
  const { storage, volume } = find(call);
  call.need(`/storage/${storage.id}`, 'Datastore.Allocate');
  assertNoClones(call.state, volume.volid);
  return call.task('imgdel', `${volumeName(volume.volid)}@${storage.id}`, () => {
    storage.volumes.delete(volume.volid);
  });
}
