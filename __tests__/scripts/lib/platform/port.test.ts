import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { askPort } from '../../../../scripts/lib/platform/port';

it('tells a port that takes connections from one that refuses them, and from one that says nothing', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  expect(await askPort('127.0.0.1', port)).toBe('open');
  server.close();
  await once(server, 'close');
  expect(await askPort('127.0.0.1', port)).toBe('refused');
  expect(await askPort('nobody.invalid', port)).toBe('silent');
});
