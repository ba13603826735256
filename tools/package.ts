/** `npm run build:package`: what `npm pack` packs, in `dist`: compiled JavaScript, types, templates and policies. */
import { chmodSync, cpSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from '../scripts/lib/platform/exec';
import { PROJECT_ROOT } from './paths';

const DIST = join(PROJECT_ROOT, 'dist');
/** Read at run time. */
const DATA = [
  'scripts/templates',
  'scripts/commands/explain/explanations.json',
  'policies',
  'docs/pipelines/workflows',
  'docs/pipelines/gitlab-ci.yml',
];

/** What `exports` of the package gives types for. */
const ENTRIES = ['index.d.ts', 'constructs/testing.d.ts'];

/** Removes declarations that no exported signature leads to: nobody can import them, and they are a sixth of the package. */
function removeUnreached(entries: readonly string[]): void {
  const reached = new Set(entries);
  // A set that grows while it is walked.
  for (const file of reached) {
    for (const [, path = ''] of readFileSync(file, 'utf8').matchAll(
      /(?:from |import\()['"](\.[^'"]*)['"]/g,
    )) {
      const target = join(dirname(file), path);
      reached.add(existsSync(`${target}.d.ts`) ? `${target}.d.ts` : join(target, 'index.d.ts'));
    }
  }
  for (const file of readdirSync(DIST, { recursive: true }).map((path) => join(DIST, String(path))))
    if (file.endsWith('.d.ts') && !reached.has(file)) rmSync(file);
}

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
  removeUnreached(ENTRIES.map((entry) => join(DIST, entry)));
  for (const folder of DATA) cpSync(join(PROJECT_ROOT, folder), join(DIST, folder), { recursive: true });
  chmodSync(join(DIST, 'scripts', 'cli.js'), 0o755);
  return 0;
}

if (require.main === module) void main().then((code) => (process.exitCode = code));
