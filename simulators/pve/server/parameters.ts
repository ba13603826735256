/** Decodes what a request carries besides its path. */
import type { FastifyRequest } from 'fastify';
import type { Params } from './access-log';

/** A file that was uploaded as multipart. */
export interface Upload {
  readonly filename: string;
  readonly data: Buffer;
}

export interface Decoded {
  readonly params: Params;
  readonly upload?: Upload;
}

/** GET and DELETE have them in the query; POST and PUT in a form, in JSON or as multipart, and in the query. */
export async function decode(request: FastifyRequest): Promise<Decoded> {
  const query = fromPairs(new URL(request.url, 'https://localhost').searchParams);
  const body = request.body;
  const type = request.headers['content-type'] ?? '';
  if (body instanceof Buffer && type.startsWith('multipart/form-data')) {
    const { params, upload } = await fromMultipart(body, type);
    return { params: { ...query, ...params }, ...(upload ? { upload } : {}) };
  }
  if (typeof body === 'string') return { params: { ...query, ...fromPairs(new URLSearchParams(body)) } };
  if (typeof body === 'object' && body !== null && !(body instanceof Buffer)) {
    return { params: { ...query, ...fromJson(body as Readonly<Record<string, unknown>>) } };
  }
  return { params: query };
}

function fromPairs(pairs: URLSearchParams): Record<string, string | string[]> {
  const params: Record<string, string | string[]> = {};
  for (const key of new Set(pairs.keys())) {
    const values = pairs.getAll(key);
    params[key] = values.length === 1 ? (values[0] ?? '') : values;
  }
  return params;
}

function fromJson(body: Readonly<Record<string, unknown>>): Record<string, string | string[]> {
  const text = (value: unknown): string =>
    typeof value === 'boolean'
      ? value
        ? '1'
        : '0'
      : typeof value === 'string'
        ? value
        : JSON.stringify(value);
  return Object.fromEntries(
    Object.entries(body)
      .filter(([, value]) => value !== null && value !== undefined)
      .map(([key, value]) => [key, Array.isArray(value) ? value.map(text) : text(value)]),
  );
}

/** A file in a form; the types of the platform differ between versions. */
interface Part {
  readonly name: string;
  arrayBuffer(): Promise<ArrayBuffer>;
}

async function fromMultipart(body: Buffer, type: string): Promise<Decoded> {
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData();
  const parts: [key: string, value: string | Part][] = [];
  form.forEach((value, key) => parts.push([key, value]));
  const params: Record<string, string> = {};
  let upload: Upload | undefined;
  for (const [key, value] of parts) {
    if (typeof value === 'string') {
      params[key] = value;
    } else {
      params[key] = value.name;
      upload = { filename: value.name, data: Buffer.from(await value.arrayBuffer()) };
    }
  }
  return { params, ...(upload ? { upload } : {}) };
}
