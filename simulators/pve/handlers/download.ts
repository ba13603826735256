import { createHash } from 'node:crypto';
import { perm, type Check } from '../auth/permissions';
import { failure, parameterError } from '../errors';
import { route, type Call, type Route } from '../server/call';
import { usage } from '../store/space';
import type { ContentType, Storage, Volume } from '../store/types';
import { assertOnline, describeFile, fileVolid, isFileStorage } from '../store/volumes';
import type { TaskLog } from '../tasks';
import { fetchFile, lookUp } from './web';

const STORAGE = '/nodes/{node}/storage/{storage}';
const TEMPLATE = perm('/storage/{storage}', 'Datastore.AllocateTemplate');
const PROBE: Check = {
  or: [perm('/', 'Sys.Audit', 'Sys.Modify'), perm('/nodes/{node}', 'Sys.AccessNetwork')],
};

export const downloadRoutes: readonly Route[] = [
  route('GET', '/nodes/{node}/query-url-metadata', metadata, PROBE),
  route('POST', `${STORAGE}/download-url`, download, { and: [TEMPLATE, PROBE] }),
  route('POST', `${STORAGE}/upload`, upload, TEMPLATE),
];

async function metadata(call: Call): Promise<unknown> {
  const url = call.text('url');
  const { status, size, mimetype } = await lookUp(call.state.web, url);
  if (status !== 200) throw failure(`invalid server response: '${status}'`);
  return { filename: new URL(url).pathname.split('/').pop() ?? '', size, mimetype };
}

const CONTENT: readonly ContentType[] = ['iso', 'vztmpl', 'import'];

/** Endings of file names by content type. */
const ENDINGS: Readonly<Partial<Record<ContentType, RegExp>>> = {
  iso: /\.(iso|img)$/i,
  vztmpl: /\.tar(\.(gz|xz|zst|bz2))?$/i,
  import: /^[a-zA-Z0-9\-.+=_]+\.(ova|qcow2|raw|vmdk)$/,
};

interface Target {
  readonly storage: Storage;
  readonly volid: string;
  readonly content: ContentType;
}

/** Where a file is to be put; throws if it cannot be. */
function targetOf(call: Call): Target {
  const { storage, state } = call;
  assertFiles(storage);
  const content = CONTENT.find((type) => type === call.text('content'));
  // Whatever is no letter, digit, dot, dash or underscore becomes one, a plus sign too.
  const filename = call
    .text('filename')
    .replace(/^.*[/\\]/, '')
    .replace(/[^a-zA-Z0-9_.-]/g, '_');
  if (content === undefined || (content === 'import' && !knowsImport(state.version))) {
    throw parameterError({
      content: `value '${call.text('content')}' does not have a value in the enumeration`,
    });
  }
  if (!storage.content.includes(content)) {
    throw failure(`storage '${storage.id}' is not configured for content-type '${content}'`);
  }
  if (ENDINGS[content]?.test(filename) !== true) {
    const text = content === 'import' ? 'invalid filename or wrong extension' : 'wrong file extension';
    throw parameterError({ filename: text });
  }
  return { storage, content, volid: fileVolid(storage, content, filename) };
}

/** Throws for a storage that is switched off, does not answer, or holds no files. */
function assertFiles(storage: Storage): void {
  assertOnline(storage);
  if (!isFileStorage(storage)) {
    throw failure(`can't upload to storage type '${storage.type}', not a file based storage!`);
  }
}

/** Image files to import came with 8.4. */
const knowsImport = (version: string): boolean => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 8 || minor >= 4;
};

function download(call: Call): string {
  const target = targetOf(call);
  const { storage, volid } = target;
  if (storage.volumes.has(volid)) throw failure(`refusing to override existing file '${fileName(volid)}'`);
  const url = call.text('url');
  const algorithm = call.optional('checksum-algorithm');
  const expected = call.optional('checksum');
  return call.task('download', fileName(volid), async (task) => {
    const file = await fetchFile(call.state.web, url, algorithm);
    if (file.status !== 200) throw failure(`download failed: HTTP ${file.status}`);
    if (algorithm !== undefined) compare(task, expected ?? '', file.checksum);
    store(target, file.size);
  });
}

/** Whether the checksum is right; that of a file which is only assumed is not known. */
function compare(task: TaskLog, expected: string, got: string | undefined): void {
  if (got === undefined) task.log('checksum not verified: the file is simulated and has no content');
  else if (got.toLowerCase() !== expected.toLowerCase()) {
    throw failure(`checksum mismatch: got '${got}' != expect '${expected}'`);
  }
}

/** A file that is there already is overwritten, as Proxmox does for uploads. */
function upload(call: Call): string {
  const target = targetOf(call);
  const { upload: file } = call;
  if (!file) throw parameterError({ filename: 'upload without a file' });
  const algorithm = call.optional('checksum-algorithm');
  return call.task('imgcopy', '', (task) => {
    if (algorithm !== undefined) {
      compare(task, call.text('checksum'), createHash(algorithm).update(file.data).digest('hex'));
    }
    store(target, file.data.length);
  });
}

function store({ storage, volid }: Target, size: number): void {
  if (size > usage(storage).avail) throw failure(`'${volid}': No space left on device`);
  const volume: Volume = { volid, size, ...describeFile(volid) };
  storage.volumes.set(volid, volume);
}

const fileName = (volid: string): string => volid.split('/').pop() ?? '';
