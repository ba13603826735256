import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { main } from '../scripts/cli';
import { run } from '../scripts/lib/platform/exec';
import { PROJECT_ROOT } from '../tools/paths';
import { temporaryFolder } from './testing/terraform';

const read = (path: string): string => readFileSync(join(PROJECT_ROOT, path), 'utf8');

/** All Markdown files that people read. */
const pages = [
  ...readdirSync(PROJECT_ROOT),
  ...readdirSync(join(PROJECT_ROOT, 'docs'), { recursive: true }).map((file) => join('docs', String(file))),
  'constructs/README.md',
  'schemas/README.md',
  'tools/README.md',
].filter((file) => file.endsWith('.md'));

/** A folder, not a rule. */
const NO_RULES = new Set(['machine-configs']);

/** Sources of rules beside those of the way to the cluster. */
const SOURCES_OF_OTHERS = ['model/templates/engine.ts'];

describe('the documentation', () => {
  it('has a reference that is what the code says', async () => {
    const args = ['-r', './tools/register.cjs', 'tools/reference.ts', '--check'];
    expect(await run(process.execPath, args, { cwd: PROJECT_ROOT })).toMatchObject({ code: 0, stdout: '' });
  });

  it.each(pages)('%s links to files that exist', (page) => {
    const links = [...read(page).matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map((match) => match[1] ?? '');
    const missing = links.filter(
      (link) => !link.startsWith('http') && !existsSync(join(PROJECT_ROOT, dirname(page), link)),
    );
    expect(missing).toEqual([]);
  });

  it.each(pages)('%s names npm scripts that exist', (page) => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = [...read(page).matchAll(/npm run (?:-s )?([a-z]+(?:[:-][a-z]+)*)/g)].map(
      (match) => match[1] ?? '',
    );
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  it('names tests of the defects of the starter that exist', () => {
    const rows = [...read('docs/guide/from-the-starter.md').matchAll(/^\| (D\d+) .*\| (.*) \|$/gm)];
    expect(rows.length).toBeGreaterThan(20);
    for (const [, defect = '', cell = ''] of rows) {
      for (const [, file = ''] of cell.matchAll(/`(.*?)`/g)) {
        const titles = [
          ...read(join('__tests__', file)).matchAll(/^ *it(?:\.each\(.*?\))?\(\n? *['"](.*?):/gm),
        ];
        const numbers = titles.flatMap(([, numbered = '']) => numbered.split(', '));
        expect({ file, numbers }).toEqual({ file, numbers: expect.arrayContaining([defect]) as unknown });
      }
    }
  });

  it('has a troubleshooting page with every rule of the way to the cluster, and no other', () => {
    const sources = ['model/omni', 'scripts']
      .flatMap((folder) => readdirSync(folder, { recursive: true }).map((file) => join(folder, String(file))))
      .filter((file) => file.endsWith('.ts'))
      .map(read)
      .join('\n');
    const families =
      /'((?:live-omni|omni|inventory|stack|terraform|template|machine|state|output)-[a-z-]+)'/g;
    const quoted = [...sources.matchAll(families)].map(([, rule = '']) => rule);
    // The findings of a matching leave the family out.
    const found = [...read('model/omni/findings.ts').matchAll(/tell\(\s*'([a-z-]+)'/g)].map(
      ([, rule = '']) => `live-omni-${rule}`,
    );
    const page = read('docs/guide/troubleshooting.md');
    const told = [...page.matchAll(/^\| `([a-z-]+)` +\|/gm)].map(([, rule = '']) => rule);
    expect([...told].sort()).toEqual([...new Set(told)].sort());
    const isOfFamily = (rule: string): boolean => `'${rule}'`.replace(families, '') === '';
    expect(new Set(told.filter((rule) => isOfFamily(rule) && !NO_RULES.has(rule)))).toEqual(
      new Set([...quoted, ...found].filter((rule) => !NO_RULES.has(rule))),
    );
    // Those of Talos leave the family out too; that each has its row is tested with explain.
    const others = [sources, ...SOURCES_OF_OTHERS.map(read)].join('\n');
    const names = told.filter((rule) => !isOfFamily(rule)).map((rule) => rule.replace('live-talos-', ''));
    expect(names.filter((name) => !new RegExp(`'(live-talos-)?${name}'`).test(others))).toEqual([]);
  });

  it('has a README whose TypeScript synthesizes', async () => {
    const snippet = /```ts\n([\s\S]*?)```/.exec(read('README.md'))?.[1] ?? '';
    const file = join(PROJECT_ROOT, '.cache', 'readme-snippet.ts');
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, snippet.replace('./constructs', '../constructs'));
    const outdir = join(temporaryFolder(), 'out');
    const args = ['-r', './tools/register.cjs', file];
    const { code, stderr } = await run(process.execPath, args, {
      cwd: PROJECT_ROOT,
      env: { CDKTF_OUTDIR: outdir },
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(readdirSync(join(outdir, 'stacks'))).toEqual(['home']);
  });
});

describe('the examples', () => {
  const examples = readdirSync(join(PROJECT_ROOT, 'clusters'));

  it.each(examples)('%s names the schema in its first line', (file) => {
    expect(read(`clusters/${file}`).split('\n')[0]).toBe(
      '# yaml-language-server: $schema=../schemas/cluster.schema.json',
    );
  });

  it('have no warnings', async () => {
    let err = '';
    expect(
      await main(['validate', 'clusters'], { out: () => undefined, err: (text) => void (err += text) }),
    ).toBe(0);
    expect(err).toBe('');
  });
});
