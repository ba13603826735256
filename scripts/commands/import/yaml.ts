import { Document, isMap, isScalar, isSeq, Scalar, visit, type Node, type Pair, type YAMLMap } from 'yaml';
import { definitionSchema } from '../../../model/cluster/definition/schema';
import type { Path } from '../../../model/diagnostics/source';
import type { Note } from '../../../model/migrate/starter';
import { SCHEMA_FILE } from '../../lib/project/project';

/** Longest line of a node that stays on one line. */
const MAX_LINE = 140;

/** Comments break before this column. */
const MAX_COMMENT = 110;

// Width 0: no folding, so that a value is on one line and lines change one by one.
const FORMAT = { lineWidth: 0, singleQuote: true, flowCollectionPadding: true } as const;

export interface Comments {
  /** Lines at the top of the file. */
  readonly header: readonly string[];
  readonly notes: readonly Note[];
}

/** Writes a definition as YAML: nodes one per line, each note above what it is about. */
export function definitionYaml(
  definition: Readonly<Record<string, unknown>>,
  { header, notes }: Comments,
): string {
  // One value at two places is written twice: nobody changes one of them and means both.
  const document = new Document(definition, { aliasDuplicateObjects: false });
  const root = document.contents;
  if (!isMap(root)) return String(document);
  quoteLookalikes(document);
  for (const [i, pair] of root.items.entries()) decorate(pair, document, i > 0);
  for (const { path, message } of notes) addComment(nearest(root, path), sentence(message));
  const schema = ` yaml-language-server: $schema=../${SCHEMA_FILE}`;
  document.commentBefore = [schema, '', ...header.flatMap((line) => wrap(line, 0))].join('\n');
  return document.toString(FORMAT);
}

/** `01:00` and some MAC addresses are numbers to base 60 for readers of YAML 1.1. */
function quoteLookalikes(document: Document): void {
  visit(document, {
    Scalar: (_, node) => {
      if (typeof node.value === 'string' && /^\d+(:\d+)+$/.test(node.value)) node.type = Scalar.QUOTE_SINGLE;
    },
  });
}

/** A note as a sentence, unless it starts with a name. */
const sentence = (text: string): string =>
  `${/^[a-z]+ /.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text}.`;

/** Gives a top-level key its purpose as comment, and its value a layout. */
function decorate(pair: Pair, document: Document, spaceBefore: boolean): void {
  const { key, value } = pair;
  if (isScalar(key)) {
    key.spaceBefore = spaceBefore;
    const schema = (definitionSchema.shape as Record<string, { description?: string | undefined }>)[
      String(key.value)
    ];
    if (schema?.description) addComment(key, schema.description);
  }
  layOut(value, document, 0);
}

/** Lists of plain values and nodes go on one line where they fit. */
function layOut(value: unknown, document: Document, depth: number): void {
  if (isSeq(value)) {
    value.flow =
      value.items.every((item) => isScalar(item)) && width(value, document) + 2 * depth <= MAX_COMMENT;
    for (const item of value.items) {
      layOut(item, document, depth + 1);
      if (isMap(item)) item.flow = width(item, document) + 2 * (depth + 1) + 2 <= MAX_LINE;
    }
  } else if (isMap(value)) {
    for (const pair of value.items) layOut(pair.value, document, depth + 1);
  }
}

/** Columns of a node on one line. */
function width(node: Node, document: Document): number {
  const copy = node.clone() as YAMLMap;
  copy.flow = true;
  const alone = new Document(null, { schema: document.schema.name });
  alone.contents = copy;
  return alone.toString(FORMAT).trimEnd().length;
}

/** The key or list item at a path, else the nearest one around it. */
function nearest(root: YAMLMap, path: Path): Node {
  let found: Node = root;
  let node: unknown = root;
  for (const part of path) {
    if (isMap(node) && !node.flow) {
      const pair: Pair | undefined = node.items.find(({ key }) => isScalar(key) && key.value === part);
      if (!isScalar(pair?.key)) break;
      found = pair.key;
      node = pair.value;
    } else if (isSeq(node) && !node.flow) {
      const item: unknown = node.items[Number(part)];
      if (!isMap(item)) break;
      found = item;
      node = item;
    } else break;
  }
  return found;
}

function addComment(node: Node, text: string): void {
  const lines = wrap(text, 4).join('\n');
  node.commentBefore = node.commentBefore ? `${node.commentBefore}\n${lines}` : lines;
}

/** Words in lines, each with the space that follows the `#`. */
function wrap(text: string, indent: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && indent + line.length + word.length + 3 > MAX_COMMENT) {
      lines.push(` ${line}`);
      line = '';
    }
    line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, ` ${line}`];
}
