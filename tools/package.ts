/** `npm run build:package`: what `npm pack` packs, in `dist`: compiled JavaScript, types, templates and policies. */
import { chmodSync, cpSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from '../scripts/lib/platform/exec';
import { PROJECT_ROOT } from './paths';

const DIST = join(PROJECT_ROOT, 'dist');
/** Read at run time. */
const DATA = ['scripts/templates', 'policies'];

async function main(): Promise<number> {
  rmSync(DIST, { recursive: true, force: true });
  const compiler = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');
  // Only what is reached from the entry points is compiled: of the bindings, those in use.
  const { code, stdout } = await run(process.execPath, [compiler, '-p', 'tsconfig.package.json'], {
    cwd: PROJECT_ROOT,
  });
  if (code !== 0) {
    process.stderr.write(stdout);
    return code;
  }
  for (const folder of DATA) cpSync(join(PROJECT_ROOT, folder), join(DIST, folder), { recursive: true });
  chmodSync(join(DIST, 'scripts', 'cli.js'), 0o755);
  return 0;
}

if (require.main === module) void main().then((code) => (process.exitCode = code));
