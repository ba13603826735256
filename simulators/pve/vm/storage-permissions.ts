/** Who may see and use volumes. */
import { failure, parameterError } from '../errors';
import { driveSource, isCdrom, parseDrive } from '../formats/drive';
import type { Call } from '../server/call';
import { describeFile, ownerOf, storageOf } from '../store/volumes';

const FILES: readonly string[] = ['iso', 'vztmpl', 'import'];

/**
 * Throws 403 unless the caller may use a volume: who allocates on the storage may use all; files take the right to see
 * the storage; a disk takes that and `VM.Config.Disk` on its VM, unless it is of the VM in question.
 */
export function assertMayUseVolume(call: Call, volid: string, vmid?: number): void {
  const path = `/storage/${storageOf(volid)}`;
  if (call.has(path, 'Datastore.Allocate')) return;
  const { content } = describeFile(volid);
  const owner = ownerOf(volid);
  if (FILES.includes(content)) return call.needAny(path, 'Datastore.AllocateSpace', 'Datastore.Audit');
  if (owner === undefined) throw failure(`missing privileges to access ${volid}`);
  if (owner === vmid) return;
  call.need(path, 'Datastore.Audit');
  call.need(`/vms/${owner}`, 'VM.Config.Disk');
}

export function mayUseVolume(call: Call, volid: string): boolean {
  try {
    assertMayUseVolume(call, volid);
    return true;
  } catch {
    return false;
  }
}

/** Throws 403 unless the caller may have a drive made, or one that exists attached. */
export function assertMayUseDrive(call: Call, vmid: number, key: string, value: string): void {
  const drive = parseDrive(value);
  const source = driveSource(drive.file);
  switch (source.kind) {
    case 'empty':
      if (source.file === 'cdrom') call.need('/', 'Sys.Console');
      break;
    case 'path':
      call.needRoot('Only root can pass arbitrary filesystem paths.');
      break;
    case 'allocate':
      call.need(`/storage/${source.storage}`, 'Datastore.AllocateSpace');
      assertHoldsImages(call, source.storage);
      break;
    case 'volume':
      assertMayUseVolume(call, source.volid, vmid);
      assertIsDrive(key, source.volid, isCdrom(drive));
      break;
    case 'cloudinit':
      break;
  }
  const from = drive.options['import-from'];
  if (from !== undefined) assertMayImport(call, vmid, key, from);
}

function assertHoldsImages(call: Call, id: string): void {
  if (!call.state.storage(call.node, id).content.includes('images')) {
    throw parameterError({ storage: `storage '${id}' does not support vm images` });
  }
}

function assertIsDrive(key: string, volid: string, isForCdrom: boolean): void {
  const { content } = describeFile(volid);
  if (content !== 'images' && content !== 'iso') {
    throw parameterError({ [key]: "content type needs to be 'images' or 'iso'" });
  }
  if (content === 'iso' && !isForCdrom) {
    throw parameterError({ [key]: "explicit 'media=cdrom' is required for iso images" });
  }
}

/** A disk of another VM is copied like a clone of it. */
function assertMayImport(call: Call, vmid: number, key: string, from: string): void {
  if (from.startsWith('/')) return call.needRoot('Only root can pass arbitrary filesystem paths.');
  const { content } = describeFile(from);
  if (content !== 'images' && content !== 'import') {
    throw parameterError({
      [key]: `${from} has wrong type '${content}' - needs to be 'images' or 'import'`,
    });
  }
  const owner = ownerOf(from);
  if (content === 'images' && owner !== undefined) call.need(`/vms/${owner}`, 'VM.Clone');
  else assertMayUseVolume(call, from, vmid);
}
