import fc from 'fast-check';
import { z } from 'zod';
import type { TalosClusterProps } from '../../../../model/cluster/definition/cluster-props';
import { fromProps } from '../../../../model/cluster/definition/from-props';
import { inPropsKeys, mapKeys } from '../../../../model/cluster/definition/props-keys';
import { definitionSchema } from '../../../../model/cluster/definition/schema';
import type { Path } from '../../../../model/diagnostics/source';

/** Names that a user may choose, also such as look like keys of ours in either spelling. */
const name = fc.constantFrom('pve1', 'my_server', 'aB', 'node_name', 'nodeName', 'net.ipv4.x', 'config');

/** The same value in a definition and in props. */
interface Pair {
  readonly yaml: unknown;
  readonly props: unknown;
}

const camel = (key: string): string =>
  key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

const keyed = (entries: readonly (readonly [string, string, Pair])[]): Pair => ({
  yaml: Object.fromEntries(entries.map(([key, , { yaml }]) => [key, yaml])),
  props: Object.fromEntries(entries.map(([, key, { props }]) => [key, props])),
});

const same = (value: unknown): Pair => ({ yaml: value, props: value });

/** Values of the shape that a schema asks for; what is no object, list or map is a text. */
function pairs(schema: unknown): fc.Arbitrary<Pair> {
  if (schema instanceof z.ZodObject) {
    const keys = Object.entries(schema.shape).map(([key, value]) =>
      pairs(value).map((pair) => [key, camel(key), pair] as const),
    );
    return fc
      .subarray(keys, { maxLength: Math.min(5, keys.length) })
      .chain((some) => fc.tuple(...some))
      .map(keyed);
  }
  if (schema instanceof z.ZodRecord)
    return fc
      .dictionary(name, pairs(schema.valueType), { maxKeys: 3 })
      .map((map) => keyed(Object.entries(map).map(([key, pair]) => [key, key, pair])));
  if (schema instanceof z.ZodArray)
    return fc
      .array(pairs(schema.element), { maxLength: 2 })
      .map((items) => ({ yaml: items.map(({ yaml }) => yaml), props: items.map(({ props }) => props) }));
  if (schema instanceof z.ZodUnion) return fc.oneof(...schema.options.map(pairs));
  if (schema instanceof z.ZodPipe) return pairs(schema.in);
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) return pairs(schema.unwrap());
  // What a map of others holds may be a map with keys of any kind.
  return schema instanceof z.ZodUnknown
    ? fc.dictionary(name, fc.constant('x')).map(same)
    : fc.constant(same('x'));
}

/** A definition as props: each key as messages name it. */
function toProps(value: unknown, path: Path = []): unknown {
  if (Array.isArray(value)) return value.map((item, i) => toProps(item, [...path, i]));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      const here = [...path, key];
      return [inPropsKeys(here, '').path.at(-1), toProps(item, here)];
    }),
  );
}

test('props become the definition, and the keys of the definition those that messages name, by the schema', () => {
  fc.assert(
    fc.property(pairs(definitionSchema), ({ yaml, props }) => {
      const { value } = fromProps('home', props as TalosClusterProps, 'home');
      expect(value).toEqual({ cluster_name: 'home', ...(yaml as object) });
      expect(toProps(yaml)).toEqual(props);
    }),
    { numRuns: 300 },
  );
});

test('a map is of one kind wherever its key stands', () => {
  const { named, verbatim } = mapKeys();
  expect([...named].filter((key) => verbatim.has(key))).toEqual([]);
  expect(named.size).toBeGreaterThan(3);
  expect(verbatim.size).toBeGreaterThan(3);
});
