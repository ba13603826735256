import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '..');
const page = readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8');

const folders = (parent: string): string[] =>
  readdirSync(join(ROOT, parent), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `${parent}/${name}`);

describe('the page on architecture', () => {
  it.each(['model', 'constructs', 'scripts/lib', 'simulators'].flatMap(folders))(
    'tells what %s is',
    (folder) => {
      expect(page).toContain(`| \`${folder}\``);
    },
  );

  it('names no folder that is not there', () => {
    const named = [...page.matchAll(/`((?:model|constructs|scripts|simulators|__tests__)\/[\w/-]*)`/g)];
    expect(
      named.map(([, folder = '']) => folder).filter((folder) => !existsSync(join(ROOT, folder))),
    ).toEqual([]);
    expect(named.length).toBeGreaterThan(20);
  });

  it('lists rooms of model/ in an order in which each imports only those above it', () => {
    const rooms = [...page.matchAll(/^\| `model\/(\w+)`/gm)].map(([, room = '']) => room);
    const wrong = rooms.flatMap((room, i) =>
      filesIn(`model/${room}`).flatMap((file) =>
        [...readFileSync(join(ROOT, file), 'utf8').matchAll(/'(\.\.?\/[^']+)'/g)]
          .map(([, path = '']) => join(file, '..', path).split('/'))
          .filter(([top, other = '']) => top === 'model' && rooms.indexOf(other) > i)
          .map((path) => `${file} imports ${path.join('/')}`),
      ),
    );
    expect(wrong).toEqual([]);
  });
});

const filesIn = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${folder}/${name}`);
