import { isCollection, isNode, isScalar, visit, type Document, type Node } from 'yaml';

/** The key that a duplicate repeats, and the offset where it stands first. */
export function firstOfTwoKeys(document: Document, second: number): { key: string; first: number } {
  let found = { key: '', first: second };
  visit(document, {
    Map(_, map) {
      const keys = map.items.flatMap(({ key }) => (isScalar(key) ? [key] : []));
      const here = keys.find(({ range }) => range?.[0] === second);
      if (!here) return undefined;
      const first = keys.find(({ value }) => value === here.value)?.range?.[0];
      found = { key: String(here.value), first: first ?? second };
      return visit.BREAK;
    },
  });
  return found;
}

/** Offset of the innermost `{` or `[` without an end: the parser complains where it gives up, which can be far below. */
export function openBracket(document: Document, text: string, gaveUp: number): number {
  let open = gaveUp;
  visit(document, {
    Collection(_, node) {
      const [from, to] = node.range ?? [0, 0];
      const close = text[from] === '{' ? '}' : ']';
      if (isCollection(node) && node.flow && from < gaveUp && text[to - 1] !== close) open = from;
    },
  });
  return open;
}

/** Offset of the quote that the parser looked for the end of. */
export function openQuote(document: Document, gaveUp: number): number {
  let open = gaveUp;
  visit(document, {
    Scalar(_, { type, range }) {
      if (type?.startsWith('QUOTE') && range && range[0] < gaveUp && range[1] >= gaveUp) open = range[0];
    },
  });
  return open;
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
