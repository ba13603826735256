import type { Check } from '../auth/permissions';
import { perm } from '../auth/permissions';
import { failure } from '../errors';
import { isDriveKey, parseDrive, printDrive } from '../formats/drive';
import { route, type Call, type Route } from '../server/call';
import { storageOf, toBase } from '../store/volumes';
import { disksOf } from '../vm/drives';
import { abandon, assertLinkable, copyInto, reserve } from '../vm/lifecycle';

const VM = '/nodes/{node}/qemu/{vmid}';

const CLONE: Check = {
  and: [
    perm('/vms/{vmid}', 'VM.Clone'),
    {
      or: [
        perm('/vms/{newid}', 'VM.Allocate'),
        { path: '/pool/{pool}', privileges: ['VM.Allocate'], requires: 'pool' },
      ],
    },
  ],
};

export const vmCloneRoutes: readonly Route[] = [
  route('POST', `${VM}/clone`, clone, CLONE),
  route('POST', `${VM}/template`, template, perm('/vms/{vmid}', 'VM.Allocate')),
];

/** A template is cloned by reference unless a full copy is asked for; anything else is copied. */
function clone(call: Call): string {
  const { state, vm: source, node } = call;
  const newid = call.int('newid');
  const pool = call.optional('pool');
  const target = call.optional('target') ?? node;
  const storage = call.optional('storage');
  if (!state.nodes.has(target)) throw failure(`no such node '${target}'`);
  if (pool !== undefined) state.assertPool(pool);
  if (source.lock !== undefined) throw failure(`VM is locked (${source.lock})`);
  const isTemplate = source.config['template'] === 1;
  const isFull = call.optional('full') === undefined ? !isTemplate : call.flag('full');
  if (!isFull && !isTemplate) throw failure('Linked clone feature is only supported for templates');
  if (!isFull && storage !== undefined) throw failure("parameter 'storage' not allowed for linked clones");
  if (!isFull) assertLinkable(state, source);
  for (const id of storagesNeeded(call, storage)) call.need(`/storage/${id}`, 'Datastore.AllocateSpace');
  if (storage !== undefined) state.storage(target, storage);

  const vm = reserve(state, target, newid, 'clone');
  const storages = [...disksOf(source.config, isDriveKey).values()].map(({ file }) =>
    storage === undefined ? state.storage(node, storageOf(file)) : state.storage(target, storage),
  );
  const copy = (): void => {
    copyInto(state, source, vm, { full: isFull, storage, format: call.optional('format') });
    const name = call.optional('name') ?? `Copy-of-VM-${String(source.config['name'] ?? source.vmid)}`;
    vm.config['name'] = name;
    const description = call.optional('description');
    if (description !== undefined) vm.config['description'] = description;
    if (pool !== undefined) state.pools.get(pool)?.vms.add(newid);
    delete vm.lock;
  };
  const work = (): void | Promise<void> => call.allocateOn(storages, target)?.then(copy) ?? copy();
  return call.task('qmclone', String(source.vmid), work, {
    lock: newid,
    undo: () => abandon(state, vm),
  });
}

/** The storages that get new volumes. */
function storagesNeeded({ vm }: Call, storage: string | undefined): string[] {
  if (storage !== undefined) return [storage];
  const disks = [...disksOf(vm.config, isDriveKey).values()];
  return [...new Set(disks.map(({ file }) => file.split(':')[0] ?? ''))];
}

/** Its disks become base volumes, which cannot change any more. */
function template(call: Call): string {
  const { state, vm } = call;
  if (vm.lock !== undefined) throw failure(`VM is locked (${vm.lock})`);
  if (vm.config['template'] === 1) throw failure('you cannot convert a template to a template');
  if (vm.status === 'running') throw failure("you can't convert a VM to template if VM is running");
  const work = (): void => {
    for (const [key, drive] of disksOf(vm.config, isDriveKey)) {
      const { storage, volume } = state.volume(vm.node, drive.file);
      const base = toBase(storage, volume);
      vm.config[key] = printDrive({ ...parseDrive(String(vm.config[key])), file: base.volid });
    }
    vm.config['template'] = 1;
  };
  return call.task('qmtemplate', String(vm.vmid), work, { lock: vm.vmid });
}
