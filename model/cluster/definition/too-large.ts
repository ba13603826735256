import { Lexer } from 'yaml';

/** Keys, values, brackets and commas: a hundred thousand nodes with seven keys each. */
const MOST = 3_000_000;

/** The HCL parser takes many times as long: fifteen thousand nodes. */
const MOST_HCL = 300_000;

/** Marks that the lexer itself puts before documents and values. */
const MARKS: readonly string[] = ['\u0002', '\u0018', '\u001f'];

const isPart = (token: string): boolean =>
  !MARKS.includes(token) && !token.startsWith('#') && token.trim() !== '';

/**
 * What is wrong with a YAML text that holds too much to be parsed: the parser makes several objects of each key, which is more
 * than any memory long before a file is large. Counted from its tokens, one at a time.
 */
export function tooManyParts(text: string, most = MOST): string | undefined {
  if (text.length <= most) return undefined;
  let parts = 0;
  for (const token of new Lexer().lex(text)) {
    if (isPart(token)) parts++;
    if (parts > most) return tooMany(most);
  }
  return undefined;
}

/** Comments; texts in quotes, words and numbers, signs. */
const HCL = /(?:#|\/\/)[^\n]*|"(?:[^"\\\n]|\\.)*"|[\w.-]+|\S/g;

/** The same of the text of a tfvars file. */
export function tooManyVariables(text: string, most = MOST_HCL): string | undefined {
  if (text.length <= most) return undefined;
  let parts = 0;
  for (const [token] of text.matchAll(HCL)) {
    if (!token.startsWith('#') && !token.startsWith('//')) parts++;
    if (parts > most) return tooMany(most);
  }
  return undefined;
}

const tooMany = (most: number): string =>
  `has more than ${most.toLocaleString('en-US')} keys, values and signs; write nodes as node_pools, or split the cluster`;
