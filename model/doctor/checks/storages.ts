import type { Path } from '../../diagnostics/source';
import { error, type Finding } from '../../rules/lib/rule';
import { oneOf } from '../../rules/lib/names';
import type { StorageInfo } from '../../proxmox/answers';
import { liveCheck, need, type LiveContext } from '../lib/check';
import { imagesOf, imageStoragePath, storageUses } from '../lib/places';

/** A storage that must hold something. */
interface Wanted {
  readonly storage: string;
  readonly path: Path;
  readonly content: 'images' | 'iso' | 'import';
  /** What for, in words. */
  readonly purpose: string;
}

export const storages = liveCheck('live-object-missing', 'storages', function* (context) {
  const known = need(context.live.storages);
  const told = new Set<string>();
  for (const wanted of wantedStorages(context)) {
    const id = `${wanted.storage} ${wanted.content}`;
    if (!told.has(id)) yield* storageProblem(wanted, known, context.server.nodeName);
    told.add(id);
  }
});

function* storageProblem(
  { storage, path, content, purpose }: Wanted,
  known: readonly StorageInfo[],
  node: string,
): Generator<Finding> {
  const found = known.find((candidate) => candidate.storage === storage);
  const fitting = known
    .filter((candidate) => candidate.content.includes(content))
    .map(({ storage: name }) => name);
  if (!found) {
    const offer = fitting.length > 0 ? oneOf(storage, fitting.sort()) : `add one with content "${content}"`;
    yield error(path, `no storage "${storage}" on node "${node}"; ${offer}`);
  } else if (!found.enabled) {
    yield error(
      path,
      `storage "${storage}" is not enabled for node "${node}"; run: pvesm set ${storage} --disable 0, and look at its nodes`,
    );
  } else if (!found.active) {
    yield error(path, `storage "${storage}" is not active on node "${node}"; see pvesm status there`);
  } else if (!found.content.includes(content)) {
    const all = [...found.content, content].join(',');
    yield error(
      path,
      `storage "${storage}" holds no ${purpose} (content "${content}"); run: pvesm set ${storage} --content ${all}`,
    );
  }
}

function* wantedStorages(context: LiveContext): Generator<Wanted> {
  const { server, nodes } = context;
  for (const { storage, path } of storageUses(context))
    yield { storage, path, content: 'images', purpose: 'disks' };
  for (const { source } of imagesOf(nodes)) {
    if (source.kind !== 'download') continue;
    const purpose = source.content === 'iso' ? 'ISO files' : 'disk images to import';
    yield { storage: server.imageStorage, path: imageStoragePath(server), content: source.content, purpose };
  }
}
