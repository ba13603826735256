/**
 * What Terraform would evaluate in a text of its JSON: the code within `${}` and `%{}`, without what stands in quotes there. Templates in
 * quotes are code again, to any depth.
 */
export function aliveCode(text: string): string {
  let code = '';
  let at = 0;
  /** Reads a template up to `end`, or to the end of the text. */
  const template = (end: '"' | undefined): void => {
    while (at < text.length) {
      const two = text.slice(at, at + 2);
      if (end !== undefined && text[at] === end) return;
      if (end !== undefined && text[at] === '\\') at += 2;
      else if (/^[$%]{2}\{/.test(text.slice(at, at + 3))) at += 3;
      else if (two === '${' || two === '%{') {
        at += 2;
        expression();
      } else at += 1;
    }
  };
  const expression = (): void => {
    let depth = 0;
    while (at < text.length) {
      const char = text[at] ?? '';
      if (char === '"') {
        at += 1;
        template('"');
        at += 1;
        continue;
      }
      if (char === '{') depth += 1;
      if (char === '}' && depth-- === 0) {
        at += 1;
        return;
      }
      code += char;
      at += 1;
    }
  };
  template(undefined);
  return code;
}

/** All texts in a value, keys too, without the comments of cdktf. */
export function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    key === '//' ? [] : [...(Array.isArray(value) ? [] : [key]), ...textsIn(item)],
  );
}

/** Names of the elements of a page, in order: what a text must not change. */
export const elementsOf = (html: string): string[] =>
  (html.match(/<\/?[a-z!][^\s>/]*/gi) ?? []).map((tag) => tag.toLowerCase());

/** Maps, lists and plain values, whatever is in them: what a text must not change. */
export function shapeOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(shapeOf).sort().join()}]`;
  if (typeof value !== 'object' || value === null) return typeof value;
  return `{${Object.values(value).map(shapeOf).sort().join()}}`;
}
