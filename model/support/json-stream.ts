import { parseJson } from '../support/json';

/** Values of a stream of JSON objects, and what is wrong with its rest. */
export interface JsonStream {
  readonly values: readonly unknown[];
  /** Absent for a whole stream, also for an empty one. */
  readonly problem?: string;
}

// Character codes: comparing numbers is several times faster than comparing one-letter strings.
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/**
 * Reads JSON objects that follow each other without commas, as omnictl prints them. Line breaks mean nothing, braces in
 * strings neither. Anything between the objects other than white space is a problem.
 */
export function parseJsonStream(text: string): JsonStream {
  const values: unknown[] = [];
  let at = skipSpace(text, 0);
  while (at < text.length) {
    const number = values.length + 1;
    if (text.charCodeAt(at) !== OPEN) return { values, problem: `no JSON object at place ${number}` };
    const end = objectEnd(text, at);
    if (end === undefined) return { values, problem: `the output ends in the middle of object ${number}` };
    const json = parseJson(text.slice(at, end));
    if ('problem' in json) return { values, problem: `object ${number} ${json.problem}` };
    values.push(json.value);
    at = skipSpace(text, end);
  }
  return { values };
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && ' \t\r\n'.includes(text.charAt(at))) at++;
  return at;
}

/** The place after the brace that closes the object opened at `start`. */
function objectEnd(text: string, start: number): number | undefined {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === OPEN) depth++;
    else if (code === CLOSE && --depth === 0) return at + 1;
    else if (code === QUOTE) {
      const quote = stringEnd(text, at);
      if (quote === undefined) return undefined;
      at = quote;
    }
  }
  return undefined;
}

/** The place of the quote that closes the string opened at `start`. */
function stringEnd(text: string, start: number): number | undefined {
  for (let at = text.indexOf('"', start + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(at - 1 - backslashes) === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return at;
  }
  return undefined;
}
