import Fastify, { type FastifyInstance } from 'fastify';

/** The part of the REST interface of GitHub and Gitea that they share: comments of pull request 7 of o/r, for the token `good`. */
export function forge(): { app: FastifyInstance; comments: { id: number; body: string }[] } {
  const comments: { id: number; body: string }[] = [];
  const app = Fastify();
  app.addHook('onRequest', async (request, reply) => {
    if (request.headers.authorization !== 'token good') await reply.code(403).send({ message: 'no' });
  });
  app.get<{ Querystring: { page: string } }>('/repos/o/r/issues/7/comments', ({ query }) =>
    comments.slice((Number(query.page) - 1) * 50, Number(query.page) * 50),
  );
  app.post<{ Body: { body: string } }>('/repos/o/r/issues/7/comments', ({ body }) => {
    comments.push({ id: comments.length + 1, ...body });
    return comments.at(-1);
  });
  app.patch<{ Params: { id: string }; Body: { body: string } }>(
    '/repos/o/r/issues/comments/:id',
    ({ params, body }) => Object.assign(comments.find(({ id }) => id === Number(params.id)) ?? {}, body),
  );
  return { app, comments };
}
