import { LineCounter, type Document, type YAMLError } from 'yaml';
import { parseText, wrongLines } from './yaml-lines';
import { brokenAliases, longQuote, openBracket, openQuote, secondKeys, type SecondKey } from './yaml-search';

/** A problem in words that need no knowledge of YAML's grammar, and the offset that a reader would look at. */
export interface YamlProblem {
  readonly offset: number;
  readonly rule: 'definition-file' | 'syntax' | 'duplicate-key';
  readonly message: string;
}

/**
 * The problems of a document that a reader has to solve: one per line, because the parser reports what follows from a
 * mistake as further mistakes.
 */
export function yamlProblems(document: Document, text: string): YamlProblem[] {
  if (document.errors.length === 0) return problemsOf(document, text);
  const { wrong, repaired } = wrongLines(text);
  if (wrong.length === 0) return problemsOf(document, text);
  const lines = text.split('\n');
  const starts = counterOf(text).lineStarts;
  const found = wrong.map(({ line, tab }): YamlProblem => {
    const own = lines[line] ?? '';
    const offset = (starts[line] ?? 0) + (tab ? own.indexOf('\t') : own.search(/\S/));
    return { offset, rule: 'syntax', message: lineMessage(own, tab) };
  });
  // What is left is told where it stands in the text as written.
  const now = counterOf(repaired);
  const repairedLines = repaired.split('\n');
  const moved = (offset: number): number => {
    const { line, col } = now.linePos(offset);
    const longer = (lines[line - 1] ?? '').length - (repairedLines[line - 1] ?? '').length;
    return (starts[line - 1] ?? 0) + Math.max(0, col - 1 + longer);
  };
  const rest = problemsOf(parseText(repaired), repaired).map((one) => ({
    ...one,
    offset: moved(one.offset),
  }));
  return [...found, ...rest].sort((a, b) => a.offset - b.offset);
}

const NOT_ALIGNED = 'this line is not aligned with the ones around it; give it their indentation';

function lineMessage(line: string, tab: boolean): string {
  if (/^\s*-[^\s-]/.test(line)) return 'no space after "-"; write "- "';
  return tab ? 'a tab in the indentation; indent with spaces' : NOT_ALIGNED;
}

function problemsOf(document: Document, text: string): YamlProblem[] {
  const { errors, warnings } = document;
  const quote = longQuote(document, text);
  if (quote !== undefined) return [{ offset: quote, rule: 'syntax', message: NOT_CLOSED }];
  const context = contextOf(document, text);
  const found = [...errors, ...warnings].filter((e) => !isEcho(e, context)).map((e) => explain(e, context));
  const lineOf = ({ offset }: YamlProblem) => text.lastIndexOf('\n', offset - 1);
  const lines = new Set<number>();
  const aliases = brokenAliases(document).map(({ offset, inside }): YamlProblem => {
    const message = inside
      ? 'this alias stands inside the value that it refers to; write the value out'
      : 'a value that starts with "*" is a YAML alias, and nothing above has this name; put it in quotes';
    return { offset, rule: 'syntax', message };
  });
  const twice = secondKeys(document).map((one) => setTwice(one, context));
  return [...found, ...twice, ...aliases]
    .sort((a, b) => a.offset - b.offset)
    .filter((problem) => {
      if (problem.rule === 'duplicate-key') return true;
      const first = !lines.has(lineOf(problem));
      lines.add(lineOf(problem));
      return first;
    });
}

/** What an error is compared with, looked up once for all of them. */
interface Context {
  readonly document: Document;
  readonly text: string;
  readonly lines: LineCounter;
  /** Ends of the keys over several lines, by their offset. */
  readonly swallowing: ReadonlyMap<number, number>;
  /** Offsets of values that hold a block, and of quotes that are never closed. */
  readonly blocks: ReadonlySet<number>;
  readonly quotes: ReadonlySet<number>;
  readonly hasDirective: boolean;
}

function counterOf(text: string): LineCounter {
  const lines = new LineCounter();
  for (let at = 0; at !== 0 || lines.lineStarts.length === 0; at = text.indexOf('\n', at) + 1)
    lines.addNewLine(at);
  return lines;
}

function contextOf(document: Document, text: string): Context {
  const { errors, warnings } = document;
  const lines = counterOf(text);
  const offsets = (of: (error: YAMLError) => boolean) => new Set(errors.filter(of).map(({ pos }) => pos[0]));
  return {
    document,
    text,
    lines,
    swallowing: new Map(
      errors
        .filter(({ code }) => code === 'MULTILINE_IMPLICIT_KEY')
        .map(({ pos }) => pos)
        .reverse(),
    ),
    blocks: offsets(({ code }) => code === 'BLOCK_AS_IMPLICIT_KEY'),
    quotes: offsets(isOpenQuote),
    hasDirective: warnings.some(({ code }) => code === 'BAD_DIRECTIVE'),
  };
}

