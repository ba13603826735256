import { perm, permAny } from '../auth/permissions';
import { failure } from '../errors';
import { MIB, KIB } from '../formats/size';
import { route, type Call, type Route } from '../server/call';
import type { Storage, Volume } from '../store/types';
import { allocate, assertOnline, ownerOf, volumeName } from '../store/volumes';
import { assertNoClones } from '../vm/drives';
import { assertMayUseVolume, mayUseVolume } from '../vm/storage-permissions';

const CONTENT = '/nodes/{node}/storage/{storage}/content';

export const contentRoutes: readonly Route[] = [
  route('GET', CONTENT, list, permAny('/storage/{storage}', 'Datastore.Audit', 'Datastore.AllocateSpace')),
  route('POST', CONTENT, create, perm('/storage/{storage}', 'Datastore.AllocateSpace')),
  route('GET', `${CONTENT}/{volume}`, read),
  route('DELETE', `${CONTENT}/{volume}`, remove),
];

/** What the caller may not use is left out, without a word. */
function list(call: Call): unknown {
  const content = call.optional('content');
  const vmid = call.optional('vmid');
  const { storage } = call;
  assertOnline(storage);
  return [...storage.volumes.values()]
    .filter(({ volid, content: type }) => storage.content.includes(type) && mayUseVolume(call, volid))
    .sort((a, b) => byName(a.volid, b.volid))
    .filter((volume) => content === undefined || volume.content === content)
    .filter((volume) => vmid === undefined || volume.vmid === Number(vmid))
    .map((volume) => {
      const { volid, content: type, format, vmid: owner, parent } = volume;
      return {
        volid,
        content: type,
        format,
        ctime: 0,
        ...sizesOf(call, storage, volume),
        ...(owner === undefined ? {} : { vmid: owner }),
        ...(parent === undefined ? {} : { parent }),
      };
    });
}

/**
 * A qcow2 volume on LVM tells its size only while it is active, which is while its VM runs; from 9.2 on there is an
 * estimate instead.
 */
function sizesOf({ state }: Call, storage: Storage, { format, size, vmid }: Volume): Record<string, number> {
  const isActive = vmid !== undefined && state.vms.get(vmid)?.status === 'running';
  if (storage.type !== 'lvm' || format !== 'qcow2' || isActive) return { size, used: size };
  return state.isSince(9, 2) ? { 'approximate-size': size } : {};
}

const byName = (a: string, b: string): number => (a.toLowerCase() < b.toLowerCase() ? -1 : 1);

/** With or without its storage in front. */
function volidOf(call: Call): string {
  const name = call.text('volume');
  const id = call.text('storage');
  return name.startsWith(`${id}:`) ? name : `${id}:${name}`;
}

const find = (call: Call): { storage: Storage; volume: Volume } =>
  call.state.volume(call.node, volidOf(call));

function read(call: Call): unknown {
  assertMayUseVolume(call, volidOf(call));
  const { storage, volume } = find(call);
  const { format, size } = volume;
  if (sizesOf(call, storage, volume)['size'] === undefined) {
    throw failure(`volume_size_info on '${volume.volid}' failed - no size`);
  }
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
  call.need(`/storage/${call.text('storage')}`, 'Datastore.Allocate');
  const { storage, volume } = find(call);
  assertNoClones(call.state, volume.volid);
  return call.task('imgdel', `${volumeName(volume.volid)}@${storage.id}`, () => {
    storage.volumes.delete(volume.volid);
  });
}
