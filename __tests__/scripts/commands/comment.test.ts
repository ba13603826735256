import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { main } from '../../../scripts/cli';
import { runComment } from '../../../scripts/commands/comment';
import { forge, WORKFLOW } from '../../testing/forge';
import { temporaryFolder } from '../../testing/terraform';

describe('comment', () => {
  const { app, comments, issues } = forge();
  const file = join(temporaryFolder(), 'review.md');
  let api = '';
  beforeAll(async () => {
    api = await app.listen({ port: 0, host: '127.0.0.1' });
  });
  afterAll(() => app.close());

  async function comment(
    changes: NodeJS.ProcessEnv = {},
    path = file,
    where: { pull?: number; issue?: string; author?: string } = { pull: 7 },
  ): Promise<[code: number, told: string]> {
    let told = '';
    const io = { out: () => undefined, err: (text: string) => void (told += text) };
    const env = { GITHUB_API_URL: api, GITHUB_REPOSITORY: 'o/r', GITHUB_TOKEN: 'good', ...changes };
    return [await runComment({ file: path, name: 'review-home', ...where, env }, io), told];
  }

  it('is written once, and replaced by the next run, however many others there are', async () => {
    for (let n = 1; n <= 60; n++) comments.push({ id: n, body: `other ${n}` });
    writeFileSync(file, '# one\n');
    expect(await comment()).toEqual([0, 'comment "review-home": written\n']);
    writeFileSync(file, '# two\n');
    expect(await comment()).toEqual([0, 'comment "review-home": replaced\n']);
    expect(comments).toHaveLength(61);
    expect(comments[60]).toEqual({ id: 61, body: '<!-- review-home -->\n# two\n', user: WORKFLOW });
  });

  it('is not the text of somebody else that starts like ours', async () => {
    const ours = [...comments];
    const bait = (id: number, user?: { login: string }) => ({
      id,
      body: '<!-- review-home -->\n# all is well\n',
      ...(user ? { user } : {}),
    });
    comments.splice(0, comments.length, bait(1, { login: 'mallory' }), bait(2));
    const issue = { ...bait(3, { login: 'mallory' }), number: 99, state: 'open' as const, title: 'x' };
    issues.push(issue);
    writeFileSync(file, '# three\n');
    expect(await comment()).toEqual([0, 'comment "review-home": written\n']);
    expect(comments.map(({ body }) => body)).toEqual([
      ...[bait(1).body, bait(2).body],
      '<!-- review-home -->\n# three\n',
    ]);
    expect(await comment({}, file, { issue: 'Drift' })).toEqual([0, 'issue "review-home": written\n']);
    expect(issue.body).toBe(bait(3).body);
    // An account of our own, if it is named.
    expect(await comment({}, file, { pull: 7, author: 'mallory' })).toEqual([
      ...[0, 'comment "review-home": replaced\n'],
    ]);
    expect(comments[0]?.body).toBe('<!-- review-home -->\n# three\n');
    comments.splice(0, comments.length, ...ours);
    issues.length = 0;
  });

  it('is an issue of a title, which is replaced while it is open', async () => {
    const issue = (): Promise<[number, string]> => comment({}, file, { issue: 'Drift of home' });
    writeFileSync(file, '# one\n');
    expect(await issue()).toEqual([0, 'issue "review-home": written\n']);
    writeFileSync(file, '# two\n');
    expect(await issue()).toEqual([0, 'issue "review-home": replaced\n']);
    expect(issues).toMatchObject([{ title: 'Drift of home', body: '<!-- review-home -->\n# two\n' }]);
    Object.assign(issues[0] ?? {}, { state: 'closed' });
    expect(await issue()).toEqual([0, 'issue "review-home": written\n']);
    expect(issues).toHaveLength(2);
  });

  it.each([[{}], [{ pull: 7, issue: 'x' }]])('is one of both, and not %j', async (where) => {
    expect(await comment({}, file, where)).toEqual([1, 'error: give --pull <number> or --issue <title>\n']);
  });

  it('wants a number for --pull', async () => {
    let told = '';
    const io = { out: () => undefined, err: (text: string) => void (told += text) };
    expect(await main(['comment', file, '--pull', 'seven', '--name', 'x'], io)).toBe(1);
    expect(told).toContain("argument 'seven' is invalid. Expected a whole number.");
  });

  it('says what is missing, and never the token', async () => {
    expect(await comment({ GITHUB_TOKEN: '', GITHUB_API_URL: undefined })).toEqual([
      1,
      'error: not set: GITHUB_API_URL, GITHUB_TOKEN\n',
    ]);
    const [code, told] = await comment({ GITHUB_TOKEN: 'bad-token' });
    expect([code, told]).toEqual([
      1,
      expect.stringContaining('HTTP 403; may the token write to issues and pull requests?'),
    ]);
    expect(told).not.toContain('bad-token');
    expect((await comment({ GITHUB_API_URL: 'http://127.0.0.1:9' }))[1]).toMatch(
      /no answer \(ECONNREFUSED\)/,
    );
    expect((await comment({}, '/nowhere/review.md'))[1]).toContain('cannot be read (ENOENT)');
  });
});
