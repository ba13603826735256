/** No definition is nested so deep. Parsers recurse into brackets, and a text of nothing else ends the process. */
const MOST = 200;

/** Texts in quotes and comments, whose brackets mean nothing; brackets; list items in list items on one line. */
const YAML = /"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|#[^\n]*|\/\/[^\n]*|[[{]|[\]}]|(?:- ){200}/g;
/** The same for HCL, where a text with `${…}` is nested too, and an apostrophe is no quote. */
const HCL = /"(?:[^"\\\n$%]|\\.|[$%](?!\{))*"|#[^\n]*|\/\/[^\n]*|[[{(]|[\]})]/g;

/** Where a text is nested deeper than any parser should follow; `undefined` if it is not. */
export function tooDeepAt(
  text: string,
  format: 'yaml' | 'hcl' = 'yaml',
): { readonly line: number; readonly column: number } | undefined {
  let depth = 0;
  for (const { 0: sign, index } of text.matchAll(format === 'yaml' ? YAML : HCL)) {
    if ('[{('.includes(sign)) depth++;
    else if (']})'.includes(sign)) depth--;
    if (depth > MOST || sign.startsWith('- ')) return placeOf(text, index);
  }
  return undefined;
}

function placeOf(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 };
}

/** What a person is told at that place. */
export const TOO_DEEP = `nested deeper than ${MOST} levels; remove it`;
