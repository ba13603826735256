import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(__dirname, '../..');

/** Where a child process that loads the public API finds a token of it to be made. */
function creationStack(env: Record<string, string>): string[] {
  const script = `
    require('./constructs');
    const { Lazy } = require('cdktf');
    const token = (function madeHere() { return Lazy.anyValue({ produce: () => 1 }); })();
    console.log(JSON.stringify(token.creationStack));`;
  const { CREATION_STACK: _, ...inherited } = process.env;
  const options = { cwd: root, env: { ...inherited, ...env }, encoding: 'utf8' as const };
  return JSON.parse(
    execFileSync(process.execPath, ['-r', './tools/register.cjs', '-e', script], options),
  ) as string[];
}

test('defaults: tokens do not record where they were made', () => {
  expect(creationStack({})).toEqual([]);
});

test('CREATION_STACK=1 lets them', () => {
  expect(creationStack({ CREATION_STACK: '1' }).join('\n')).toContain('madeHere');
});
