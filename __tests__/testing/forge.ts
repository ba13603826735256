import Fastify, { type FastifyInstance } from 'fastify';

interface Issue {
  readonly id: number;
  readonly number: number;
  state: 'open' | 'closed';
  title: string;
  body: string;
  user?: Author;
}

interface Author {
  readonly login: string;
}

interface Comment {
  readonly id: number;
  body: string;
  user?: Author;
}

/** Who writes with the token of a workflow. */
export const WORKFLOW: Author = { login: 'github-actions[bot]' };

/**
 * The part of the REST interface of GitHub and Gitea that they share: comments of pull request 7 of o/r, and issues, for the
 * token `good`.
 */
export function forge(): { app: FastifyInstance; comments: Comment[]; issues: Issue[] } {
  const comments: Comment[] = [];
  const issues: Issue[] = [];
  const app = Fastify();
  app.addHook('onRequest', async (request, reply) => {
    if (request.headers.authorization !== 'token good') await reply.code(403).send({ message: 'no' });
  });
  app.get<{ Querystring: { page: string } }>('/repos/o/r/issues/7/comments', ({ query }) =>
    comments.slice((Number(query.page) - 1) * 50, Number(query.page) * 50),
  );
  app.post<{ Body: { body: string } }>('/repos/o/r/issues/7/comments', ({ body }) => {
    comments.push({ id: comments.length + 1, ...body, user: WORKFLOW });
    return comments.at(-1);
  });
  app.patch<{ Params: { id: string }; Body: { body: string } }>(
    '/repos/o/r/issues/comments/:id',
    ({ params, body }) => Object.assign(comments.find(({ id }) => id === Number(params.id)) ?? {}, body),
  );
  app.get<{ Querystring: { page: string; state: string } }>('/repos/o/r/issues', ({ query }) =>
    issues
      .filter(({ state }) => state === query.state)
      .slice((Number(query.page) - 1) * 50, Number(query.page) * 50),
  );
  app.post<{ Body: { title: string; body: string } }>('/repos/o/r/issues', ({ body }) => {
    const number = issues.length + 1;
    issues.push({ id: 1000 + number, number, state: 'open', ...body, user: WORKFLOW });
    return issues.at(-1);
  });
  app.patch<{ Params: { number: string }; Body: object }>('/repos/o/r/issues/:number', ({ params, body }) =>
    Object.assign(issues.find(({ number }) => number === Number(params.number)) ?? {}, body),
  );
  return { app, comments, issues };
}
