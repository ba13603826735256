/** A state server that speaks the protocol of Terraform's `http` backend, with locks. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface StateServer {
  /** What stands in `terraform.backend.http`. */
  readonly backend: Readonly<Record<string, string>>;
  close(): void;
}

export async function startStateServer(): Promise<StateServer> {
  let state = '';
  let lock = '';
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      if (request.method === 'GET') return answer(response, state === '' ? 204 : 200, state);
      if (request.method === 'POST') state = body;
      if (request.method === 'LOCK' && lock !== '') return answer(response, 423, lock);
      if (request.method === 'LOCK') lock = body;
      if (request.method === 'UNLOCK') lock = '';
      return answer(response, 200, '');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const locking = { lock_address: address, unlock_address: address };
  return { backend: { address, ...locking }, close: () => void server.close() };
}

const answer = (response: ServerResponse, status: number, body: string): void => {
  response.writeHead(status, { connection: 'close' }).end(body);
};

async function text(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) body += String(chunk);
  return body;
}
