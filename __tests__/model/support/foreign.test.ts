import fc from 'fast-check';
import { fileProblem, formatDiagnostic } from '../../../model/diagnostics/diagnostics';
import { oneLine, oneLined, Printable } from '../../../model/support/foreign';
import { stableJson } from '../../../scripts/lib/platform/json';

/** What does something instead of being read. */
const POWER = [
  '\n',
  '\r',
  '\t',
  '\0',
  '\u0007',
  '\u001b[2J',
  '\u009b',
  '\u2028',
  '\u202e',
  '\u2066',
  '\ud800',
];
const FOREIGN = fc
  .array(fc.oneof(fc.constantFrom(...POWER, '::error file=a::', '##[error]', ' ', 'a'), fc.string()), {
    maxLength: 8,
  })
  .map((parts) => parts.join(''));
const RUNS = { numRuns: 500, seed: 12 };

describe('foreign text within a line', () => {
  it.each([
    ['plain, with ü, 漢 and 🛑', 'plain, with ü, 漢 and 🛑'],
    ['a\n::error file=x::b\r', 'a\\n::error file=x::b\\r'],
    ['\u001b[31m\u202e', '\\u001b[31m\\u202e'],
    ['\ud800', '\\ud800'],
  ])('%j is shown as %j', (text, shown) => {
    expect(oneLine(text)).toBe(shown);
  });

  it('makes no line and reaches no terminal', () => {
    fc.assert(
      fc.property(FOREIGN, (text) => {
        const line = formatDiagnostic({ ...fileProblem(text, text), path: text });
        expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      }),
      RUNS,
    );
  });

  it('is found in keys and values of any depth', () => {
    expect(oneLined({ 'a\n': ['b\r', { c: 1, d: null }] })).toEqual({ 'a\\n': ['b\\r', { c: 1, d: null }] });
  });
});

describe('a whole output', () => {
  const shown = (...pieces: readonly string[]): string => {
    const printable = new Printable();
    return pieces.map((piece) => printable.of(piece)).join('');
  };

  it('keeps its lines and our colours', () => {
    const text = 'a\n\tb \u001b[1m\u001b[31mred\u001b[39m\u001b[22m\n\nc';
    expect(shown(text)).toBe(text);
  });

  it.each([
    ['::error file=a::b\n', '\\::error file=a::b\n'],
    ['a\n  ::stop-commands::x', 'a\n  \\::stop-commands::x'],
    ['a ##[error]b', 'a #\\#[error]b'],
    ['a\r::error::b', 'a\\r::error::b'],
    ['address ::1, a::b', 'address ::1, a::b'],
    ['\u001b[2J\u001b]0;title\u0007\u001b[8m', '\\u001b[2J\\u001b]0;title\\u0007\\u001b[8m'],
  ])('%j is shown as %j', (text, expected) => {
    expect(shown(text)).toBe(expected);
  });

  it('commands nothing, however it is cut', () => {
    fc.assert(
      fc.property(fc.array(FOREIGN, { maxLength: 6 }), (pieces) => {
        const text = shown(...pieces);
        expect(text).not.toMatch(/^\s*::/m);
        expect(text.replace(/\u001b\[[0-9]+m/g, '')).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
      }),
      RUNS,
    );
    expect(shown('\n:', ':error::x')).toBe('\n:\\:error::x');
  });
});

it('JSON says the same whatever is in it, and nothing else obeys it', () => {
  fc.assert(
    fc.property(FOREIGN, (text) => {
      const json = stableJson({ [text]: text });
      expect(JSON.parse(json)).toEqual({ [text]: text });
      expect(json.trim()).not.toMatch(/^\s*::|##\[|[\u007f-\u009f]|[\p{Cf}\p{Zl}\p{Zp}]/mu);
    }),
    RUNS,
  );
});
