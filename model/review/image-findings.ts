import type { Server } from '../cluster/cluster';
import { byBytes, some } from '../support/text';
import { afterOf, beforeOf, type Context } from './context';
import { raise, type OpenFinding } from './node-findings';
import { actionOf, type Plan } from '../terraform/plan';
import { asText, block, isUnset, type Values } from '../terraform/values';
import type { PlannedVm } from './vms';

/** Type of the resource that is a downloaded file. */
export const DOWNLOAD = 'proxmox_download_file';

/** A downloaded file before or after the change. */
interface ImageFile {
  readonly address: string;
  /** `local:iso/talos.iso`, as VMs name it. */
  readonly id: string;
  readonly name: string;
  readonly storage: string;
  readonly node: string;
}

/**
 * Files that go although VMs boot from them: such a VM runs on, and never starts again. Terraform itself takes a file out of
 * the CD drives before it deletes it, so that this is about drives that it leaves as they are, other hosts of a shared
 * storage, and two resources with one file.
 */
export function imageFindings(plan: Plan, vms: readonly PlannedVm[], context: Context): OpenFinding[] {
  const kept = filesOf(plan, 'kept');
  return goneImages(plan).flatMap((file) => [
    ...madeAgain(file, kept, context),
    ...stillInUse(file, vms, context),
    ...inUseMeanwhile(file, vms, context),
  ]);
}

/** Files that the plan deletes, for good or for others. */
export const goneImages = (plan: Plan): ImageFile[] => filesOf(plan, 'gone');

function filesOf(plan: Plan, which: 'gone' | 'kept'): ImageFile[] {
  return plan.resource_changes
    .filter(({ type, mode }) => type === DOWNLOAD && mode === 'managed')
    .flatMap((resource): ImageFile[] => {
      const { change, address } = resource;
      const action = actionOf(resource);
      if (which === 'gone' && action !== 'remove' && action !== 'replace') return [];
      const values = (which === 'gone' ? beforeOf(change) : afterOf(change)).masked();
      return isUnset(values) || action === 'forget' ? [] : [fileOf(address, values)];
    });
}

function fileOf(address: string, values: Values): ImageFile {
  const [storage, content, name] = ['datastore_id', 'content_type', 'file_name'].map((key) =>
    asText(values[key]),
  ) as [string, string, string];
  return { address, name, storage, id: `${storage}:${content}/${name}`, node: asText(values['node_name']) };
}

/** The file is made first and deleted afterwards, whatever its resource is called. */
function madeAgain(gone: ImageFile, kept: readonly ImageFile[], context: Context): OpenFinding[] {
  const other = kept.find(
    ({ id, address, node }) =>
      id === gone.id &&
      (node === gone.node || (address !== gone.address && isOneStorage(gone, node, context))),
  );
  if (!other) return [];
  const repair =
    other.address === gone.address
      ? 'give the new image another file_name, or leave the resource as it is (terraform untaint)'
      : `tell Terraform that it is the same one: terraform state mv ${gone.address} ${other.address}`;
  const message = `${gone.id} on ${gone.node} is both downloaded and deleted in one run, and missing afterwards for all VMs that boot from it; ${repair}`;
  return [raise('blocked', 'image-changed', gone.name, message)];
}

function stillInUse(file: ImageFile, vms: readonly PlannedVm[], context: Context): OpenFinding[] {
  const users = namesOf(vms.filter((vm) => holds(vm, file, context) && isReached(file, vm.to, context)));
  if (users.length === 0) return [];
  const message = `${file.id} on ${file.node} is deleted and stays in the CD drive of ${some(users)}, which could not be started again; if several servers have this storage in common, say so with shared_storages, else give the nodes another image first`;
  return [raise('blocked', 'image-in-use', file.name, message, `remove:${file.name}`)];
}

/** The stack with the images is applied before those with the VMs. */
function inUseMeanwhile(file: ImageFile, vms: readonly PlannedVm[], context: Context): OpenFinding[] {
  if (context.cluster.parts.length === 0) return [];
  const users = namesOf(
    vms.filter(
      ({ before, after, from }) =>
        names(before, file) && !isUnset(after) && !names(after, file) && isReached(file, from, context),
    ),
  );
  if (users.length === 0) return [];
  const message = `${file.id} goes with the first stack, and stays in the CD drive of ${some(users)} until theirs is applied: apply all stacks in one go, and restart none of these VMs in between`;
  return [raise('warning', 'image-in-use', file.name, message)];
}

/** Whether the drive of a VM has the file afterwards: as planned, or as it is where the plan leaves the drive out. */
function holds({ name, after }: PlannedVm, file: ImageFile, { live }: Context): boolean {
  const isPlanned = asText(block(after, 'cdrom')['file_id']) !== '';
  return isPlanned ? names(after, file) : live.get(name)?.cds.includes(file.id) === true;
}

const names = (vm: Values, { id }: ImageFile): boolean => asText(block(vm, 'cdrom')['file_id']) === id;

const namesOf = (vms: readonly PlannedVm[]): string[] => vms.map(({ name }) => name).sort(byBytes);

/** Whether a VM on a server boots from this very file, and not from one of the same name on another host. */
function isReached(file: ImageFile, serverKey: string, context: Context): boolean {
  const server = context.cluster.servers.find(({ key }) => key === serverKey);
  if (!server) return serverKey === file.node;
  return server.nodeName === file.node || isOneStorage(file, server.nodeName, context);
}

/** Whether two nodes have a storage in common, as far as anybody has said; `local` never is. */
function isOneStorage({ node, storage }: ImageFile, other: string, { cluster }: Context): boolean {
  const [a, b] = [node, other].map((name) => cluster.servers.find(({ nodeName }) => nodeName === name));
  if (!a || !b) return false;
  const shares = (server: Server): boolean =>
    server.sharedImages !== undefined && server.imageStorage === storage;
  if (shares(a) && shares(b)) return a.sharedImages?.name === b.sharedImages?.name;
  return a.site === b.site && storage !== 'local';
}
