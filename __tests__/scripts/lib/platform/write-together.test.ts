import type * as nodeFs from 'node:fs';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeTogether } from '../../../../scripts/lib/platform/write-together';
import { temporaryFolder } from '../../../testing/terraform';

let renamesLeft = Infinity;
const killAfter = (renames: number): void => {
  renamesLeft = renames;
};

jest.mock('node:fs', () => {
  const fs = jest.requireActual<typeof nodeFs>('node:fs');
  const renameSync: typeof fs.renameSync = (from, to) => {
    if (renamesLeft-- <= 0) throw new Error('killed');
    fs.renameSync(from, to);
  };
  return { ...fs, renameSync };
});

const texts = (folder: string, ...names: readonly string[]): string[] =>
  names.map((name) => readFileSync(join(folder, name), 'utf8'));

describe('writeTogether', () => {
  it('writes what changed and leaves nothing else behind', () => {
    const folder = join(temporaryFolder(), 'new', 'folder');
    expect(writeTogether(folder, { a: '1', b: '1' })).toEqual({ a: 'written', b: 'written' });
    expect(writeTogether(folder, { a: '1', b: '2' })).toEqual({ a: 'unchanged', b: 'written' });
    expect(readdirSync(folder)).toEqual(['a', 'b']);
    expect(texts(folder, 'a', 'b')).toEqual(['1', '2']);
  });

  it('changes nothing when one of them cannot be written aside', () => {
    const folder = temporaryFolder();
    writeTogether(folder, { a: 'old', b: 'old' });
    mkdirSync(join(folder, '.b.new'));
    expect(() => writeTogether(folder, { a: 'new', b: 'new' })).toThrow();
    expect(texts(folder, 'a', 'b')).toEqual(['old', 'old']);
  });

  it.each([0, 1, 2])(
    'leaves each file old or new, the last one old, when it ends after %i renames',
    (done) => {
      const folder = temporaryFolder();
      writeTogether(folder, { a: 'old', b: 'old', trusted: 'old' });
      const next = { a: 'new', b: 'new', trusted: 'new' };
      killAfter(done);
      expect(() => writeTogether(folder, next)).toThrow('killed');
      const order = ['a', 'b', 'trusted'];
      expect(texts(folder, ...order)).toEqual(order.map((_, i) => (i < done ? 'new' : 'old')));
      killAfter(Infinity);
      writeTogether(folder, next);
      expect(texts(folder, ...order)).toEqual(['new', 'new', 'new']);
      expect(readdirSync(folder)).toEqual(order);
    },
  );
});
