import { Lexer } from 'yaml';

/** Keys, values, brackets and commas: a hundred thousand nodes with seven keys each. */
const MAX_PARTS = 3_000_000;

/** Marks that the lexer itself puts before documents and values. */
const MARKS: readonly string[] = ['\u0002', '\u0018', '\u001f'];

const isPart = (token: string): boolean =>
  !MARKS.includes(token) && !token.startsWith('#') && token.trim() !== '';

/**
 * What is wrong with a text that holds too much to be parsed: the parser makes several objects of each key, which is more
 * than any memory long before a file is large. Counted from its tokens, one at a time.
 */
export function tooManyParts(text: string, most = MAX_PARTS): string | undefined {
  if (text.length <= most) return undefined;
  let parts = 0;
  for (const token of new Lexer().lex(text)) {
    if (isPart(token)) parts++;
    if (parts > most)
      return `has more than ${most.toLocaleString('en-US')} keys, values and signs; write nodes as node_pools, or split the cluster`;
  }
  return undefined;
}
