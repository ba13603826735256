import { parseYaml } from '../../../model/cluster/definition/yaml';
import { parseStarter } from '../../../model/migrate/starter';

const N = 20_000;

describe('a text that is nested without end', () => {
  it.each([
    ['brackets', `a: ${'['.repeat(N)}${']'.repeat(N)}\n`, 1, 204],
    ['braces', `${'{a: '.repeat(N)}1${'}'.repeat(N)}\n`, 1, 801],
    ['items of items', `a: 1\nb:\n  ${'- '.repeat(N)}x\n`, 3, 3],
  ])('of %s is refused where it gets too deep, before it is parsed', (_, text, line, column) => {
    expect(parseYaml('x.yaml', text).diagnostics).toEqual([
      {
        file: 'x.yaml',
        line,
        column,
        severity: 'error',
        rule: 'syntax',
        path: '',
        message: 'nested deeper than 200 levels; remove it',
      },
    ]);
  });

  it.each([
    ['lists', `a = ${'['.repeat(N)}${']'.repeat(N)}\n`],
    ['maps', `a = ${'{a = '.repeat(N)}1${'}'.repeat(N)}\n`],
  ])('of %s in variables is refused too', async (_, text) => {
    const { diagnostics } = await parseStarter('x.tfvars', text);
    expect(diagnostics.map(({ message }) => message)).toContain('nested deeper than 200 levels; remove it');
  });

  it('is not one with brackets in texts and comments only', () => {
    const lines = Array.from({ length: 300 }, (_, i) => `k${i}: "[{" # see [there`);
    expect(parseYaml('x.yaml', `${lines.join('\n')}\n`).diagnostics).toEqual([]);
  });
});
