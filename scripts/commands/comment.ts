import { readFileSync } from 'node:fs';
import { request } from 'undici';
import { z } from 'zod';
import { errorCode } from '../lib/files';
import { fail, type Io } from '../lib/io';

export interface CommentOptions {
  /** File with Markdown. */
  readonly file: string;
  /** Names the comment among others, so that the next run replaces it: `review home`. */
  readonly name: string;
  /** Number of the pull request. */
  readonly pull: number;
  readonly env: NodeJS.ProcessEnv;
}

const commentsSchema = z.array(z.object({ id: z.number(), body: z.string().nullish() }));

/** Comments asked for at once; the comment of an earlier run is looked for among all pages. */
const PAGE = 50;

/**
 * Writes a comment on a pull request, or replaces that of the last run. Through the REST calls that GitHub and Gitea have in
 * common, with the variables that both set in a job: `GITHUB_API_URL`, `GITHUB_REPOSITORY`, and `GITHUB_TOKEN` from the workflow.
 *
 * @returns 0 done, 1 failed
 */
export async function runComment({ file, name, pull, env }: CommentOptions, io: Io): Promise<number> {
  const { GITHUB_API_URL: api, GITHUB_REPOSITORY: repository, GITHUB_TOKEN: token } = env;
  const missing = Object.entries({ GITHUB_API_URL: api, GITHUB_REPOSITORY: repository, GITHUB_TOKEN: token })
    .filter(([, value]) => !value)
    .map(([variable]) => variable);
  if (missing.length > 0) return fail([`error: not set: ${missing.join(', ')}`], io);
  const issues = `${api ?? ''}/repos/${repository ?? ''}/issues`;
  const call = caller(token ?? '');
  try {
    const body = `<!-- ${name} -->\n${readFileSync(file, 'utf8')}`;
    const existing = await findComment(call, `${issues}/${pull}/comments`, name);
    if (existing === undefined) await call('POST', `${issues}/${pull}/comments`, { body });
    else await call('PATCH', `${issues}/comments/${existing}`, { body });
    io.err(`comment "${name}": ${existing === undefined ? 'written' : 'replaced'}\n`);
    return 0;
  } catch (cause) {
    return fail(
      [
        `error: ${cause instanceof CallFailed ? cause.message : `${file}: cannot be read (${errorCode(cause)})`}`,
      ],
      io,
    );
  }
}

class CallFailed extends Error {}

type Call = (method: 'GET' | 'POST' | 'PATCH', url: string, body?: object) => Promise<unknown>;

const caller =
  (token: string): Call =>
  async (method, url, body) => {
    const headers = {
      authorization: `token ${token}`,
      accept: 'application/json',
      'content-type': 'application/json',
      'user-agent': 'talos-proxmox',
    };
    try {
      const response = await request(url, {
        method,
        headers,
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
      const text = await response.body.text();
      if (response.statusCode >= 300)
        throw new CallFailed(
          `${method} ${url}: HTTP ${response.statusCode}; may the token write to pull requests?`,
        );
      return JSON.parse(text) as unknown;
    } catch (cause) {
      if (cause instanceof CallFailed) throw cause;
      throw new CallFailed(`${method} ${url}: no answer (${errorCode(cause)})`);
    }
  };

/** The comment of an earlier run, by its first line. */
async function findComment(call: Call, comments: string, name: string): Promise<number | undefined> {
  for (let page = 1; ; page++) {
    const found = commentsSchema.safeParse(
      await call('GET', `${comments}?per_page=${PAGE}&limit=${PAGE}&page=${page}`),
    );
    if (!found.success) throw new CallFailed(`GET ${comments}: the answer is no list of comments`);
    const mine = found.data.find(({ body }) => body?.startsWith(`<!-- ${name} -->`));
    if (mine) return mine.id;
    if (found.data.length < PAGE) return undefined;
  }
}
