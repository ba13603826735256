import { closest, distance as editDistance } from 'fastest-levenshtein';

/**
 * Makes foreign text safe inside Terraform JSON, where `${` and `%{` in any string start a template. `Fn.rawString` of
 * cdktf leaves `%{` alone.
 */
export function escapeTemplate(text: string): string {
  return text.replace(/([$%])\{/g, '$1$1{');
}

/** Whether a text anywhere in a value, or a key, starts a template, or looks like a reference of cdktf, which it would put a template for. */
export function holdsTemplate(value: unknown): boolean {
  if (typeof value === 'string') return escapeTemplate(value) !== value || value.includes('{TfToken[');
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([key, item]) => escapeTemplate(key) !== key || holdsTemplate(item));
}

/** Among more names one is always near, and comparing them with each of many takes minutes. */
const MOST_NAMES = 500;

/** The known name nearest to what was written, if one is near enough to be meant. */
export function nearest(written: string, known: readonly string[]): string | undefined {
  if (known.length === 0 || known.length > MOST_NAMES) return undefined;
  const best = closest(written, [...known]);
  const distance = editDistance(written.toLowerCase(), best.toLowerCase());
  return distance <= Math.max(1, Math.floor(written.length / 3)) ? best : undefined;
}

/** The known names that were perhaps meant, the nearest first: by few other letters, or by what they begin with. */
export function nearestNames(written: string, known: readonly string[], most = 3): string[] {
  const word = written.toLowerCase();
  return known
    .map((name) => ({ name, far: name.startsWith(word) ? 0 : editDistance(word, name.toLowerCase()) }))
    .filter(({ far }) => far <= Math.max(1, Math.floor(word.length / 3)))
    .sort((a, b) => a.far - b.far || byBytes(a.name, b.name))
    .slice(0, most)
    .map(({ name }) => name);
}

/** `; did you mean "x"?` or nothing. */
export function didYouMean(written: string, known: readonly string[]): string {
  const name = nearest(written, known);
  return name === undefined ? '' : `; did you mean "${name}"?`;
}

/** `a, b, c`, or `none`. */
export const list = (items: Iterable<string>): string => [...items].join(', ') || 'none';

/** Byte order, the same on every machine, unlike `localeCompare`. */
export const byBytes = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** `v1.11.5` also where somebody wrote `1.11.5`. */
export const withV = (version: string): string => (/^\d/.test(version) ? `v${version}` : version);

/** `1 node`, `3 nodes`. */
export const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`;

/** `a, b, c and 7 more`: names for a line of text. */
export function some(names: readonly string[], most = 8): string {
  if (names.length <= most) return names.join(', ');
  return `${names.slice(0, most - 1).join(', ')} and ${names.length - most + 1} more`;
}
