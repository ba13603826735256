import fc from 'fast-check';
import { parseJsonStream } from '../../../model/support/json-stream';

describe('parseJsonStream', () => {
  it.each([
    ['nothing', '', []],
    ['white space only', ' \n\t', []],
    ['one object', '{"a": {"b": []}}', [{ a: { b: [] } }]],
    ['objects without anything between them', '{"a":1}{"b":2}', [{ a: 1 }, { b: 2 }]],
    ['objects over lines', '{\n  "a": 1\n}\n{\n  "b": 2\n}\n', [{ a: 1 }, { b: 2 }]],
    ['braces in strings', '{"a":"}{"}{"b":"{"}', [{ a: '}{' }, { b: '{' }]],
    [
      'quotes and backslashes in strings',
      String.raw`{"a":"\"}{\\"}{"b":"\\\""}`,
      [{ a: '"}{\\' }, { b: '\\"' }],
    ],
  ])('reads %s', (_, text, values) => {
    expect(parseJsonStream(text)).toEqual({ values });
  });

  it.each([
    ['a cut object', '{"a":1}{"b":{', 'the output ends in the middle of object 2'],
    ['a cut string', '{"a":1}{"b":"x}', 'the output ends in the middle of object 2'],
    ['a table', 'NAMESPACE  TYPE\n', 'no JSON object at place 1'],
    ['an array', '[{"a":1}]', 'no JSON object at place 1'],
    ['text after an object', '{"a":1} oops', 'no JSON object at place 2'],
    ['broken JSON', '{"a":}', 'object 1 is not JSON'],
  ])('tells of %s', (_, text, problem) => {
    expect(parseJsonStream(text).problem).toBe(problem);
  });

  it('gives back any objects, however they are printed', () => {
    fc.assert(
      fc.property(
        fc.array(fc.dictionary(fc.string(), fc.jsonValue())),
        fc.constantFrom(undefined, 1, 4),
        fc.constantFrom('', '\n', '\r\n \t'),
        (objects, indent, between) => {
          const texts = objects.map((object) => JSON.stringify(object, null, indent));
          expect(parseJsonStream(texts.join(between))).toEqual({
            values: texts.map((text) => JSON.parse(text) as unknown),
          });
        },
      ),
    );
  });
});
