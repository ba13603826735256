/** `npm run build:package`: what `npm pack` packs, in `dist`: compiled JavaScript, types, and templates. */
import { chmodSync, cpSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from '../scripts/lib/exec';
import { PROJECT_ROOT } from './paths';

const DIST = join(PROJECT_ROOT, 'dist');
const TEMPLATES = 'scripts/templates';

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
  cpSync(join(PROJECT_ROOT, TEMPLATES), join(DIST, TEMPLATES), { recursive: true });
  chmodSync(join(DIST, 'scripts', 'cli.js'), 0o755);
  return 0;
}

if (require.main === module) void main().then((code) => (process.exitCode = code));
