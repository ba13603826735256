/** Marks the place of a value in a text whose values are not filled in yet; always within double quotes. */
const HOLE = /"\uE000(\d+)\uE001"/g;
const BARE_HOLE = /^\uE000(\d+)\uE001$/;

/** A value that YAML writes in one line. */
type Scalar = string | number | boolean | null;

/**
 * Values that the helpers of a template have met, in order. The text of the template holds numbered holes in their place:
 * what a value contains can never change the structure of the text, and two texts that differ in values only are equal.
 */
export class YamlValues {
  private readonly items: { readonly value: unknown; readonly text: string }[] = [];

  /** Block YAML of a value whose lines after the first are indented; scalars are one hole. */
  block(value: unknown, indent: number): string {
    if (Array.isArray(value)) return this.list(value, indent);
    if (typeof value === 'object' && value !== null) return this.map(value, indent);
    if (!isScalar(value)) throw new Error(`the value is ${typeof value}, which YAML cannot hold`);
    return this.hole(value, scalarText(value));
  }

  /** A value in one line, as JSON. */
  json(value: unknown): string {
    return this.hole(value, escape(JSON.stringify(value)));
  }

  /** The text with its values. */
  fillText(text: string): string {
    return text.replace(HOLE, (_, n: string) => this.items[Number(n)]?.text ?? '');
  }

  /** The tree with its values; undefined if a hole is not a whole value, so that only the filled text tells. */
  fillTree(tree: unknown): { readonly value: unknown } | undefined {
    try {
      return { value: this.fill(tree) };
    } catch (cause) {
      if (cause === PARTIAL_HOLE) return undefined;
      throw cause;
    }
  }

  private fill(tree: unknown): unknown {
    if (typeof tree === 'string') {
      const hole = BARE_HOLE.exec(tree);
      if (hole) return this.items[Number(hole[1])]?.value;
      if (tree.includes('\uE000')) throw PARTIAL_HOLE;
      return tree;
    }
    if (Array.isArray(tree)) return tree.map((item) => this.fill(item));
    if (typeof tree !== 'object' || tree === null) return tree;
    const filled: Record<string, unknown> = {};
    for (const [key, item] of Object.entries(tree)) {
      if (key.includes('\uE000')) throw PARTIAL_HOLE;
      filled[key] = this.fill(item);
    }
    return filled;
  }

  private hole(value: unknown, text: string): string {
    return `"\uE000${this.items.push({ value, text }) - 1}\uE001"`;
  }

  private list(items: readonly unknown[], indent: number): string {
    if (items.length === 0) return '[]';
    return items.map((item) => `- ${this.block(item, indent + 2)}`).join(lineBreak(indent));
  }

  private map(map: object, indent: number): string {
    const entries = Object.entries(map);
    if (entries.length === 0) return '{}';
    return entries
      .map(([key, value]) => {
        const nested = typeof value === 'object' && value !== null && Object.keys(value as object).length > 0;
        const space = nested ? lineBreak(indent + 2) : ' ';
        return `${keyText(key)}:${space}${this.block(value, nested ? indent + 2 : indent)}`;
      })
      .join(lineBreak(indent));
  }
}

const PARTIAL_HOLE = new Error('a hole within a text');

const lineBreak = (indent: number): string => `\n${' '.repeat(indent)}`;

const isScalar = (value: unknown): value is Scalar =>
  value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);

/** Every string in double quotes: no reader takes `no`, `1.10` or `0777` for anything else. */
const scalarText = (value: Scalar): string => escape(JSON.stringify(value));

const UNPRINTABLE = /[\u007F-\u009F\u2028\u2029\uFEFF\uFFFE\uFFFF\uE000-\uE003]/g;

/** JSON leaves characters alone that YAML does not print, or takes for a line break. */
const escape = (json: string): string =>
  json.replace(UNPRINTABLE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);

const PLAIN_KEY = /^[A-Za-z][A-Za-z0-9_./-]*$/;
/** Plain words that some reader of YAML takes for a boolean or null. */
const RESERVED_KEY = /^(?:y|n|yes|no|on|off|true|false|null)$/i;

const keyText = (key: string): string =>
  PLAIN_KEY.test(key) && !RESERVED_KEY.test(key) ? key : scalarText(key);
