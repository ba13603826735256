import { perm } from '../auth/permissions';
import { failure, messageOf, PveError } from '../errors';
import { splitList } from '../formats/property-string';
import { route, type Call, type Route } from '../server/call';
import type { Vm } from '../store/types';
import { applyChanges, changesOf } from '../vm/config';
import { assertBootable } from '../vm/boot';
import { storagesToAllocate } from '../vm/drives';
import { abandon, addBootOrder, addIdentity, destroy, reserve, run } from '../vm/lifecycle';
import { assertMaySet, assertMayTagNew, needVm } from '../vm/permissions';
import { assertBootOrder, assertValues } from '../vm/rules';
import { describeVm } from './cluster';

export const vmRoutes: readonly Route[] = [
  route('GET', '/nodes/{node}/qemu', list),
  route('POST', '/nodes/{node}/qemu', create),
  route('DELETE', '/nodes/{node}/qemu/{vmid}', remove, perm('/vms/{vmid}', 'VM.Allocate')),
];

function list(call: Call): unknown {
  return [...call.state.vms.values()]
    .filter(({ node, vmid }) => node === call.node && call.has(`/vms/${vmid}`, 'VM.Audit'))
    .map((vm) => describeVm(call.state, vm));
}

/** The id is taken at once, disks are made by the task. */
function create(call: Call): string {
  const { state, node } = call;
  if (call.optional('archive') !== undefined)
    throw new PveError(501, "Method 'POST qemu with archive' not implemented");
  const vmid = call.int('vmid');
  const pool = call.optional('pool');
  const changes = changesOf(call);
  if (pool !== undefined) state.assertPool(pool);
  if (call.flag('start')) needVm(call, { vmid, pool }, 'VM.PowerMgmt');
  assertMayAllocate(call, vmid, pool);
  assertValues(state, changes);
  assertMaySet(call, { vmid, pool, changes });
  assertStorages(call, changes);
  const mustStart = call.flag('start');
  const vm = reserve(state, node, vmid, 'create');
  const done = (): void => {
    addBootOrder(vm.config);
    addIdentity(state, vm.config);
    if (pool !== undefined) state.pools.get(pool)?.vms.add(vmid);
    delete vm.lock;
  };
  const work = (): void | Promise<void> => {
    const allocated = call.allocateOn(storagesToAllocate(state, node, changes));
    if (!allocated) {
      fill(call, vm, changes);
      return done();
    }
    return allocated.then(() => fill(call, vm, changes), refuse(vmid)).then(done);
  };
  const upid = call.task('qmcreate', String(vmid), work, { lock: vmid, undo: () => abandon(state, vm) });
  // Proxmox starts it in a task of its own.
  if (mustStart) call.task('qmstart', String(vmid), () => boot(call, vmid), { lock: vmid });
  return upid;
}

/** On the id, or on the pool; nothing says which. */
function assertMayAllocate(call: Call, vmid: number, pool: string | undefined): void {
  if (call.has(`/vms/${vmid}`, 'VM.Allocate')) return;
  if (pool === undefined || !call.has(`/pool/${pool}`, 'VM.Allocate')) {
    throw new PveError(403, 'Permission check failed');
  }
}

function fill(call: Call, vm: Vm, changes: ReadonlyMap<string, string | undefined>): void {
  try {
    assertMayTagNew(call, { vmid: vm.vmid, changes });
    applyChanges(call.state, vm, changes);
    assertBootOrder(vm.config);
  } catch (error) {
    refuse(vm.vmid)(error);
  }
}

const refuse =
  (vmid: number) =>
  (error: unknown): never => {
    throw failure(`unable to create VM ${vmid} - ${messageOf(error)}`);
  };

function boot({ state, node }: Call, vmid: number): void {
  const vm = state.vmOn(node, vmid);
  run(state, vm, assertBootable(state, vm));
}

/** A storage that does not exist is known before the task begins. */
function assertStorages(call: Call, changes: ReadonlyMap<string, string | undefined>): void {
  for (const value of changes.values()) {
    const name = /^(?:file=|volume=)?([a-z][a-z0-9\-_.]*[a-z0-9]):(?:\d+(?:\.\d+)?|cloudinit)(?:,|$)/i.exec(
      value ?? '',
    )?.[1];
    if (name !== undefined) call.state.storage(call.node, name);
  }
}

function remove(call: Call): string {
  const { state, vm } = call;
  const { vmid } = vm;
  const sid = `vm:${vmid}`;
  if (vm.config['protection'] === 1) throw failure(`can't remove VM ${vmid} - protection mode enabled`);
  if (state.ha.resources.has(sid) && !call.flag('purge')) {
    throw failure(`unable to remove VM ${vmid} - used in HA resources and purge parameter not set.`);
  }
  if (vm.status === 'running') throw failure(`VM ${vmid} is running - destroy failed`);
  if (vm.lock !== undefined) throw failure(`VM is locked (${vm.lock})`);
  const work = (): void => {
    if (vm.status === 'running') throw failure(`VM ${vmid} is running - destroy failed`);
    destroy(state, vm);
    if (call.flag('purge')) forgetInHa(call, sid);
  };
  return call.task('qmdestroy', String(vmid), work, { lock: vmid });
}

function forgetInHa({ state }: Call, sid: string): void {
  state.ha.resources.delete(sid);
  for (const [id, rule] of state.ha.rules) {
    const rest = splitList(String(rule['resources'] ?? '')).filter((resource) => resource !== sid);
    if (rest.length === 0) state.ha.rules.delete(id);
    else rule['resources'] = rest.join(',');
  }
}
