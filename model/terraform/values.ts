/** Reading of the values in a plan: nested lists and objects of which nothing is known for sure. */

export type Values = Readonly<Record<string, unknown>>;

export const asValues = (value: unknown): Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Values) : {};

export const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** The first element of a block: the provider has every block as a list. */
export const block = (values: Values, key: string): Values => asValues(asList(values[key])[0]);

export const asNumber = (value: unknown): number => (typeof value === 'number' ? value : 0);

export const asText = (value: unknown): string => {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
};

/** null, "", 0, false and empty lists are all "not set": the provider reads one back for the other. */
export function isUnset(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === 0 || value === false) return true;
  return typeof value === 'object' && Object.values(value).every(isUnset);
}

export const same = (a: unknown, b: unknown): boolean =>
  a === b || (isUnset(a) && isUnset(b)) || JSON.stringify(a) === JSON.stringify(b);

const HIDDEN = '(sensitive)';
const UNKNOWN = '(known after apply)';

/** One side of a value change, with the marks of what is secret and what is not known yet. */
export class Side {
  constructor(
    readonly value: unknown,
    private readonly sensitive: unknown,
    private readonly unknown: unknown = {},
  ) {}

  get(key: string | number): Side {
    const child = (tree: unknown): unknown =>
      // A mark on the whole holds for all parts.
      tree === true ? true : part(tree, key);
    return new Side(part(this.value, key), child(this.sensitive), child(this.unknown));
  }

  /** The values with secrets replaced: for readers that know the shape. */
  masked(): Values {
    return asValues(mask(this.value, this.sensitive));
  }

  get isUnknown(): boolean {
    return this.unknown === true;
  }

  /** As people read it. A list or block with one secret in it is secret as a whole. */
  text(): string {
    if (marked(this.sensitive)) return HIDDEN;
    if (this.isUnknown) return UNKNOWN;
    return printable(this.value);
  }
}

/** Its own: a key of somebody may be `constructor`. */
const part = (tree: unknown, key: string | number): unknown =>
  typeof tree === 'object' && tree !== null && Object.hasOwn(tree, key) ? (tree as never)[key] : undefined;

function mask(value: unknown, sensitive: unknown): unknown {
  if (sensitive === true) return HIDDEN;
  if (!marked(sensitive) || typeof value !== 'object' || value === null) return value;
  const marks = sensitive as Values;
  if (Array.isArray(value)) return value.map((item, i) => mask(item, marks[i]));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mask(item, marks[key])]));
}

const marked = (tree: unknown): boolean =>
  tree === true || (typeof tree === 'object' && tree !== null && Object.values(tree).some(marked));

function printable(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (isUnset(value)) return value === 0 ? '0' : 'none';
  if (Array.isArray(value)) return value.map(printable).join(', ');
  if (typeof value !== 'object') return asText(value);
  const parts = Object.entries(value as Values).filter(([, item]) => !isUnset(item));
  return parts.map(([key, item]) => `${key} ${printable(item)}`).join(' ');
}
