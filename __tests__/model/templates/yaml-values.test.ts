import fc from 'fast-check';
import { parse } from 'yaml';
import { YamlValues } from '../../../model/templates/yaml-values';

const HOSTILE = [
  '', ' ', 'null', '~', 'true', 'no', 'off', 'y', '1.10', '0777', '0o7', '0x10', '1e3', '.inf', '12:30', '2024-01-01', '<<',
  'a: b', 'a #b', '- a', '? a', '"', "'", '\\', 'a\nb', '\ttab', 'trailing ', '---', '...', '{{x}}', '${x}', '%{x}', '&a',
  '*a', '!tag', '|', '>', '@', '`', 'é', '\u{1F642}', '\u0085', '\u2028', '\uFEFF', '\u0000', '\u007F', '\uE0000\uE001',
  '\uE0021:1\uE003', '__proto__', 'constructor', '[a', '{a', ', ',
]; // prettier-ignore

/** YAML cannot hold half of a character. */
const text = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary' }),
);
const key = text.filter((name) => name !== '__proto__');
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    text,
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(key, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
}));

/** A value written and read back in two ways: by a YAML reader, and from the tree with holes. */
function roundTrip(write: (values: YamlValues) => string): { read: unknown; filled: unknown } {
  const values = new YamlValues();
  const holes = `value:\n  ${write(values)}\n`;
  return {
    read: (parse(values.fillText(holes), { version: '1.2' }) as { value: unknown }).value,
    filled: (values.fillTree(parse(holes))?.value as { value: unknown } | undefined)?.value,
  };
}

describe('values in YAML', () => {
  it.each(HOSTILE)('%j stays what it is, as value and as key', (hostile) => {
    const { read } = roundTrip((values) => values.block({ [hostile]: [hostile] }, 2));
    expect(Object.entries(read as object)).toEqual([[hostile, [hostile]]]);
  });

  it('any value is read back as it was written, in blocks', () => {
    fc.assert(
      fc.property(value, (written) => {
        const { read, filled } = roundTrip((values) => values.block(written, 2));
        expect(read).toEqual(written);
        if (filled !== undefined) expect(filled).toEqual(written);
      }),
      { numRuns: 500 },
    );
  });

  it('any value is read back as it was written, in one line', () => {
    fc.assert(
      fc.property(value, (written) => {
        const { read, filled } = roundTrip((values) => values.json(written));
        expect({ read, filled }).toEqual({ read: written, filled: written });
      }),
      { numRuns: 500 },
    );
  });

  it('looks the same whatever the values are, until they are filled in', () => {
    const holes = (text: string) => new YamlValues().block({ a: text, b: [text] }, 0);
    expect(holes('x: y\n# z')).toBe(holes('plain'));
  });

  it('does not fill a tree whose holes are parts of texts', () => {
    const values = new YamlValues();
    expect(values.fillTree(parse(`a: b-${values.block('x', 0)}`))).toBeUndefined();
  });

  it('refuses what YAML cannot hold', () => {
    expect(() => new YamlValues().block({ a: undefined }, 0)).toThrow(
      'the value is undefined, which YAML cannot hold',
    );
    expect(() => new YamlValues().block(NaN, 0)).toThrow('the value is number, which YAML cannot hold');
  });
});