/** Told a second time, less clearly: about a line that is indented too deep, or that begins with "%". */
const isEcho = ({ code, message, pos }: YAMLError, { blocks, quotes, hasDirective }: Context): boolean =>
  (code === 'MULTILINE_IMPLICIT_KEY' && blocks.has(pos[0])) ||
  (message.startsWith('Missing directives-end') && hasDirective) ||
  // A quote that is never closed swallows the bracket.
  (code === 'BAD_INDENT' && quotes.has(pos[0]));

const isOpenQuote = ({ code, message }: YAMLError): boolean =>
  code === 'MISSING_CHAR' && message.startsWith('Missing closing');

const NOT_CLOSED = 'this quote is never closed; close it';

function setTwice({ key, offset, first }: SecondKey, { lines }: Context): YamlProblem {
  if (key.startsWith('-')) return { offset, rule: 'syntax', message: 'no space after "-"; write "- "' };
  const message = `"${key}" is already set in line ${lines.linePos(first).line}; remove one of the two`;
  return { offset, rule: 'duplicate-key', message };
}

function explain({ code, message, pos }: YAMLError, { document, text, swallowing }: Context): YamlProblem {
  const [start, end] = pos;
  const syntax = (what: string, offset = start): YamlProblem => ({ offset, rule: 'syntax', message: what });
  const misaligned = (from: number): YamlProblem => {
    const offset = from + (/^[ \t]*/.exec(text.slice(from))?.[0].length ?? 0);
    if (/^-[^\s-]/.test(text.slice(offset))) return syntax('no space after "-"; write "- "', offset);
    return syntax(NOT_ALIGNED, offset);
  };
  switch (code) {
    case 'TAB_AS_INDENT':
      return syntax('a tab in the indentation; indent with spaces');
    case 'MULTIPLE_DOCS':
      return syntax('a second document starts here; keep one cluster per file');
    case 'BAD_SCALAR_START':
      return syntax(`a value cannot start with "${text[start]}"; put it in quotes`);
    case 'BAD_DQ_ESCAPE':
      return syntax('unknown escape after "\\" in double quotes; use single quotes');
    case 'BAD_DIRECTIVE':
      return syntax('a line cannot start with "%"; put the text in quotes');
    case 'TAG_RESOLVE_FAILED':
      return syntax('a value cannot start with "!", which is a YAML tag; put it in quotes');
    case 'BLOCK_IN_FLOW':
      return syntax('no comma between two entries of { } or [ ]; separate them with commas');
    case 'UNEXPECTED_TOKEN':
      if (message.includes('at node end'))
        return syntax('text after the end of the value; quote the whole value');
      return syntax(`"${text[start]}" has nothing to close or to separate here; remove it`);
    case 'BAD_INDENT':
      if (message.startsWith('Flow')) {
        const open = openBracket(document, text, start);
        return syntax(`"${text[open]}" is never closed; add the "${text[open] === '[' ? ']' : '}'}"`, open);
      }
      return misaligned(start);
    case 'BLOCK_AS_IMPLICIT_KEY': {
      // The value swallowed the next line because that is indented deeper: that line is the mistake, not the value.
      const swallowed = swallowing.get(start);
      if (swallowed !== undefined) return misaligned(text.lastIndexOf('\n', swallowed) + 1);
      if (message.includes('sequence')) return misaligned(start);
      return syntax('a second ": " in one value; put the value in quotes');
    }
    case 'MULTILINE_IMPLICIT_KEY':
      return syntax('no ": " after the key; write key: value');
    case 'MISSING_CHAR':
      if (message.startsWith('Missing closing')) return syntax(NOT_CLOSED, openQuote(document, text, start));
      if (message.startsWith('Implicit map keys')) return syntax('no ": " after the key; write key: value');
      if (message.startsWith('Sequence item')) return misaligned(start);
      if (message.startsWith('Comments'))
        return syntax('a "#" after a value; put a space before it, or quote the value');
      if (message.startsWith('Missing ,'))
        return syntax('no comma between two entries of { } or [ ]; separate them with commas');
      break;
    default:
  }
  // The parser quotes the text it stumbles over, which may be a secret.
  const plain = message
    .replace(/\s+/g, ' ')
    .replace(/:? ".*$/, '')
    .replace(/[.:]$/, '');
  return syntax(`${plain}; correct the YAML here`, Math.min(start, end));
}
