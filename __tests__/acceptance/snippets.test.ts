/** The TypeScript of all pages, as a reader would copy it into a repository that has installed the package. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { installInto, packTarball, succeed, type Consumer } from '../testing/consumer';
import { snippetPages, snippetsOf, type Snippet } from '../testing/snippets';
import { temporaryFolder } from '../testing/terraform';

const pages = snippetPages();
const programs = pages.flatMap((page) => snippetsOf(page).map((snippet) => ({ page, ...snippet })));

/** Where a snippet is written to: those of one page stand in one folder. */
const pathOf = (snippet: Snippet, page: string): string =>
  join(page.replace(/\W/g, '-'), snippet.file ?? `${snippet.place.replace(/\W/g, '-')}.ts`);

let consumer: Consumer;

beforeAll(async () => {
  consumer = await installInto(await packTarball());
  for (const program of programs) {
    const file = join(consumer.dir, 'snippets', pathOf(program, program.page));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, program.text);
  }
  const config = { extends: './tsconfig.json', include: ['snippets'], compilerOptions: { rootDir: '.' } };
  writeFileSync(join(consumer.dir, 'tsconfig.snippets.json'), JSON.stringify({ ...config, files: [] }));
});

it('are on the pages of the constructs and on that of the package', () => {
  expect(pages).toEqual(expect.arrayContaining(['README.md', 'constructs/README.md']));
});

it('compile strictly against the declarations of the package', async () => {
  const { stdout } = await consumer.run('tsc', ['-p', 'tsconfig.snippets.json', '--noUnusedLocals']);
  expect(stdout).toBe('');
});

const compiled = (program: (typeof programs)[number]): string =>
  join('build', 'snippets', pathOf(program, program.page).replace(/ts$/, 'js'));

const named = (which: (snippet: Snippet) => boolean) =>
  programs.filter(which).map((one) => [one.place, one] as const);

it.each(named(({ file }) => file?.endsWith('.test.ts') ?? false))('%s passes', async (_, program) => {
  const { stdout } = await succeed(consumer.run(process.execPath, ['--test', compiled(program)]));
  expect(stdout).toMatch(/fail 0\b/);
});

it.each(named(({ file }) => file === undefined))('%s synthesizes', async (_, program) => {
  const outdir = join(temporaryFolder(), 'out');
  const { stderr } = await succeed(
    consumer.run(process.execPath, [compiled(program)], { CDKTF_OUTDIR: outdir, CLUSTERS: 'clusters' }),
  );
  expect(stderr).toBe('');
  const { stacks } = JSON.parse(readFileSync(join(outdir, 'manifest.json'), 'utf8')) as {
    stacks: Record<string, { synthesizedStackPath: string }>;
  };
  const made = Object.values(stacks).map(
    ({ synthesizedStackPath }) =>
      JSON.parse(readFileSync(join(outdir, synthesizedStackPath), 'utf8')) as { resource?: object },
  );
  expect(made.length).toBeGreaterThan(0);
  for (const { resource } of made) expect(Object.keys(resource ?? {})).not.toEqual([]);
});
