import { perm, type Check } from '../auth/permissions';
import { failure } from '../errors';
import { isCloudInit, isDriveKey, parseDrive } from '../formats/drive';
import { route, type Call, type Route } from '../server/call';
import type { Vm } from '../store/types';
import { applyChanges, assertDigest, changesOf, digestOf, pendingKeys } from '../vm/config';
import { storagesToAllocate } from '../vm/drives';
import { assertMaySet } from '../vm/permissions';
import { assertValues } from '../vm/rules';

const VM = '/nodes/{node}/qemu/{vmid}';

const ANY_CONFIG: Check = {
  path: '/vms/{vmid}',
  privileges: [
    ...['VM.Config.Disk', 'VM.Config.CDROM', 'VM.Config.CPU', 'VM.Config.Memory', 'VM.Config.Network'],
    ...['VM.Config.HWType', 'VM.Config.Options', 'VM.Config.Cloudinit'],
  ],
  any: true,
};

export const vmConfigRoutes: readonly Route[] = [
  route('GET', `${VM}/config`, read, perm('/vms/{vmid}', 'VM.Audit')),
  route('PUT', `${VM}/config`, update, ANY_CONFIG),
  route('POST', `${VM}/config`, updateAsync, ANY_CONFIG),
  route('GET', `${VM}/pending`, pending, perm('/vms/{vmid}', 'VM.Audit')),
  route('PUT', `${VM}/cloudinit`, cloudInit, {
    path: '/vms/{vmid}',
    privileges: ['VM.Config.Cloudinit'],
  }),
];

/** With what is still pending, unless the current values are asked for. */
function read(call: Call): unknown {
  const { vm } = call;
  const config = call.flag('current') && vm.booted ? current(vm) : vm.config;
  return { ...config, digest: digestOf(vm.config), ...(vm.lock === undefined ? {} : { lock: vm.lock }) };
}

/** What a running VM has now: keys that wait for a restart have their old value. */
function current(vm: Vm): Record<string, unknown> {
  const values: Record<string, unknown> = { ...vm.config };
  for (const key of pendingKeys(vm)) {
    const old = vm.booted?.[key];
    if (old === undefined) Reflect.deleteProperty(values, key);
    else values[key] = old;
  }
  return values;
}

function pending({ vm }: Call): unknown {
  const waiting = new Set(pendingKeys(vm));
  const keys = new Set([...Object.keys(vm.config), ...waiting]);
  return [...keys].sort().map((key) => {
    if (!waiting.has(key)) return { key, value: vm.config[key] };
    const { [key]: value } = vm.booted ?? {};
    const next = vm.config[key];
    return {
      key,
      ...(value === undefined ? {} : { value }),
      ...(next === undefined ? { delete: 1 } : { pending: next }),
    };
  });
}

async function update(call: Call): Promise<null> {
  const changes = checked(call);
  const vm = await call.lockVm(call.int('vmid'));
  assertDigest(vm, call.optional('digest'));
  await call.allocateOn(storagesToAllocate(call.state, vm.node, changes));
  applyChanges(call.state, vm, changes);
  return null;
}

function updateAsync(call: Call): string {
  const changes = checked(call);
  const { vm, state } = call;
  if (vm.lock !== undefined) throw failure(`VM is locked (${vm.lock})`);
  assertDigest(vm, call.optional('digest'));
  const apply = (): void => applyChanges(state, vm, changes);
  const work = (): void | Promise<void> =>
    call.allocateOn(storagesToAllocate(state, vm.node, changes))?.then(apply) ?? apply();
  return call.task('qmconfig', String(vm.vmid), work, { lock: vm.vmid });
}

function checked(call: Call): ReadonlyMap<string, string | undefined> {
  const changes = changesOf(call);
  const { vmid, config: before } = call.vm;
  assertValues(call.state, changes);
  assertMaySet(call, { vmid, changes, before });
  return changes;
}

/** Writes the cloud-init drive anew; there must be one. */
async function cloudInit(call: Call): Promise<null> {
  const vm = await call.lockVm(call.int('vmid'));
  const drives = Object.entries(vm.config).filter(([key]) => isDriveKey(key));
  if (!drives.some(([, value]) => isCloudInit(parseDrive(String(value))))) {
    throw failure('no cloudinit drive found');
  }
  return null;
}
