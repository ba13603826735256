import { connect } from 'node:net';

/** What a TCP port does: takes connections, refuses them, or says nothing. */
export type PortState = 'open' | 'refused' | 'silent';

/** Looks who takes connections at an address, without sending anything. */
export function askPort(host: string, port: number, timeoutMs = 1500): Promise<PortState> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: timeoutMs });
    const end = (state: PortState) => (): void => {
      socket.destroy();
      resolve(state);
    };
    socket.on('connect', end('open'));
    socket.on('timeout', end('silent'));
    socket.on('error', (cause: NodeJS.ErrnoException) =>
      end(cause.code === 'ECONNREFUSED' ? 'refused' : 'silent')(),
    );
  });
}
