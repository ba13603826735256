import type { ClusterDraft, ImageDraft } from '../cluster/definition/draft';
import type { Path } from '../diagnostics/source';
import { baseName, isDownloadUrl } from './lib/image-names';
import { storedName } from '../cluster/resolve/images';
import { clusterRule, error, type Finding } from './lib/rule';
import { own } from '../support/json';

/** Endings that Proxmox takes for an ISO or an import. */
const ENDING = /\.(iso|qcow2|raw|vmdk)$/;

const COMPRESSED = /(?:\.(?:raw|vhd|ova|qcow2|img|tar))*\.(xz|gz|tgz|zst|bz2|lzo|zip|7z)$/i;

/** Hexadecimal digits of the checksums that Proxmox knows. */
const DIGITS: Readonly<Record<string, number>> = {
  md5: 32,
  sha1: 40,
  sha224: 56,
  sha256: 64,
  sha384: 96,
  sha512: 128,
};

export const imageFormat = clusterRule(
  'image-format',
  'A downloaded image is an .iso, or an uncompressed disk image; its checksum is algorithm:hex',
  function* (cluster) {
    for (const image of cluster.images) {
      if (image.source.kind !== 'download') continue;
      yield* fileProblems(cluster, image);
      yield* checksumProblems(cluster, image);
    }
  },
);

function* fileProblems({ definition }: ClusterDraft, { key, source }: ImageDraft): Generator<Finding> {
  const { url, file_name } = definition.images?.[key] ?? {};
  const from = url === undefined ? '' : baseName(url);
  if (COMPRESSED.test(from)) {
    yield compressed(['images', key, 'url'], from, /\/image\/[0-9a-f]{64}\//.test(url ?? ''));
    return;
  }
  // Without a good address there is no good name, and another rule has said so.
  if (source.kind !== 'download' || (file_name === undefined && !isDownloadUrl(url ?? ''))) return;
  const path = ['images', key, file_name === undefined ? 'url' : 'file_name'];
  const name = source.fileName;
  const advice = file_name === undefined ? 'set file_name to one' : 'use one';
  if (COMPRESSED.test(name)) {
    yield compressed(path, name, false);
  } else if (!ENDING.test(name)) {
    const fixed = name.endsWith('.img')
      ? `; if it is qcow2, set file_name: ${name.replace(/img$/, 'qcow2')}`
      : `; ${advice} that does`;
    yield error(path, `"${name}" ends in none of .iso, .qcow2, .raw, .vmdk${fixed}`);
  } else if (storedName(name) !== name) {
    yield error(
      path,
      `Proxmox stores "${name}" as "${storedName(name)}"; write file_name: ${storedName(name)}`,
    );
  } else if (ENDING.test(from) && ENDING.exec(from)?.[1] !== ENDING.exec(name)?.[1]) {
    yield error(path, `"${name}" is downloaded from "${from}"; give it the same ending`);
  }
}

function compressed(path: Path, name: string, factory: boolean): Finding {
  const why = /xz$/i.test(name) ? 'and Proxmox cannot unpack xz' : 'and unpacking it needs SSH';
  // The Image Factory has every image in every format.
  const take = factory ? name.replace(COMPRESSED, '.qcow2') : 'a .qcow2';
  return error(path, `"${name}" is compressed ${why}; take ${take} (imported through the API) or an .iso`);
}

function* checksumProblems({ definition }: ClusterDraft, { key }: ImageDraft): Generator<Finding> {
  const checksum = definition.images?.[key]?.checksum;
  if (checksum === undefined) return;
  const path = ['images', key, 'checksum'];
  const [algorithm = '', hex, ...rest] = checksum.split(':');
  const digits = own(DIGITS, algorithm.toLowerCase());
  if (hex === undefined || rest.length > 0 || !/^[0-9a-f]*$/i.test(hex) || digits === undefined) {
    const guess = Object.keys(DIGITS).find(
      (name) => DIGITS[name] === checksum.length && /^[0-9a-f]+$/i.test(checksum),
    );
    const write = guess
      ? `write ${guess}:${checksum.slice(0, 8)}…`
      : `the algorithms are ${Object.keys(DIGITS).join(', ')}`;
    yield error(path, `"${checksum}" is not of the form algorithm:hex; ${write}`);
  } else if (hex.length !== digits) {
    yield error(path, `${algorithm} has ${digits} hexadecimal digits, not ${hex.length}; copy it whole`);
  }
}
