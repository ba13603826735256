import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import packageJson from '../package.json';

const ROOT = join(__dirname, '..');
const FOLDERS = ['model', 'constructs', 'scripts', 'tools'];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'layers-'));
  cpSync(join(ROOT, '.dependency-cruiser.cjs'), join(folder, '.dependency-cruiser.cjs'));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  for (const name of FOLDERS) mkdirSync(join(folder, name));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Writes files that import each other. @returns the rules that they break */
function brokenRules(imports: Readonly<Record<string, string>>): string[] {
  for (const [file, imported] of Object.entries(imports)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), imported === '' ? 'export {};\n' : `import '${imported}';\n`);
  }
  const bin = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const { stdout } = spawnSync(process.execPath, [bin, '--output-type', 'json', ...FOLDERS], {
    cwd: folder,
    encoding: 'utf8',
  });
  const { summary } = JSON.parse(stdout) as { summary: { violations: { rule: { name: string } }[] } };
  return [...new Set(summary.violations.map(({ rule }) => rule.name))].sort();
}

describe('imports', () => {
  it('may go down', () => {
    const files = {
      'scripts/a.ts': '../model/rules/b',
      'model/rules/b.ts': '../net/c',
      'model/net/c.ts': '',
    };
    expect(brokenRules(files)).toEqual([]);
  });

  it('do not go round between folders, also where no file imports itself', () => {
    const files = {
      'model/rules/a.ts': '../net/b',
      'model/net/b.ts': '',
      'model/net/c.ts': '../rules/d',
      'model/rules/d.ts': '',
    };
    expect(brokenRules(files)).toEqual(['no-cycle']);
  });

  it.each([
    ['model/a.ts', 'cdktf', 'model-is-lowest'],
    ['model/a.ts', '../scripts/b', 'model-is-lowest'],
    ['model/a.ts', 'node:fs', 'model-is-pure'],
    ['model/a.ts', 'child_process', 'model-is-pure'],
    ['scripts/a.ts', 'constructs', 'scripts-know-no-terraform'],
    ['scripts/a.ts', '../constructs/b', 'scripts-know-no-terraform'],
    ['constructs/a.ts', '../scripts/b', 'constructs-know-no-commands'],
    ['constructs/stacks/a.ts', '../../.gen/b', 'bindings-stay-inside'],
    ['scripts/a.ts', '../tools/b', 'product-stands-alone'],
  ])('%s does not import %s', (file, imported, rule) => {
    const target = imported.startsWith('.') ? { [join(dirname(file), `${imported}.ts`)]: '' } : {};
    expect(brokenRules({ ...target, [file]: imported })).toEqual([rule]);
  });
});

it('are looked at by npm run lint', () => {
  expect(packageJson.scripts.lint).toContain('npm run -s layers');
});
