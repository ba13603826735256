import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { giveCommand, giveSchematic } from '../../../../scripts/lib/talos/factory';

const ID = 'a'.repeat(64);
const yaml = 'customization: {}\n';
const { signal } = new AbortController();

let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** A factory that answers each schematic with this; without an answer it keeps silent. */
async function factory(status?: number, text = ''): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const started = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      asked.push(`${request.method} ${request.url} ${request.headers['content-type']} ${body}`);
      if (status !== undefined) response.writeHead(status).end(text);
    });
  });
  server = started;
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(started.address() as AddressInfo).port}`, asked };
}

it.each([200, 201])('takes %s with the same id as known', async (status) => {
  const { url, asked } = await factory(status, JSON.stringify({ id: ID, schematic: yaml }));
  expect(await giveSchematic({ factory: url, id: ID, yaml }, signal)).toEqual({ state: 'known' });
  expect(asked).toEqual([`POST /schematics application/yaml ${yaml}`]);
});

it.each([
  [
    201,
    JSON.stringify({ id: 'b'.repeat(64) }),
    'refused',
    /^it gives the id b{64}, and the address .* has a{64}/,
  ],
  [200, '<html>', 'refused', /^its answer is none of an image factory/],
  [200, '{"id": 5}', 'refused', /^its answer is none of an image factory/],
  [400, 'unknown field\nx', 'refused', /^it refuses it: unknown field\\nx$/],
  [403, '', 'unknown', /^it answers with 403$/],
  [500, '', 'unknown', /^it answers with 500$/],
])('judges %s %s', async (status, text, state, why) => {
  const { url } = await factory(status, text);
  expect(await giveSchematic({ factory: url, id: ID, yaml }, signal)).toEqual({
    state,
    why: expect.stringMatching(why) as string,
  });
});

it('does not know what a factory would say that does not answer', async () => {
  const { url } = await factory();
  expect(await giveSchematic({ factory: url, id: ID, yaml }, signal, 100)).toEqual({
    state: 'unknown',
    why: 'no answer within 0.1 s',
  });
  const gone = 'http://127.0.0.1:1';
  expect(await giveSchematic({ factory: gone, id: ID, yaml }, signal)).toMatchObject({
    state: 'unknown',
    why: 'ECONNREFUSED',
  });
});

it('tells how to do it by hand', () => {
  expect(giveCommand({ factory: 'https://f.example.com', id: ID, yaml })).toBe(
    "curl --fail --header 'Content-Type: application/yaml' --data-binary @- https://f.example.com/schematics <<'EOF'\ncustomization: {}\nEOF",
  );
});
