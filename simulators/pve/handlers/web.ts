/** The Internet, as servers see it: listed files, assumed files, and loopback for real. */
import { createHash } from 'node:crypto';
import type { WebOptions } from '../options';
import { MIB } from '../formats/size';

export interface Found {
  readonly status: number;
  readonly size: number;
  readonly mimetype: string;
  /** Undefined if nothing is known of the content. */
  readonly checksum?: string | undefined;
}

const DEFAULT_SIZE = 100 * MIB;
const MIMETYPE = 'application/octet-stream';

/** What a HEAD request finds. */
export const lookUp = (web: WebOptions, url: string): Promise<Found> => find(web, url, 'HEAD');

/** What a download gets. Bytes are counted and hashed, never kept. */
export const fetchFile = (web: WebOptions, url: string, algorithm: string | undefined): Promise<Found> =>
  find(web, url, 'GET', algorithm);

async function find(web: WebOptions, url: string, method: string, algorithm?: string): Promise<Found> {
  const { files = {}, others = true } = web;
  const listed = files[url];
  if (listed) {
    const { status = 200, size = DEFAULT_SIZE, mimetype = MIMETYPE, checksums = {} } = listed;
    return { status, size, mimetype, checksum: algorithm === undefined ? undefined : checksums[algorithm] };
  }
  if (isLoopback(url)) return reallyFetch(url, method, algorithm);
  return { status: others ? 200 : 404, size: DEFAULT_SIZE, mimetype: MIMETYPE };
}

const isLoopback = (url: string): boolean =>
  ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(url).hostname);

async function reallyFetch(url: string, method: string, algorithm = 'sha256'): Promise<Found> {
  const response = await fetch(url, { method });
  const mimetype = response.headers.get('content-type') ?? MIMETYPE;
  if (method === 'HEAD') {
    return { status: response.status, size: Number(response.headers.get('content-length') ?? 0), mimetype };
  }
  const hash = createHash(algorithm);
  let size = 0;
  const reader = response.body?.getReader();
  for (let chunk = await reader?.read(); chunk?.value; chunk = await reader?.read()) {
    size += chunk.value.length;
    hash.update(chunk.value);
  }
  return { status: response.status, size, mimetype, checksum: hash.digest('hex') };
}
