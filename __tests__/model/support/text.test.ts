import fc from 'fast-check';
import { didYouMean, escapeTemplate, nearest } from '../../../model/support/text';

/**
 * What Terraform makes of a template: `$${` and `%%{` stand for `${` and `%{`. Checked against `terraform plan` with all
 * texts of up to five characters.
 */
function unescape(template: string): string {
  let text = '';
  for (let i = 0; i < template.length; i++) {
    const rest = template.slice(i);
    if (rest.startsWith('${') || rest.startsWith('%{'))
      throw new Error(`${template} starts a template at ${i}`);
    if (rest.startsWith('$${') || rest.startsWith('%%{')) {
      text += template.slice(i + 1, i + 3);
      i += 2;
    } else text += template.charAt(i);
  }
  return text;
}

describe('escapeTemplate', () => {
  test.each([
    ['plain text, 100% of $5', 'plain text, 100% of $5'],
    ['${a} %{b}', '$${a} %%{b}'],
    ['$${a}', '$$${a}'],
    ['${a${b}}', '$${a$${b}}'],
    ['%${x} $%{y}', '%$${x} $%%{y}'],
    ['', ''],
  ])('%j becomes %j', (text, escaped) => {
    expect(escapeTemplate(text)).toBe(escaped);
  });

  test('gives any text back through Terraform', () => {
    const pieces = fc.oneof(
      fc.constantFrom('$', '%', '{', '}', '"', '\\', '\n', '${', '%{', '$${'),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
        expect(unescape(escapeTemplate(parts.join('')))).toBe(parts.join(''));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('nearest', () => {
  it('guesses among five hundred names, and not among more: one is always near then', () => {
    const names = (n: number): string[] => Array.from({ length: n }, (_, i) => `server-${i}`);
    expect(nearest('servr-77', names(500))).toBe('server-77');
    expect(nearest('servr-77', names(501))).toBeUndefined();
  });

  const known = ['cpu_cores', 'memory_mb', 'name', 'os_disk_size_gb'];

  test.each([
    ['cpu_core', 'cpu_cores'],
    ['CPU_CORES', 'cpu_cores'],
    ['memorymb', 'memory_mb'],
    ['nmae', undefined],
    ['nam', 'name'],
    ['something', undefined],
    ['', undefined],
  ])('of %j is %j', (written, meant) => {
    expect(nearest(written, known)).toBe(meant);
  });

  test('is nothing where nothing is known', () => {
    expect(nearest('name', [])).toBeUndefined();
  });

  test('is the name itself where it is known', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string(), { minLength: 1 }), (names) => {
        expect(nearest(names[0] as string, names)).toBe(names[0]);
      }),
    );
  });
});

test.each([
  ['nam', '; did you mean "name"?'],
  ['unknown', ''],
])('didYouMean(%j) is %j', (written, text) => {
  expect(didYouMean(written, ['name', 'index'])).toBe(text);
});
