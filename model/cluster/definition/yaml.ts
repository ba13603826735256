import {
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Alias,
  type Document,
  type Node,
  type Pair,
  type YAMLMap,
} from 'yaml';
import type { Path, Source } from '../../diagnostics/source';
import { fileProblem, type Diagnostic } from '../../diagnostics/diagnostics';
import { foreignDocument } from './foreign';
import { tooManyParts } from './too-large';
import { TOO_DEEP, tooDeepAt } from './too-deep';
import { asMeant, parseText } from './yaml-lines';
import { yamlProblems, type YamlProblem } from './yaml-problems';

export interface Parsed {
  readonly source: Source;
  /** The parsed value; undefined if the text could not be parsed. */
  readonly value: unknown;
  readonly diagnostics: readonly Diagnostic[];
}

/** A text that no parser is given. */
function unread(file: string, problem: Diagnostic): Parsed {
  return {
    source: { file, kind: 'yaml', starter: false, locate: () => undefined },
    value: undefined,
    diagnostics: [problem],
  };
}

/** Reads a YAML definition. Syntax errors and duplicate keys become diagnostics with their position. */
export function parseYaml(file: string, text: string): Parsed {
  const deep = tooDeepAt(text);
  if (deep !== undefined) return unread(file, { ...fileProblem(file, TOO_DEEP, 'syntax'), ...deep });
  const large = tooManyParts(text);
  if (large !== undefined) return unread(file, fileProblem(file, large));
  try {
    return parsed(file, text);
  } catch (cause) {
    // Maps in maps on one line, `a: b  a: b  …`, are nested for the parser, and no bracket shows it.
    if (!(cause instanceof RangeError)) throw cause;
    const place = { line: fullestLine(text), column: 1 };
    return unread(file, { ...fileProblem(file, TOO_DEEP, 'syntax'), ...place });
  }
}

const NO_SPACE =
  'the indentation has a sign that looks like a space and is none, e.g. a no-break space; indent with spaces';

/** Number of the line with the most keys. */
function fullestLine(text: string): number {
  const keys = text.split('\n').map((line) => line.split(': ').length);
  return keys.indexOf(keys.reduce((most, one) => Math.max(most, one), 0)) + 1;
}

function parsed(file: string, written: string): Parsed {
  const { text, replaced } = asMeant(written);
  const lines = new LineCounter();
  const document = parseText(text, lines);
  const position = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const problems = foreignProblem(document) ?? yamlProblems(document, text);
  let value: unknown;
  if (problems.every(({ rule }) => rule === 'duplicate-key')) {
    try {
      value = document.toJS();
    } catch {
      // All other reasons for a throw have been found as problems.
      problems.push({ offset: 0, rule: 'syntax', message: 'too many YAML aliases; write the values out' });
    }
  }
  for (const offset of replaced) problems.push({ offset, rule: 'syntax', message: NO_SPACE });
  problems.sort((a, b) => a.offset - b.offset);
  const diagnostics = problems.map(({ offset, rule, message }): Diagnostic => ({
    file,
    ...position(offset),
    severity: 'error',
    rule,
    path: '',
    message,
  }));
  const source: Source = {
    file,
    kind: 'yaml',
    starter: false,
    locate: (path, of = 'value') => position(offsetOf(document, path, of)),
  };
  return { source, value, diagnostics };
}

/** A file of another program has several documents, perhaps, and would be told of that alone. */
function foreignProblem(document: Document): YamlProblem[] | undefined {
  const { errors } = document;
  if (errors.length === 0 || errors.some(({ code }) => code !== 'MULTIPLE_DOCS')) return undefined;
  const foreign = foreignDocument(document.toJS());
  return foreign === undefined
    ? undefined
    : [{ offset: 0, rule: 'definition-file', message: `this is ${foreign}` }];
}

/** Offset of the key or value at a path, or of the nearest thing around it. */
function offsetOf(document: Document, path: Path, of: 'key' | 'value'): number {
  let node: Node | null = document.contents;
  let offset = node?.range?.[0] ?? 0;
  for (const [i, part] of path.entries()) {
    if (isAlias(node)) node = targetOf(node, document);
    if (isMap(node)) {
      const pair = pairOf(node, String(part));
      if (!isPair(pair)) return offset;
      const key = pair.key as Node;
      node = isNode(pair.value) ? pair.value : null;
      const last = i === path.length - 1;
      offset = (last && of === 'key' ? key : (startOf(node) ?? key)).range?.[0] ?? offset;
    } else if (isSeq(node)) {
      const item = node.items[Number(part)];
      if (!isNode(item)) return offset;
      node = item;
      offset = item.range?.[0] ?? offset;
    } else {
      return offset;
    }
  }
  return offset;
}

/** What aliases stand for: the library walks the whole document for each. */
const targets = new WeakMap<Alias, Node | null>();

function targetOf(alias: Alias, document: Document): Node | null {
  const target = targets.get(alias) ?? alias.resolve(document) ?? null;
  targets.set(alias, target);
  return target;
}

/** Pairs of large maps by their key, so that thousands of problems do not search them each time. */
const pairs = new WeakMap<YAMLMap, ReadonlyMap<string, Pair>>();

function pairOf(map: YAMLMap, key: string): Pair | undefined {
  if (map.items.length < 50)
    return map.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === key);
  const known =
    pairs.get(map) ??
    // The first of two with the same key, as in a search.
    new Map(
      map.items
        .flatMap((pair) => (isScalar(pair.key) ? [[String(pair.key.value), pair] as const] : []))
        .reverse(),
    );
  pairs.set(map, known);
  return known.get(key);
}

/** Blocks start on the line below their key, where nobody looks for the problem: point at the key then. */
const startOf = (node: Node | null): Node | undefined =>
  node && (isScalar(node) || isAlias(node) || ((isMap(node) || isSeq(node)) && node.flow)) ? node : undefined;
