/**
 * One text as the image factory writes it into a schematic, whose id is a hash of the very bytes.
 *
 * @param indent spaces before the further lines of a block
 */
export function scalar(text: string, indent: number): string {
  // In a block a tab is nothing special.
  if (text.includes('\n') && !needsEscapes(text.replaceAll('\t', ''))) return block(text, indent);
  if (needsEscapes(text) || isNoText(text)) return escapedText(text);
  return needsQuotes(text) ? `'${text.replaceAll("'", "''")}'` : text;
}

/** What has no other form than escapes: control characters, those beyond the basic plane, and spaces before the end of a line. */
const needsEscapes = (text: string): boolean =>
  /[\u0000-\u0009\u000b-\u001f\u007f-\u0084\u0086-\u009f\u2028\u2029\ufeff]|[\ud800-\udfff]/.test(text) ||
  (text.includes('\n') && / \n/.test(text));

/** What a reader of YAML would take for something else: nothing, a boolean, a number, a date, or a number to base 60. */
function isNoText(text: string): boolean {
  return (
    /^(?:|~|null|Null|NULL)$/.test(text) ||
    /^(?:y|n|yes|no|on|off|true|false)$/i.test(text) ||
    /^[-+]?(?:0b[01_]+|0o?[0-7_]+|0x[0-9a-f_]+|[0-9][0-9_]*)$/i.test(text) ||
    /^[-+]?(?:\.[0-9]+|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:e[-+]?[0-9]+)?$/i.test(text) ||
    /^[-+]?\.inf$|^\.nan$/i.test(text) ||
    /^\d{4}-\d{1,2}-\d{1,2}(?:$|[Tt ]\d)/.test(text) ||
    /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/.test(text)
  );
}

/** What would begin something else, or end, without quotes. */
const needsQuotes = (text: string): boolean =>
  /^[[\]{},#&*!|>'"%@`]/.test(text) ||
  /^[-?](?: |$)/.test(text) ||
  /^(?:---|\.\.\.)(?:\s|$)/.test(text) ||
  /^ | $/.test(text) ||
  /: |:$| #/.test(text);

const ESCAPES: Readonly<Record<string, string>> = {
  '\0': '\\0', '\x07': '\\a', '\b': '\\b', '\t': '\\t', '\n': '\\n', '\v': '\\v', '\f': '\\f', '\r': '\\r', '\x1b': '\\e',
  '"': '\\"', '\\': '\\\\', '\x85': '\\N', '\u2028': '\\L', '\u2029': '\\P', '\ufeff': '\\uFEFF',
}; // prettier-ignore

function escapedText(text: string): string {
  const escaped = Array.from(text).map((sign) => {
    const known = ESCAPES[sign];
    if (known !== undefined) return known;
    const code = sign.codePointAt(0) ?? 0;
    if (code > 0xffff) return `\\U${hex(code, 8)}`;
    return code < 0x20 || (code >= 0x7f && code < 0xa0) ? `\\x${hex(code, 2)}` : sign;
  });
  return `"${escaped.join('')}"`;
}

const hex = (code: number, length: number): string => code.toString(16).toUpperCase().padStart(length, '0');

/** Several lines as they are. */
function block(text: string, indent: number): string {
  const ends = /\n*$/.exec(text)?.[0].length ?? 0;
  const chomp = ends === 0 ? '-' : ends > 1 ? '+' : '';
  const lines = text.replace(/\n$/, '').split('\n');
  const pad = ' '.repeat(indent);
  const body = lines.map((line) => (line === '' ? '' : pad + line)).join('\n');
  return `|${/^[ \n]/.test(text) ? '4' : ''}${chomp}\n${body}`;
}
