import { isMap, isNode, isScalar, isSeq, visit, type Document, type Node } from 'yaml';

/** What the problems of a document are explained by, found in one walk for all of them. */
interface Places {
  /** Offsets of each `{` and `[` without an end, ascending. */
  readonly open: readonly number[];
  /** Texts in quotes, ascending. */
  readonly quotes: readonly (readonly [from: number, to: number])[];
}

const known = new WeakMap<Document, Places>();

function placesOf(document: Document, text: string): Places {
  const found = known.get(document);
  if (found) return found;
  const open: number[] = [];
  const quotes: [number, number][] = [];
  visit(document, {
    Collection(_, node) {
      const [from, to] = node.range ?? [0, 0];
      if (node.flow && text[to - 1] !== (text[from] === '{' ? '}' : ']')) open.push(from);
    },
    Scalar(_, { type, range }) {
      if (type?.startsWith('QUOTE') && range) quotes.push([range[0], range[1]]);
    },
  });
  const places = { open, quotes };
  known.set(document, places);
  return places;
}

/** How many of ascending offsets are below one. */
function below(count: number, offsetAt: (i: number) => number, offset: number): number {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (offsetAt(middle) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A key that its map has already, and where it stands first. */
export interface SecondKey {
  readonly key: string;
  readonly offset: number;
  readonly first: number;
}

/** All keys that stand in their map for a second time. */
export function secondKeys({ contents }: Document): SecondKey[] {
  const found: SecondKey[] = [];
  const look = (node: unknown): void => {
    if (isSeq(node)) node.items.forEach(look);
    if (!isMap(node)) return;
    const firsts = new Map<unknown, number>();
    for (const { key, value } of node.items) {
      look(key);
      look(value);
      if (!isScalar(key) || !key.range) continue;
      const [offset] = key.range;
      const first = firsts.get(key.value);
      if (first === undefined) firsts.set(key.value, offset);
      else found.push({ key: String(key.value), offset, first });
    }
  };
  look(contents);
  return found;
}

/** Offset of the innermost `{` or `[` without an end: the parser complains where it gives up, which can be far below. */
export function openBracket(document: Document, text: string, gaveUp: number): number {
  const { open } = placesOf(document, text);
  return open[below(open.length, (i) => open[i] ?? 0, gaveUp) - 1] ?? gaveUp;
}

/** Offset of the quote that the parser looked for the end of. */
export function openQuote(document: Document, text: string, gaveUp: number): number {
  const { quotes } = placesOf(document, text);
  const [from, to] = quotes[below(quotes.length, (i) => quotes[i]?.[0] ?? 0, gaveUp) - 1] ?? [gaveUp, gaveUp];
  return to >= gaveUp ? from : gaveUp;
}

/**
 * Offset of a quote that was meant to end on its line, and ended at the start of another text far below: then the parser
 * complains about what stands after that one.
 */
export function longQuote({ contents, errors }: Document, text: string): number | undefined {
  const [first] = errors;
  let open: number | undefined;
  if (!first) return undefined;
  visit(contents, {
    Scalar(_, { type, range }) {
      if (!type?.startsWith('QUOTE') || !range || !text.slice(range[0], range[1]).includes('\n'))
        return undefined;
      const after = text.slice(range[1], first.pos[0]);
      if (first.pos[0] < range[1] || after.includes('\n')) return undefined;
      open = range[0];
      return visit.BREAK;
    },
  });
  return open;
}

/** Aliases that refer to nothing, or to a value that they stand inside of: `toJS()` throws, or makes an endless value. */
export function brokenAliases(document: Document): { offset: number; inside: boolean }[] {
  const anchors = new Map<string, Node>();
  const found: { offset: number; inside: boolean }[] = [];
  visit(document, {
    Value(_, node) {
      if (node.anchor) anchors.set(node.anchor, node);
    },
    Alias(_, alias, ancestors) {
      const target = anchors.get(alias.source);
      const inside = target !== undefined && ancestors.some((node) => isNode(node) && node === target);
      if (!target || inside) found.push({ offset: alias.range?.[0] ?? 0, inside });
    },
  });
  return found;
}
