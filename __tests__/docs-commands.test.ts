import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as ts from 'typescript';
import { PROJECT_ROOT } from '../tools/paths';
import {
  commandBlocks,
  FOREIGN_FLAGS,
  OUR_FLAGS,
  wrongInMessage,
  wrongPaths,
  wrongWith,
} from './testing/documented-commands';

const read = (path: string): string => readFileSync(join(PROJECT_ROOT, path), 'utf8');

const below = (folder: string, end: string): readonly string[] =>
  readdirSync(join(PROJECT_ROOT, folder), { recursive: true })
    .map((file) => join(folder, String(file)))
    .filter((file) => file.endsWith(end) && !file.includes('node_modules'))
    .sort();

const PAGES = [
  ...['README.md', 'CONTRIBUTING.md', 'constructs/README.md', 'schemas/README.md', 'tools/README.md'],
  ...below('docs', '.md').filter((page) => !page.endsWith('.api.md')),
  ...below('simulators', '.md'),
];

/** All but a style sheet, whose variables look like flags. */
const SOURCES = ['model', 'constructs', 'scripts', 'tools', 'simulators']
  .flatMap((folder) => below(folder, '.ts'))
  .filter((file) => file !== 'scripts/lib/review/style.ts');

/** Without blocks of code. */
const prose = (text: string): string => text.replace(/^```[\s\S]*?^```/gm, '');

/** As GitHub makes them of headings. */
const anchors = (page: string): ReadonlySet<string> =>
  new Set(
    [...prose(read(page)).matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
      title
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replace(/ /g, '-'),
    ),
  );

/** The texts of a source, with `x` for what is filled in. */
function literals(file: string): readonly string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node)) found.push(node.text);
    if (ts.isTemplateExpression(node))
      found.push(node.head.text + node.templateSpans.map(({ literal }) => `x${literal.text}`).join(''));
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, read(file), ts.ScriptTarget.Latest));
  return found;
}

describe('commands in the documentation', () => {
  it.each(PAGES)('%s: exist, with their flags and files', (page) => {
    const typed = commandBlocks(page).flatMap(({ place, commands }) =>
      commands.flatMap((command) => wrongWith(command).map((wrong) => `${place}: ${wrong}`)),
    );
    const spans = [...prose(read(page)).matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span);
    const named = spans.flatMap((span) => [
      ...wrongInMessage(span.replace(/\[(-- )?([^\]]*)\]/g, '$1$2')),
      ...wrongPaths([span.endsWith('.test.ts') ? `__tests__/${span}` : span]),
      ...[...span.matchAll(/^(--[a-z-]+)/g)]
        .map(([flag]) => flag)
        .filter((flag) => !OUR_FLAGS.has(flag) && !FOREIGN_FLAGS.has(flag))
        .map((flag) => `${flag}: a flag of nothing`),
    ]);
    expect([...typed, ...named]).toEqual([]);
  });

  it.each(PAGES)('%s: links to headings that exist', (page) => {
    const links = [...prose(read(page)).matchAll(/\]\(([^)#\s]*)#([^)]+)\)/g)];
    const dead = links.filter(([, file = '', anchor = '']) => {
      const target = file === '' ? page : join(dirname(page), file);
      return (
        !file.startsWith('http') && !(existsSync(join(PROJECT_ROOT, target)) && anchors(target).has(anchor))
      );
    });
    expect(dead.map(([link]) => link)).toEqual([]);
  });

  it.each(PAGES)('%s: each block names the test that runs it, or says why none does', (page) => {
    // What stands between these comments is written by a test, which compares it.
    const byHand = read(page).replace(/<!-- reviews -->[\s\S]*<!-- \/reviews -->/, '');
    const unsaid = commandBlocks(page, byHand).filter(({ commands, mark = '' }) => {
      if (/^not run by a test: \S/.test(mark)) return false;
      const tests = /^run by: ([^;]*)(; not run: .+)?$/.exec(mark)?.[1]?.split(', ') ?? [];
      const files = tests.map((test) => join('__tests__', test));
      if (files.length === 0 || files.some((file) => !existsSync(join(PROJECT_ROOT, file)))) return true;
      const text = files.map(read).join('\n');
      const verbs = commands.flatMap((command) =>
        [...command.matchAll(/npm run (?:-s )?([a-z:-]+)/g)].map(([, verb = '']) =>
          verb.replace(':', '[:-]'),
        ),
      );
      return !verbs.every((verb) => new RegExp(`\\b${verb}\\b`).test(text));
    });
    expect(unsaid.map(({ place, mark }) => `${place}: ${mark ?? 'no comment above it'}`)).toEqual([]);
  });
});

describe('commands in messages', () => {
  it.each(SOURCES)('%s: exist, with their flags', (file) => {
    const texts = literals(file);
    const flags = texts.flatMap((text) =>
      [...text.matchAll(/[ (](--[a-z][a-z-]+)/g)].map(([, flag = '']) => flag),
    );
    const unknown = flags.filter((flag) => !OUR_FLAGS.has(flag) && !FOREIGN_FLAGS.has(flag));
    expect([...texts.flatMap(wrongInMessage), ...unknown]).toEqual([]);
  });
});

describe('the check of commands', () => {
  it.each([
    ['npm run reviw -- home', 'npm run reviw: there is no such script'],
    ['npm run review home', 'npm run review home: -- is missing'],
    [
      'npm run up -- home --alow x',
      "up home --alow x: error: unknown option '--alow'\n(Did you mean --allow?)",
    ],
    ['npm run up -- home --expect abc', undefined],
    ['npm run import', "import : error: missing required argument 'file'"],
    ['npm run validate -- clusters/hom.yaml', 'clusters/hom.yaml: there is no such file'],
    ['npm run -s with-secrets -- terraform aply', 'terraform aply: not a command of it'],
    ['npm run simulate -- --definition clusters/home.yaml', undefined],
    ['npm run demo -- --kept', 'npm run demo takes no --kept'],
    ['npx cdktf deploi home', 'npx cdktf deploi: not a command of it'],
    ['terraform -chdir=… plan && tofu plan -oot x', 'terraform plan: -oot is not a flag of it'],
    ['terrafrom plan', 'terrafrom: not a program that this test knows'],
  ])('finds what is wrong with %s', (command, wrong) => {
    const found = wrongWith(command);
    expect(found).toHaveLength(1);
    if (wrong !== undefined) expect(found).toEqual([wrong]);
  });

  it('reads a message up to where its sentence goes on', () => {
    expect(wrongInMessage('run npm run review -- x says what it does; npm run restart -- x does it')).toEqual(
      [],
    );
    expect(wrongInMessage('run npm run apply -- x --gon y')).toHaveLength(1);
    expect(wrongInMessage('run npm run appply, then wait')).toHaveLength(1);
  });
});
