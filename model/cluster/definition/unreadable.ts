import type { Path } from '../../diagnostics/source';

/** Deeper than any definition, and shallow enough for whatever walks it. */
const MAX_DEPTH = 60;

/** Half of a pair that stands for one character: no program after us can write it. */
const HALF = /\p{Cs}/u;

/** A part of a value that nothing can be made of. */
export interface Unreadable {
  readonly path: Path;
  readonly message: string;
}

/** What is in a value that no rule and no renderer could take: halves of characters, and nesting without end. */
export function unreadableIn(value: unknown): Unreadable[] {
  const found: Unreadable[] = [];
  const path: (string | number)[] = [];
  const visit = (one: unknown): void => {
    if (typeof one === 'string') {
      if (HALF.test(one))
        found.push({ path: [...path], message: `${HALF_TEXT}; write the character itself` });
      return;
    }
    if (typeof one !== 'object' || one === null) return;
    if (path.length >= MAX_DEPTH) {
      found.push({ path: [...path], message: `nested deeper than ${MAX_DEPTH} levels; remove it` });
      return;
    }
    for (const [key, item] of Object.entries(one) as [string, unknown][]) {
      path.push(Array.isArray(one) ? Number(key) : key);
      if (HALF.test(key)) found.push({ path: [...path], message: `${HALF_TEXT} in the key; rename it` });
      else visit(item);
      path.pop();
    }
  };
  visit(value);
  return found;
}

const HALF_TEXT = 'half of a character (a surrogate of UTF-16)';

/** A copy to take parts out of; what is nested without end is left out. */
export function copyOf(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth > MAX_DEPTH) return undefined;
  if (Array.isArray(value)) return value.map((item) => copyOf(item, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copyOf(item, depth + 1)]));
}
