import { perm } from '../auth/permissions';
import { failure } from '../errors';
import { splitList } from '../formats/property-string';
import { route, type Call, type Route } from '../server/call';
import type { Pool } from '../store/types';

const ALLOCATE = perm('/pool/{poolid}', 'Pool.Allocate');

export const poolRoutes: readonly Route[] = [
  route('GET', '/pools', list),
  route('POST', '/pools', create, ALLOCATE),
  route('PUT', '/pools', update, ALLOCATE),
  route('DELETE', '/pools', remove, ALLOCATE),
  route('GET', '/pools/{poolid}', read, perm('/pool/{poolid}', 'Pool.Audit')),
  route('PUT', '/pools/{poolid}', update, ALLOCATE),
  route('DELETE', '/pools/{poolid}', remove, ALLOCATE),
];

function find(call: Call): Pool {
  const poolid = call.text('poolid');
  const pool = call.state.pools.get(poolid);
  if (!pool) throw failure(`pool '${poolid}' does not exist`);
  return pool;
}

/** All pools without members, or an array of the one that is asked for with them. */
function list(call: Call): unknown {
  if (call.optional('poolid') !== undefined) {
    const pool = find(call);
    call.need(`/pool/${pool.poolid}`, 'Pool.Audit');
    return [{ poolid: pool.poolid, ...describe(call, pool) }];
  }
  return [...call.state.pools.values()]
    .filter(({ poolid }) => call.has(`/pool/${poolid}`, 'Pool.Audit'))
    .map(({ poolid, comment }) => ({ poolid, ...(comment === undefined ? {} : { comment }) }));
}

function read(call: Call): unknown {
  return describe(call, find(call));
}

function describe({ state }: Call, { comment, vms, storages }: Pool): Record<string, unknown> {
  const guests = [...vms].map((vmid) => {
    const vm = state.vms.get(vmid);
    const head = { id: `qemu/${vmid}`, type: 'qemu', vmid, node: vm?.node ?? '' };
    if (!vm || state.isOutOfReach(vm)) return { ...head, status: 'unknown' };
    return { ...head, name: vm.config['name'], status: vm.status };
  });
  const [node = ''] = state.nodes.keys();
  const disks = [...storages].map((storage) => ({
    id: `storage/${node}/${storage}`,
    type: 'storage',
    storage,
    node,
  }));
  return { ...(comment === undefined ? {} : { comment }), members: [...guests, ...disks] };
}

function create(call: Call): null {
  const poolid = call.text('poolid');
  const { pools } = call.state;
  if (pools.has(poolid)) throw failure(`create pool failed: pool '${poolid}' already exists`);
  const parent = poolid.includes('/') ? poolid.slice(0, poolid.lastIndexOf('/')) : undefined;
  if (parent !== undefined && !pools.has(parent)) {
    throw failure(`create pool failed: parent '${parent}' of pool '${poolid}' does not exist`);
  }
  const comment = call.optional('comment');
  pools.set(poolid, {
    poolid,
    vms: new Set(),
    storages: new Set(),
    ...(comment === undefined ? {} : { comment }),
  });
  return null;
}

function update(call: Call): null {
  const pool = find(call);
  const comment = call.optional('comment');
  if (comment !== undefined) pool.comment = comment;
  const isRemoval = call.flag('delete');
  for (const vmid of splitList(call.optional('vms') ?? '').map(Number)) {
    if (isRemoval) takeOut(pool.vms, vmid, `VM ${vmid} is not a pool member`);
    else addVm(call, pool, vmid);
  }
  for (const id of splitList(call.optional('storage') ?? '')) {
    if (isRemoval) takeOut(pool.storages, id, `Storage '${id}' is not a pool member`);
    else pool.storages.add(id);
  }
  return null;
}

function takeOut<T>(set: Set<T>, item: T, problem: string): void {
  if (!set.delete(item)) throw failure(`update pools failed: ${problem}`);
}

/** A VM is in one pool at most. */
function addVm(call: Call, pool: Pool, vmid: number): void {
  const before = call.state.poolOf(vmid);
  if (!call.state.vms.has(vmid)) throw failure(`update pools failed: VM ${vmid} does not exist`);
  if (before && before !== pool && !call.flag('allow-move')) {
    throw failure(`update pools failed: VM ${vmid} is already a member of pool '${before.poolid}'`);
  }
  before?.vms.delete(vmid);
  pool.vms.add(vmid);
}

function remove(call: Call): null {
  const pool = find(call);
  if (pool.vms.size > 0 || pool.storages.size > 0) {
    throw failure(`delete pool failed: pool '${pool.poolid}' is not empty`);
  }
  call.state.pools.delete(pool.poolid);
  return null;
}
