import type { Path } from '../../diagnostics/source';
import { Cursor, Stop } from './cursor';

export interface Place {
  readonly line: number;
  readonly column: number;
}

/** A key that its block already has. */
interface Duplicate {
  readonly path: Path;
  readonly at: Place;
  readonly firstLine: number;
  /** Stretch of the text that sets the key again. */
  readonly start: number;
  readonly end: number;
}

/** What the HCL parser does not tell of a tfvars file. */
export interface Scan {
  /** Position of a value or its key, else of the nearest thing around it. */
  locate(path: Path, of: 'key' | 'value'): Place;
  readonly duplicates: readonly Duplicate[];
  /** Values that have to be evaluated: variables, functions, templates, arithmetic. */
  readonly expressions: readonly { readonly path: Path; readonly at: Place }[];
  /** List items that follow the one before without a comma, and the line where the comma belongs. */
  readonly missingCommas: readonly { readonly path: Path; readonly at: Place; readonly line: number }[];
  /** A block where an attribute belongs. */
  readonly block?: { readonly name: string; readonly at: Place };
  /** The innermost bracket that is still open where scanning ended. */
  readonly unclosed?: { readonly bracket: string; readonly line: number };
}

/** Scans the text of a tfvars file as far as it is understood; what is not is left to the HCL parser. */
export function scan(text: string): Scan {
  return new Scanner(text).run();
}

/** Where a value stands: in the file itself, in a map, or in a list, where line breaks mean nothing. */
type Enclosing = 'file' | 'map' | 'list';

const NAME = /[\p{L}_][\p{L}\p{N}_-]*/uy;
const NUMBER = /-?[^\S\n]*\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\p{L}\p{N}_.])/uy;
const WORD = /(?:true|false|null)(?![\p{L}\p{N}_-])/uy;
/** Start of a list item that cannot go on with the one before it. */
const NEXT_ITEM = /[{"\p{L}\p{N}_]|<</uy;
const END_OF_ITEM = /[,\]}]|$/y;
const END_OF_LINE = /[,\]}\n]|$/y;

class Scanner {
  private readonly cursor: Cursor;
  private readonly places = new Map<string, { key: number; value: number }>();
  private readonly duplicates: { path: Path; first: number; start: number; end: number }[] = [];
  private readonly expressions: { path: Path; offset: number }[] = [];
  private readonly commas: { path: Path; offset: number; end: number }[] = [];
  private readonly open: number[] = [];
  private readonly lineStarts: number[];

  constructor(private readonly text: string) {
    this.cursor = new Cursor(text);
    this.lineStarts = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
  }

  run(): Scan {
    const block = this.file();
    const unclosed = this.open[this.open.length - 1];
    return {
      locate: (path, of) => this.locate(path, of),
      duplicates: this.duplicates.map(({ path, first, start, end }) => ({
        path,
        at: this.place(start),
        firstLine: this.place(first).line,
        start,
        end,
      })),
      expressions: this.expressions.map(({ path, offset }) => ({ path, at: this.place(offset) })),
      missingCommas: this.commas.map(({ path, offset, end }) => ({
        path,
        at: this.place(offset),
        line: this.place(end).line,
      })),
      ...(block?.block === undefined ? {} : { block: { name: block.block, at: this.place(block.offset) } }),
      ...(unclosed === undefined
        ? {}
        : { unclosed: { bracket: this.text[unclosed] ?? '', line: this.place(unclosed).line } }),
    };
  }

  /** Scans the whole file; returns where that had to stop. */
  private file(): Stop | undefined {
    const seen = new Map<string, number>();
    try {
      for (;;) {
        this.cursor.skipBlank(true);
        if (this.cursor.char === undefined) return undefined;
        this.attribute([], seen, 'file');
      }
    } catch (stop) {
      if (stop instanceof Stop) return stop;
      throw stop;
    }
  }

