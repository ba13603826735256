import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from '../../../scripts/cli';
import { failureText, ForUser } from '../../../model/diagnostics/failure';

const FIXTURES = join(__dirname, '../../fixtures/hostile');

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'hostile-'))));
afterEach(() => rmSync(folder, { recursive: true }));

async function cli(...args: string[]): Promise<{ code: number; said: string }> {
  let said = '';
  const add = (text: string): void => void (said += text);
  const code = await main(args, { out: add, err: add });
  expect(said).not.toMatch(/^\s+at /m);
  return { code, said };
}

it.each([
  ['backend-proto', 'backend.config.__proto__: unknown key "__proto__" of the local backend'],
  ['patch-constructor', 'patches.x.constructor: unknown key "constructor" in a patch'],
  ['surrogate', 'workers[2].name: half of a character (a surrogate of UTF-16); write the character itself'],
  ['newline-in-message', '"5\\n::error file=README.md,line=1::forged by a definition\\n::add-mask::home'],
])('%s.yaml is told in one line', async (name, expected) => {
  const { code, said } = await cli('validate', join(FIXTURES, `${name}.yaml`));
  expect(code).toBe(1);
  expect(said).toContain(expected);
  expect(said.trimEnd().split('\n')).toHaveLength(1);
  expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
});

describe('a path that leads nowhere', () => {
  it.each([
    ['a circle of links', 'loop', 'ELOOP'],
    ['a file below such', 'loop/x.yaml', 'ELOOP'],
    ['a file below a file', 'file/x.yaml', 'ENOTDIR'],
    ['a name that is too long', `${'a'.repeat(300)}.yaml`, 'ENAMETOOLONG'],
  ])('%s is told in words', async (_, path, code) => {
    symlinkSync('loop', join(folder, 'loop'));
    writeFileSync(join(folder, 'file'), '');
    const target = join(folder, path);
    for (const args of [
      ['validate', target],
      ['generate', '--definitions', target],
      ['import', target],
    ]) {
      const { code: exit, said } = await cli(...args);
      expect(exit).toBe(1);
      expect(said).toContain(code);
    }
  });
});

it('a stack that is only a part of one is told by the command that makes it anew', async () => {
  const stack = join(folder, 'stacks/home');
  mkdirSync(stack, { recursive: true });
  writeFileSync(join(stack, 'cdk.tf.json'), '{"output": {"secret":');
  const outdir = process.env['CDKTF_OUTDIR'];
  process.env['CDKTF_OUTDIR'] = folder;
  try {
    const { code, said } = await cli('discover', 'home');
    expect(code).toBe(1);
    expect(said).toBe(`error: ${stack}/cdk.tf.json: is not JSON; run npm run synth again\n`);
  } finally {
    if (outdir === undefined) delete process.env['CDKTF_OUTDIR'];
    else process.env['CDKTF_OUTDIR'] = outdir;
  }
});

describe('a failure that nobody foresaw', () => {
  const HOME = join(__dirname, '../../..');
  const told = (...places: string[]): string => {
    const failure = new SyntaxError('Unexpected token, "hunter2" is not valid JSON');
    failure.stack = ['SyntaxError: hunter2', ...places.map((place) => `    at ${place}`)].join('\n');
    return failureText(failure);
  };

  it('is told by its kind and place, and never by what it says', () => {
    const inner = `parse (${HOME}/node_modules/y/scripts/z.js:1:1)`;
    expect(told(inner, `f (${HOME}/scripts/lib/a-b.ts:12:3)`, `${HOME}/main.ts:1:1`)).toMatch(
      / \(SyntaxError at a-b\.ts:12\)$/,
    );
    expect(told(inner, `async ${HOME}/main.ts:7:1`)).toMatch(/ \(SyntaxError at main\.ts:7\)$/);
    expect(failureText('hunter2')).not.toContain('hunter2');
  });

  it('has no place where none of ours is in it, in whatever folder the program lies', () => {
    for (const place of [
      'f (/home/main/scripts/model/x.ts:1:1)',
      `f (${HOME}/__tests__/scripts/x.test.ts:1:1)`,
      `f (${HOME}/node_modules/scripts/x.js:1:1)`,
      'JSON.parse (<anonymous>)',
      'node:internal/main/run_main_module:36:49',
    ])
      expect(told(place)).toMatch(/ \(SyntaxError\)$/);
  });

  it('is told in words where the system or we know them', () => {
    const full = Object.assign(new Error('ENOSPC: x'), { code: 'ENOSPC', path: '/a\n' });
    expect(failureText(full)).toBe(
      '/a\\n: no space left on the disk; make room and run it again, the files that were there are unchanged',
    );
    expect(failureText(new ForUser('do this'))).toBe('do this');
  });
});
