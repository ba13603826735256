import { readFileSync } from 'node:fs';
import { request } from 'undici';
import { z } from 'zod';
import { errorCode } from '../../model/support/files';
import { textUpTo } from '../lib/platform/http';
import { fail } from '../lib/platform/io';
import type { Io } from '../../model/diagnostics/io';
import { parseJson } from '../../model/support/json';

export interface CommentOptions {
  /** File with Markdown. */
  readonly file: string;
  /** Names the text among others, so that the next run replaces it: `review-home`. */
  readonly name: string;
  /** Number of the pull request that it is a comment on. */
  readonly pull?: number;
  /** Title of the issue that it is, in place of a comment. */
  readonly issue?: string;
  /** Whose texts are replaced, besides those of the forge's own workflows. */
  readonly author?: string;
  readonly env: NodeJS.ProcessEnv;
}

const textsSchema = z.array(
  z.object({
    id: z.number(),
    number: z.number().optional(),
    body: z.string().nullish(),
    user: z.object({ login: z.string() }).nullish(),
  }),
);
type Text = z.infer<typeof textsSchema>[number];

/** Where a text goes: a comment of a pull request, or an issue. */
interface Place {
  readonly what: 'comment' | 'issue';
  /** What is there already. */
  readonly list: string;
  readonly create: string;
  readonly edit: (text: Text) => string;
  /** Besides the text. */
  readonly more?: object;
}

const commentOf = (issues: string, pull: number): Place => ({
  what: 'comment',
  list: `${issues}/${pull}/comments?`,
  create: `${issues}/${pull}/comments`,
  edit: ({ id }) => `${issues}/comments/${id}`,
});

const issueOf = (issues: string, title: string): Place => ({
  what: 'issue',
  list: `${issues}?state=open&`,
  create: issues,
  edit: ({ number = Number.NaN }) => `${issues}/${number}`,
  more: { title },
});

/** Who writes with the token of a workflow: names that no person can have. GitHub, Gitea, Forgejo. */
const WORKFLOWS = ['github-actions[bot]', 'gitea-actions', 'forgejo-actions'];

/** Texts asked for at once; that of an earlier run is looked for among all pages. */
const PAGE = 50;

/** As many pages are looked through, so that a forge which answers anything to any page does not keep us. */
const MAX_PAGES = 400;

/** For one answer. */
const TIMEOUT_MS = 30_000;
const MAX_BYTES = 32 * 1024 * 1024;

/**
 * Writes a comment on a pull request, or an issue; one that an earlier run wrote, and that is open, is replaced. Through the
 * REST calls that GitHub and Gitea have in common, with the variables that both set in a job: `GITHUB_API_URL`,
 * `GITHUB_REPOSITORY`, and `GITHUB_TOKEN` from the workflow.
 *
 * @returns 0 done, 1 failed
 */
export async function runComment(options: CommentOptions, io: Io): Promise<number> {
  const { file, name, pull, issue, author, env } = options;
  const { GITHUB_API_URL: api, GITHUB_REPOSITORY: repository, GITHUB_TOKEN: token } = env;
  const missing = Object.entries({ GITHUB_API_URL: api, GITHUB_REPOSITORY: repository, GITHUB_TOKEN: token })
    .filter(([, value]) => !value)
    .map(([variable]) => variable);
  if (missing.length > 0) return fail([`error: not set: ${missing.join(', ')}`], io);
  const issues = `${api ?? ''}/repos/${repository ?? ''}/issues`;
  const places = [
    ...(pull === undefined ? [] : [commentOf(issues, pull)]),
    ...(issue === undefined ? [] : [issueOf(issues, issue)]),
  ];
  const [place] = places;
  if (!place || places.length > 1) return fail(['error: give --pull <number> or --issue <title>'], io);
  const call = caller(token ?? '');
  try {
    const text = { body: `<!-- ${name} -->\n${readFileSync(file, 'utf8')}`, ...place.more };
    const authors = new Set([...WORKFLOWS, ...(author === undefined ? [] : [author])]);
    const existing = await findText(call, place.list, name, authors);
    if (existing) await call('PATCH', place.edit(existing), text);
    else await call('POST', place.create, text);
    io.err(`${place.what} "${name}": ${existing ? 'replaced' : 'written'}\n`);
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
        signal: AbortSignal.timeout(TIMEOUT_MS),
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
      const text = await textUpTo(MAX_BYTES, response.body);
      if (text === undefined) throw new CallFailed(`${method} ${url}: the answer is too long`);
      if (response.statusCode >= 300)
        throw new CallFailed(
          `${method} ${url}: HTTP ${response.statusCode}; may the token write to issues and pull requests?`,
        );
      const json = parseJson(text);
      if ('problem' in json) throw new CallFailed(`${method} ${url}: the answer ${json.problem}`);
      return json.value;
    } catch (cause) {
      if (cause instanceof CallFailed) throw cause;
      throw new CallFailed(
        `${method} ${url}: no answer (${(cause as { name?: unknown }).name === 'TimeoutError' ? `within ${TIMEOUT_MS / 1000} s` : errorCode(cause)})`,
      );
    }
  };

/** The text of an earlier run, by its first line and who wrote it: anybody may write such a line. */
async function findText(
  call: Call,
  list: string,
  name: string,
  authors: ReadonlySet<string>,
): Promise<Text | undefined> {
  for (let page = 1; page <= MAX_PAGES; page++) {
    const found = textsSchema.safeParse(
      await call('GET', `${list}per_page=${PAGE}&limit=${PAGE}&page=${page}`),
    );
    if (!found.success) throw new CallFailed(`GET ${list}: the answer is not a list of texts`);
    const mine = found.data.find(
      ({ body, user }) => body?.startsWith(`<!-- ${name} -->`) && authors.has(user?.login ?? ''),
    );
    if (mine) return mine;
    if (found.data.length < PAGE) return undefined;
  }
  return undefined;
}