  /** `key = value` */
  private attribute(parent: Path, seen: Map<string, number>, within: Enclosing): void {
    const { cursor } = this;
    const start = cursor.at;
    const name = this.key(parent);
    cursor.skipBlank(false);
    if (!cursor.take(within === 'file' ? /=(?!=)/y : /=(?!=)|:/y)) {
      throw new Stop(start, within === 'file' && cursor.sees(/[{"]/y) ? name : undefined);
    }
    cursor.skipBlank(true);
    const path = name === undefined ? parent : [...parent, name];
    const first = name === undefined ? undefined : seen.get(name);
    if (name !== undefined) {
      // As in the parsed value, the last one counts.
      this.places.set(pathKey(path), { key: start, value: cursor.at });
      if (first === undefined) seen.set(name, start);
    }
    this.value(path, within);
    if (first !== undefined) this.duplicates.push({ path, first, start, end: cursor.at });
  }

  /** The name of a key; undefined if it has to be evaluated. */
  private key(parent: Path): string | undefined {
    const { cursor } = this;
    const start = cursor.at;
    if (cursor.char === '"') {
      if (!cursor.skipString()) return unquote(this.text.slice(start, cursor.at));
    } else if (cursor.char === '(') cursor.skipBrackets();
    else {
      const name = cursor.take(NAME) ?? cursor.take(/\d+/y);
      if (name === undefined) throw new Stop(start);
      return name;
    }
    this.expressions.push({ path: parent, offset: start });
    return undefined;
  }

  private value(path: Path, within: Enclosing): void {
    const { cursor } = this;
    const offset = cursor.at;
    if (this.literal(path) && !this.goesOn(within)) return;
    this.expressions.push({ path, offset });
    cursor.skipUntil(END_OF_LINE, within === 'list');
    if (cursor.at === offset) throw new Stop(offset);
  }

  /** Moves over a value that stands for itself; false, perhaps half-way, if it is none. */
  private literal(path: Path): boolean {
    const { cursor } = this;
    if (cursor.sees(/[{[]\s*for\s/y)) return false;
    if (cursor.char === '{') return this.map(path);
    if (cursor.char === '[') return this.list(path);
    if (cursor.char === '"') return !cursor.skipString();
    if (cursor.sees(/<<-?[\p{L}_]/uy)) return !cursor.skipHeredoc();
    return (cursor.take(NUMBER) ?? cursor.take(WORD)) !== undefined;
  }

  /** Whether an operator makes the literal just passed a part of an expression. */
  private goesOn(within: Enclosing): boolean {
    const { cursor } = this;
    const end = cursor.at;
    cursor.skipBlank(within === 'list');
    const over =
      within === 'list' ? cursor.sees(END_OF_ITEM) || cursor.sees(NEXT_ITEM) : cursor.sees(END_OF_LINE);
    cursor.at = end;
    return !over;
  }

  private map(path: Path): true {
    const { cursor } = this;
    const seen = new Map<string, number>();
    this.open.push(cursor.at++);
    for (;;) {
      cursor.skipBlank(true);
      if (cursor.take(/,/y)) continue;
      if (cursor.take(/\}/y)) break;
      if (cursor.char === undefined) throw new Stop(cursor.at);
      this.attribute(path, seen, 'map');
    }
    this.open.pop();
    return true;
  }

  private list(path: Path): true {
    const { cursor } = this;
    this.open.push(cursor.at++);
    for (let i = 0; ; i++) {
      cursor.skipBlank(true);
      if (cursor.take(/\]/y)) break;
      if (cursor.char === undefined) throw new Stop(cursor.at);
      const item = [...path, i];
      this.places.set(pathKey(item), { key: cursor.at, value: cursor.at });
      this.value(item, 'list');
      const end = cursor.at;
      cursor.skipBlank(true);
      if (cursor.take(/,/y) || cursor.char === ']') continue;
      if (!cursor.sees(NEXT_ITEM)) throw new Stop(cursor.at);
      this.commas.push({ path: [...path, i + 1], offset: cursor.at, end: end - 1 });
    }
    this.open.pop();
    return true;
  }

  private locate(path: Path, of: 'key' | 'value'): Place {
    for (let length = path.length; length > 0; length--) {
      const found = this.places.get(pathKey(path.slice(0, length)));
      if (found) return this.place(length === path.length ? found[of] : found.value);
    }
    const [first] = this.places.values();
    return this.place(first?.key ?? 0);
  }

  private place(offset: number): Place {
    let low = 0;
    let high = this.lineStarts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.lineStarts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (this.lineStarts[low] ?? 0) + 1 };
  }
}

const pathKey = (path: Path): string => path.join('\0');

function unquote(quoted: string): string {
  try {
    return unescapeTemplate(String(JSON.parse(quoted)));
  } catch {
    return quoted.slice(1, -1);
  }
}

/** HCL writes a literal `${` as `$${`, and the parser leaves it so. */
export const unescapeTemplate = (text: string): string =>
  text.replace(/\$\$\{/g, '${').replace(/%%\{/g, '%{');
