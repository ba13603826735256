import type { ServerDraft } from '../../cluster/definition/draft';
import { error, warning, type Finding } from '../../rules/lib/rule';
import { list } from '../../support/text';
import type { ServerAnswers } from '../../proxmox/snapshot';
import { liveCheck, need, type LiveContext } from '../lib/check';
import { imageStoragePath } from '../lib/places';

/**
 * Whether the servers agree with `shared_storages`: a file on a storage that two servers have in common is one file, and would go
 * with the last node of either.
 */
export const sharedStorages = liveCheck('shared-storage', 'shared storages', function* (context) {
  const { cluster, server, live } = context;
  if (!cluster.nodes.some(({ image }) => image?.source.kind === 'download')) return;
  const { imageStorage: storage, sharedImages, key } = server;
  const own = need(live.storages).find(({ storage: name }) => name === storage);
  if (!own) return;
  if (!own.shared) {
    if (!sharedImages || sharedImages.servers.length === 1) return;
    const message = `"${storage}" of "${key}" is not a shared storage, so images downloaded for ${list(sharedImages.servers)} would be missing there; take "${key}" out of it, or correct the storage: pvesm set ${storage} --shared 1`;
    yield error(['shared_storages', sharedImages.name], message);
    return;
  }
  const others = cluster.servers.filter((other) => other.key !== key && hasToo(other, storage, context));
  yield* unsaid(
    context,
    others.filter((other) => other.site === server.site && !isOne(server, other)),
  );
  // Whether another site means the same storage, nobody can tell; who has said anything of it has thought of that.
  const elsewhere = others.filter((other) => other.site !== server.site && !other.sharedImages);
  if (!sharedImages && isFirst(server, elsewhere)) {
    const keys = [key, ...elsewhere.map((other) => other.key)];
    const message = `${list(keys)} each have a shared storage "${storage}"; if it is one and the same, write shared_storages: { ${storage}: {} }, else name the servers of each`;
    yield { ...warning(imageStoragePath(server), message), atKey: true };
  }
});

/** Servers of one Proxmox cluster, whose storages of one name are one if they are shared. */
function* unsaid({ cluster, server }: LiveContext, others: readonly ServerDraft[]): Generator<Finding> {
  const { imageStorage: storage } = server;
  if (!isFirst(server, others)) return;
  const said = [server, ...others].find(({ sharedImages }) => sharedImages)?.sharedImages;
  const keys = [server, ...others].map(({ key }) => key);
  const all = [...new Set([...(said?.servers ?? []), ...keys])].sort();
  const isAll = cluster.servers.every(
    ({ key, imageStorage }) => imageStorage !== storage || all.includes(key),
  );
  const servers = isAll ? '{}' : `{ servers: [${all.join(', ')}] }`;
  const write = `shared_storages: { ${said?.name ?? storage}: ${servers} }`;
  const message = `"${storage}" is one storage of ${list(keys)}, and the last node of one would take the image from all; write ${write}`;
  yield { ...error(imageStoragePath(server), message), atKey: true };
}

const isOne = (a: ServerDraft, b: ServerDraft): boolean =>
  a.sharedImages !== undefined && a.sharedImages.name === b.sharedImages?.name;

/** Each set of servers is told of once. */
const isFirst = ({ key }: ServerDraft, others: readonly ServerDraft[]): boolean =>
  others.length > 0 && others.every((other) => key < other.key);

/** Whether another server has a shared storage of this name for its images, as far as it answers. */
function hasToo(other: ServerDraft, storage: string, { answered }: LiveContext): boolean {
  const answers: ServerAnswers | undefined = answered.get(other.key);
  return (
    other.imageStorage === storage &&
    answers?.storages.ok === true &&
    answers.storages.value.some((one) => one.storage === storage && one.shared)
  );
}
