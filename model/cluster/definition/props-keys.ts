import { z } from 'zod';
import type { Path, Source } from '../../diagnostics/source';
import { definitionSchema } from './schema';

/** The maps of the schema, by their keys in props. */
interface MapKeys {
  /** Maps whose own keys are names that the user chose: they are not camelCase. */
  readonly named: Set<string>;
  /** Maps that are passed on as they are: with names of Terraform, Talos, Kubernetes or Omni. */
  readonly verbatim: Set<string>;
}

let maps: MapKeys | undefined;

/** What the schema says of maps: those of objects with keys of ours are named, and all others are passed on as they are. */
export function mapKeys(): MapKeys {
  if (!maps) {
    maps = { named: new Set(), verbatim: new Set() };
    collectMaps(definitionSchema, '', maps);
  }
  return maps;
}

function collectMaps(schema: unknown, key: string, into: MapKeys): void {
  if (schema instanceof z.ZodRecord) (holdsObjects(schema.valueType) ? into.named : into.verbatim).add(key);
  if (schema instanceof z.ZodObject)
    for (const [name, value] of Object.entries(schema.shape)) collectMaps(value, camel(name), into);
  else for (const part of partsOf(schema)) collectMaps(part, key, into);
}

const holdsObjects = (schema: unknown): boolean =>
  schema instanceof z.ZodObject || partsOf(schema).some(holdsObjects);

/** Schemas that a schema is made of, but for the keys of an object. */
function partsOf(schema: unknown): readonly unknown[] {
  if (schema instanceof z.ZodRecord) return [schema.valueType];
  if (schema instanceof z.ZodArray) return [schema.element];
  if (schema instanceof z.ZodUnion) return schema.options;
  if (schema instanceof z.ZodPipe) return [schema.in];
  return schema instanceof z.ZodOptional || schema instanceof z.ZodNullable ? [schema.unwrap()] : [];
}

/** A key of props as a definition has it. */
export const snake = (key: string): string => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** A key of a definition as props have it. */
const camel = (key: string): string =>
  key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

/** A path of a definition in the keys of the props that it was made of. */
function propsPath(path: Path): Path {
  const { named, verbatim: passedOn } = mapKeys();
  const isName = (i: number): boolean => i > 0 && named.has(camel(String(path[i - 1])));
  const verbatim = path.findIndex((part, i) => !isName(i) && passedOn.has(camel(String(part))));
  return path.map((part, i) => {
    const isVerbatim = verbatim !== -1 && i > verbatim;
    return typeof part === 'number' || isName(i) || isVerbatim ? part : camel(part);
  });
}

let keys: ReadonlySet<string> | undefined;

/** A place in a definition and a message about it, for somebody who wrote props: with the keys that they know. */
export const inPropsKeys: NonNullable<Source['inOwnKeys']> = (path, message) => ({
  path: propsPath(path),
  message: messageInPropsKeys(message),
});

function messageInPropsKeys(message: string): string {
  keys ??= new Set(keysOf(z.toJSONSchema(definitionSchema, { io: 'input' })));
  const known = keys;
  return message.replace(/\b[a-z]+(?:_[a-z0-9]+)+\b/g, (word) => (known.has(word) ? camel(word) : word));
}

/** Keys of a definition that are spelt otherwise in props. */
function keysOf(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const { properties = {} } = schema as { readonly properties?: Readonly<Record<string, unknown>> };
  return [
    ...Object.keys(properties).filter((key) => key.includes('_')),
    ...Object.values(schema).flatMap(keysOf),
  ];
}
