import { parseDocument, type Document, type LineCounter } from 'yaml';

/** How a definition is parsed, everywhere. The parser would compare each key with all before it: `secondKeys` finds those. */
export const parseText = (text: string, lineCounter?: LineCounter): Document =>
  parseDocument(text, {
    prettyErrors: false,
    merge: true,
    uniqueKeys: false,
    ...(lineCounter ? { lineCounter } : {}),
  });

/** Looks like a space and is none for YAML; a mark at the very beginning of a text is no part of it. */
const LIKE_SPACE = /[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/g;

/** The indentation of a key or an item with such a sign in it. */
const INDENTED = new RegExp(
  `^[ \\t]*${LIKE_SPACE.source}(?:[ \\t]|${LIKE_SPACE.source})*(?=- |[\\w"'-][^\\n]*:(?:\\s|$))`,
  'gm',
);

/**
 * A text as it was meant: with spaces where an indentation has what only looks like one, as text from a page in the browser does, and
 * with line ends that the parser knows. All stays at its offset.
 *
 * @returns also the offsets of the indentations that are replaced
 */
export function asMeant(text: string): { readonly text: string; readonly replaced: readonly number[] } {
  const replaced: number[] = [];
  const meant = text.replace(/\r(?!\n)/g, '\n').replace(INDENTED, (indent: string, at: number) => {
    replaced.push(at);
    return indent.replace(LIKE_SPACE, ' ');
  });
  return { text: meant, replaced };
}

/** Lines that are repaired in one text: whoever has more of them sees the rest in the next run. */
const MOST = 20;

/** Above this size, a text is not parsed again and again; below it, the less often the larger it is. */
const LARGE = 200_000;

/** Characters of all lines' repairs together. */
const MOST_TEXT = 250_000;

/** A line whose indentation is the mistake, from 0. */
export interface WrongLine {
  readonly line: number;
  readonly tab: boolean;
}

/**
 * Finds the lines whose indentation is wrong, by giving each that of a line around it: what was only told because of it is gone
 * then. Every other line stays where it is, so that positions in the repaired text are those of the text.
 */
export function wrongLines(text: string): {
  readonly wrong: readonly WrongLine[];
  readonly repaired: string;
} {
  const wrong: WrongLine[] = [];
  let repaired = text;
  if (text.length > LARGE) return { wrong, repaired };
  let errors = structural(repaired);
  while (errors.length > 0 && wrong.length < MOST && wrong.length * text.length < MOST_TEXT) {
    const better = repair(repaired, errors);
    if (!better) break;
    wrong.push(better.wrong);
    ({ text: repaired, errors } = better);
  }
  return { wrong, repaired };
}

type Errors = readonly { readonly code: string; readonly offset: number }[];

const structural = (text: string): Errors =>
  parseText(text).errors.map(({ code, pos }) => ({ code, offset: pos[0] }));

/** Mistakes that an indentation makes. */
const INDENTATION = [
  'BAD_INDENT',
  'TAB_AS_INDENT',
  'BLOCK_AS_IMPLICIT_KEY',
  'MULTILINE_IMPLICIT_KEY',
  'MISSING_CHAR',
];

interface Repair {
  readonly wrong: WrongLine;
  readonly text: string;
  readonly errors: Errors;
}

function repair(text: string, errors: Errors): Repair | undefined {
  const [first] = errors;
  if (!first || !INDENTATION.includes(first.code)) return undefined;
  const lines = text.split('\n');
  const at = text.slice(0, first.offset).split('\n').length - 1;
  // A line that is indented too deep is swallowed by the value above, which is where the parser complains.
  const found = [at, at + 1].flatMap((line) =>
    indentations(lines, line).map((indent) => reindented(lines, line, indent)),
  );
  const best = found
    .filter((one) => one.errors.every(({ offset }) => offset > lineEnd(one.text, one.wrong.line)))
    .sort((a, b) => a.errors.length - b.errors.length)[0];
  return best && best.errors.length < errors.length ? best : undefined;
}

/** The indentations around a line, other than its own. */
function indentations(lines: readonly string[], line: number): string[] {
  const own = lines[line];
  if (own === undefined || !isText(own)) return [];
  const around = [lines.slice(0, line).reverse().find(isText), lines.slice(line + 1).find(isText)];
  const indents = around.flatMap((one) => (one === undefined ? [] : [indentOf(one).replaceAll('\t', '')]));
  return [...new Set(indents)].filter((indent) => indent !== indentOf(own));
}

function reindented(lines: readonly string[], line: number, indent: string): Repair {
  const own = lines[line] ?? '';
  const tab = indentOf(own).includes('\t');
  const text = lines.with(line, indent + own.slice(indentOf(own).length)).join('\n');
  return { wrong: { line, tab }, text, errors: structural(text) };
}

const indentOf = (line: string): string => /^[ \t]*/.exec(line)?.[0] ?? '';

const isText = (line: string): boolean => !/^\s*(?:#|$)/.test(line);

const lineEnd = (text: string, line: number): number =>
  text
    .split('\n')
    .slice(0, line + 1)
    .join('\n').length;
