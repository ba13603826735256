import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runSynthCheck } from '../../../../scripts/commands/synth-check/synth-check';
import { synthesize } from '../../../../scripts/lib/project/synth';
import { stackFolder } from '../../../../scripts/lib/project/workspace';

jest.mock('../../../../scripts/lib/project/synth', () => ({ synthesize: jest.fn() }));
const synth = jest.mocked(synthesize);

const RUN = { code: 0, stdout: '', stderr: '', missing: false, timedOut: false, diagnostics: [] };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'synth-check-'));
  mkdirSync(join(folder, 'clusters'));
  writeFileSync(join(folder, 'one.yaml'), '');
});
afterEach(() => rmSync(folder, { recursive: true }));

type Stacks = Readonly<Record<string, number>>;

function writeStacks(outdir: string, stacks: Stacks): void {
  for (const [name, cores] of Object.entries(stacks)) {
    const file = join(stackFolder(name, outdir), 'cdk.tf.json');
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify({ resource: { vm: { a: { cores } } } }));
  }
}

/** Compares stacks, given by their cores. `made` may also be what the synthesis does instead. */
async function check(
  committed: Stacks,
  made: Stacks | { readonly stderr: string } | Error,
  { definitions = 'clusters', json = false } = {},
) {
  const against = join(folder, 'committed');
  writeStacks(against, committed);
  let outdir = '';
  synth.mockReset().mockImplementation((_, into = '') => {
    outdir = into;
    expect(existsSync(outdir)).toBe(true);
    if (made instanceof Error) return Promise.reject(made);
    // What has been written before a failure does not matter.
    if (typeof made['stderr'] === 'string') {
      writeStacks(outdir, committed);
      return Promise.resolve({ ...RUN, code: 1, stderr: made['stderr'] });
    }
    writeStacks(outdir, made as Stacks);
    return Promise.resolve(RUN);
  });
  let [out, err] = ['', ''];
  const io = { out: (text: string) => void (out += text), err: (text: string) => void (err += text) };
  const run = runSynthCheck({ definitions: join(folder, definitions), against, json }, io);
  const result = await run.then(
    (code) => ({ code, thrown: undefined }),
    (thrown: unknown) => ({ code: undefined, thrown }),
  );
  return { ...result, out: out.replaceAll(against, 'committed'), err, outdir };
}

it('ends with 0 where all is the same', async () => {
  expect(await check({ a: 1, b: 1 }, { a: 1, b: 1 })).toMatchObject({
    code: 0,
    out: 'the same as in committed\n',
    err: '',
  });
});

it('ends with 2 where something differs, and says what', async () => {
  const { code, out } = await check({ a: 1, gone: 1, same: 1 }, { a: 2, made: 1, same: 1 });
  expect(code).toBe(2);
  expect(out).toContain('a: 1 difference\n  vm.a changed\n');
  expect(out).toContain('gone: in committed, but no longer defined\n');
  expect(out).toContain('made: new, not in committed\n');
  expect(out).toMatch(/\n\nDiffers from committed: a, gone(,| and) made\n$/);
});

it('says the same in JSON', async () => {
  const same = await check({ a: 1 }, { a: 1 }, { json: true });
  expect([same.code, JSON.parse(same.out)]).toEqual([0, { format_version: 1, stacks: [] }]);
  const other = await check({ a: 1 }, { a: 2 }, { json: true });
  expect([other.code, JSON.parse(other.out)]).toMatchObject([
    2,
    { stacks: [{ stack: 'a', what: 'changed' }] },
  ]);
});

it('does not miss other stacks where one definition is asked about', async () => {
  const one = await check({ a: 1, b: 1 }, { a: 1 }, { definitions: 'one.yaml' });
  expect(one).toMatchObject({ code: 0 });
  expect(await check({ a: 1, b: 1 }, { a: 1 })).toMatchObject({ code: 2 });
});

it('ends with 1 where the definitions cannot be synthesized, also if something was written', async () => {
  expect(await check({ a: 1 }, { stderr: 'error: broken\n' })).toMatchObject({
    code: 1,
    out: '',
    err: 'error: broken\n',
  });
});

it('ends with 1 where nothing is committed, and does not synthesize', async () => {
  const { code, out, err } = await check({}, { a: 1 });
  expect([code, out]).toEqual([1, '']);
  expect(err).toMatch(/^error: .*: no <cluster>\/cdk.tf.json in it; CDKTF_OUTDIR=.* npm run synth writes it/);
  expect(synth).not.toHaveBeenCalled();
});

it('leaves nothing behind, however it ends', async () => {
  const cause = new Error('no space');
  const all: readonly Parameters<typeof check>[1][] = [{ a: 1 }, { a: 2 }, { stderr: 'no' }, cause];
  for (const made of all) {
    const result = await check({ a: 1 }, made);
    expect(result.outdir).not.toBe('');
    expect(existsSync(result.outdir)).toBe(false);
    if (made === cause) expect(result).toMatchObject({ thrown: cause });
  }
});
