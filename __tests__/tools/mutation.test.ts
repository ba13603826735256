import { codeLines, drawn } from '../../tools/mutation/draw';

describe('lines to break', () => {
  it('do something', () => {
    const source = [
      "import { a } from './a';",
      '/** What it',
      ' * is for. */',
      'export const b = (c: number) => {',
      '  // why',
      '  return a(c) + 1;',
      '',
      '};',
    ];
    expect(codeLines(source.join('\n'))).toEqual([4, 6]);
  });

  it('are the same for the same seed, none twice, and others for another', () => {
    const items = Array.from({ length: 1000 }, (_, i) => i);
    const [once, again, other] = [drawn(items, 200, 1), drawn(items, 200, 1), drawn(items, 200, 2)];
    expect(once).toEqual(again);
    expect(new Set(once).size).toBe(200);
    expect(other).not.toEqual(once);
    expect(drawn(items, 2000, 1).sort((a, b) => a - b)).toEqual(items);
  });
});
