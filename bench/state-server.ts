import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A server for Terraform's backend `http`, with a state for each path. */
export interface StateServer {
  readonly address: string;
  close(): void;
}

export async function stateServer(): Promise<StateServer> {
  const states = new Map<string, string>();
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const path = request.url ?? '';
      if (request.method === 'POST') states.set(path, body);
      const state = states.get(path);
      response.statusCode = state === undefined ? 404 : 200;
      response.end(request.method === 'GET' ? state : undefined);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { address: `http://127.0.0.1:${port}`, close: () => server.close() };
}
