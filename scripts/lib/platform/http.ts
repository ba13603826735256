import type { Readable } from 'node:stream';

/** The text of an answer as it comes; `undefined` as soon as it is longer than so many bytes, and then nothing more is taken. */
export async function textUpTo(maxBytes: number, body: Readable): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    // Leaving the loop destroys the stream.
    if (bytes > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
