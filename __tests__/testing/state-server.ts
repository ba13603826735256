import fastify from 'fastify';

/** What a lock of Terraform says of itself. */
interface LockInfo {
  readonly ID: string;
  readonly Operation: string;
  readonly Who: string;
}

/** A server that keeps one state, with the protocol of the http backend as the guide shows it. */
export interface StateServer {
  /** Settings of the backend. */
  readonly config: Readonly<Record<string, string>>;
  /** The lock that is there. */
  lock(): LockInfo | undefined;
  stop(): Promise<void>;
}

/** @param credentials what the server asks for, `user:password` */
export async function startStateServer(credentials?: string): Promise<StateServer> {
  let state: string | undefined;
  let lock: LockInfo | undefined;
  const app = fastify({ bodyLimit: 64 * 1024 * 1024 });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  app.addHook('onRequest', async (request, reply) => {
    const expected = credentials && `Basic ${Buffer.from(credentials).toString('base64')}`;
    if (expected && request.headers.authorization !== expected) await reply.code(401).send();
  });

  app.get('/state', (_request, reply) => reply.code(state === undefined ? 204 : 200).send(state));
  app.post<{ Querystring: { ID?: string } }>('/state', ({ query, body }, reply) => {
    if (lock && query.ID !== lock.ID) return reply.code(423).send(JSON.stringify(lock));
    state = String(body);
    return reply.send();
  });
  app.post('/lock', ({ body }, reply) => {
    if (lock) return reply.code(423).send(JSON.stringify(lock));
    lock = JSON.parse(String(body)) as LockInfo;
    return reply.send();
  });
  app.delete<{ Body: string | null }>('/lock', ({ body }, reply) => {
    // `force-unlock` sends no body: the person has looked at the id.
    const id = body ? (JSON.parse(body) as LockInfo).ID : lock?.ID;
    if (lock?.ID !== id) return reply.code(409).send();
    lock = undefined;
    return reply.send();
  });

  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  return {
    config: {
      address: `${url}/state`,
      lock_address: `${url}/lock`,
      unlock_address: `${url}/lock`,
      lock_method: 'POST',
      unlock_method: 'DELETE',
    },
    lock: () => lock,
    stop: () => app.close(),
  };
}
