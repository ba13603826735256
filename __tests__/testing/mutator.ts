import { randomOf } from '../../tools/mutation/draw';
/** Values that have broken readers before. */
const VALUES: readonly unknown[] = [
  ...[null, true, false, -1, 0, 1.5, 1e308, 2 ** 53, '', ' ', '0', '-1', 'null', 'NaN'],
  ...['\u0000', '\ud800', '\udfff', '\u001b[31mred', '\n::error::forged', '\r', '${x}', '%{ if x }', '{{x}}'],
  ...['__proto__', 'constructor', '../../etc/passwd', '<script>', '💥', '\u202e'],
  ...[[], {}, [[]], [null], [{}], { a: { a: { a: 1 } } }],
];

/** Keys that every object has, and such as nobody expects. */
const KEYS = [
  ...['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf', 'then', 'length'],
  ...['', '<<', '0', '\u0000', 'a\nb', 'a.b', '\ud800'],
];

/** Signs that mean something in one of the formats. */
const SIGNS = [
  ...['{', '}', '[', ']', '(', ')', '"', "'", ',', ':', '- ', '? ', '#', '|', '>', '&a ', '*a', '*b', '!!binary '],
  ...['!<x> ', '<<: *a', '---\n', '...\n', '%YAML 9\n', '<<EOT\n', '${', '%{', '//', '/*', '\\', '\\u', '@', '`'],
  ...['\n', '\r', '\t', '\u0000', '\u001b[2J', '\u0085', '\u00a0', '\u2028', '\ufeff', '\ud800', '\u200b', '=', '+'],
]; // prettier-ignore

type Slot = readonly [container: Record<string, unknown>, key: string];

/** Breaks texts and values, always in the same way for the same seed. */
export class Mutator {
  private readonly random: () => number;

  constructor(seed: number) {
    this.random = randomOf(seed);
  }

  below(most: number): number {
    return Math.floor(this.random() * most);
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }

  /** A text after one to three accidents or attacks. */
  text(seed: string): string {
    let text = seed;
    for (let left = 1 + this.below(3); left > 0; left--) text = this.brokenText(text);
    return text;
  }

  /** JSON of a value after one to four changes, and sometimes with a text that is broken too. */
  json(seed: unknown): string {
    const root = { value: structuredClone(seed) };
    for (let left = 1 + this.below(4); left > 0; left--) this.change(root);
    const text = (JSON.stringify(root.value) as string | undefined) ?? '';
    return this.below(6) === 0 ? this.text(text) : text;
  }

  private brokenText(text: string): string {
    const at = this.below(text.length + 1);
    const end = at + 1 + this.below(30);
    const lines = text.split('\n');
    const line = this.below(lines.length);
    const withLine = (...put: readonly string[]): string =>
      [...lines.slice(0, line), ...put, ...lines.slice(line + 1)].join('\n');
    const here = lines[line] ?? '';
    return this.pick<() => string>([
      () => text.slice(0, at),
      () => text.slice(at),
      () => text + text,
      () => text.slice(0, at) + this.pick(SIGNS) + text.slice(at),
      () => text.slice(0, at) + this.pick(SIGNS) + text.slice(at),
      () => text.slice(0, at) + text.slice(end),
      () => text.slice(0, end) + text.slice(at),
      () => text.slice(0, at) + text.slice(at, end).repeat(1 + this.below(2000)) + text.slice(end),
      () => `\ufeff${text}`,
      () => text.replaceAll('\n', this.pick(['\r\n', '\r', '\n\n', '\u2028'])),
      () => text.replaceAll('  ', this.pick(['\t', '\u00a0\u00a0', ' '])),
      () => text.replaceAll(/"([^"\n]*)"/g, this.pick(['“$1”', "'$1'", '$1', '"$1', '«$1»'])),
      () => text.replace(/\d+(?=[^\d]*$)/, this.pick(['NaN', '1e400', '-0', '0x1F', '010', '1_000', '1:30:00'])),
      () => withLine(),
      () => withLine(here, here),
      () => withLine(`   ${here}`),
      () => withLine(`\t${here.trimStart()}`),
      () => withLine(this.pick(lines), here),
      () => withLine(here.replace(/[\w-]+/, this.pick(KEYS))),
      () => withLine(here.replace(/(?<=[:=] ?)\S.*$/, String(this.pick(VALUES)))),
    ])(); // prettier-ignore
  }

  private change(root: Record<string, unknown>): void {
    const slots = slotsOf(root);
    if (slots.length === 0) return;
    const [container, key] = this.pick(slots);
    const now = container[key];
    const put = (value: unknown): void => define(container, key, value);
    this.pick<() => void>([
      () => put(this.pick(VALUES)),
      () => put(this.pick(VALUES)),
      () => {
        remove(container, key);
      },
      () => {
        if (Array.isArray(container)) container.push(now);
        else define(container, this.pick(KEYS), now);
      },
      () => put(typeof now === 'string' ? [now] : JSON.stringify(now)),
      () => put([now]),
      () => put({ [this.pick(['a', 'value', 'id', 'name'])]: now }),
      () => put(typeof now === 'number' ? this.pick([-now, now * 1e300, now + 0.5, String(now)]) : null),
      () => put('x'.repeat(this.pick([300, 5000, 100_000]))),
      () => put(JSON.parse('{"a":'.repeat(300) + '1' + '}'.repeat(300))),
      () => {
        // Copies, so that nothing holds itself.
        const [other, name] = this.pick(slots);
        const there = structuredClone(other[name]);
        put(there);
      },
      () => {
        if (Array.isArray(container) || container === root) return;
        remove(container, key);
        define(container, this.pick(KEYS), now);
      },
    ])();
  }
}

/** All places of a value. */
function slotsOf(value: unknown, found: Slot[] = []): Slot[] {
  if (typeof value !== 'object' || value === null) return found;
  for (const key of Object.keys(value)) {
    const container = value as Record<string, unknown>;
    found.push([container, key]);
    slotsOf(container[key], found);
  }
  return found;
}

function remove(container: Record<string, unknown>, key: string): void {
  if (Array.isArray(container)) container.splice(Number(key), 1);
  else Reflect.deleteProperty(container, key);
}

/** Also `__proto__` is a key like any other. */
const define = (container: object, key: string, value: unknown): void =>
  void Object.defineProperty(container, key, {
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  });

/** What no change of something true comes to: nothing, too much, another format, far too deep. */
export const EXTREMES: readonly string[] = [
  ...['', '\ufeff', '\n', '\u0000', 'null', '[]', '{}', '"', '{', '1e400', '<html>', '{"__proto__": {"polluted": 1}}'],
  '{"constructor": {"prototype": {"polluted": 1}}}',
  '{"toString": 1, "hasOwnProperty": 1, "valueOf": 1}',
  String.fromCharCode(...Array.from({ length: 512 }, (_, i) => (i * 7919) % 256)),
  'PK\u0003\u0004\u0000\u0000',
  'a'.repeat(2_000_000),
  `"${'\\u0041'.repeat(100_000)}"`,
  ...['[', '{"a":', '{a: ', '- ', 'a = [', 'a = {', 'a = "${', 'a = (', '? '].map((open) => open.repeat(20_000)),
  `${'['.repeat(20_000)}${']'.repeat(20_000)}`,
  `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`,
  `a = ${'{a='.repeat(20_000)}1${'}'.repeat(20_000)}`,
]; // prettier-ignore
