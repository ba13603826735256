import { z } from 'zod';
import { definitionSchema } from './schema';

/** The part of a JSON schema that this project's definitions use. */
export interface JsonSchema {
  readonly title?: string;
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly otherwise?: string;
  readonly deprecated?: boolean;
  readonly examples?: readonly unknown[];
  readonly enum?: readonly string[];
  readonly const?: string;
  readonly anyOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly pattern?: string;
}

/** One key of a definition, as people are told of it. */
export interface DefinitionKey {
  /** `workers[].cpu_cores`, `proxmox_servers.<key>.api_url`. */
  readonly path: string;
  readonly purpose: string;
  /** `number`, `raw, qcow2`, `list of string`; `block` for keys with keys of their own. */
  readonly type: string;
  readonly required: boolean;
  /** What holds where nobody writes the key, in words. */
  readonly default?: string;
  /** A value that one may write. */
  readonly example?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  /** It is known only so that it can be refused in good words. */
  readonly refused: boolean;
}

/** The schema of a definition with all that is said of its keys. */
export const definitionJsonSchema = (): JsonSchema =>
  z.toJSONSchema(definitionSchema, { io: 'input' }) as JsonSchema;

/** All keys of a definition, each right after the one that it belongs to. */
export function definitionKeys(): readonly DefinitionKey[] {
  const keys: DefinitionKey[] = [];
  const walk = (schema: JsonSchema, path: string): void => {
    for (const [name, property] of Object.entries(schema.properties ?? {})) {
      const here = path === '' ? name : `${path}.${name}`;
      keys.push(keyOf(here, property, schema.required?.includes(name) ?? false));
      walk(property, here);
      if (property.items) walk(property.items, `${here}[]`);
      if (typeof property.additionalProperties === 'object')
        walk(property.additionalProperties, `${here}.<key>`);
    }
  };
  walk(definitionJsonSchema(), '');
  return keys;
}

function keyOf(path: string, schema: JsonSchema, required: boolean): DefinitionKey {
  const { description = '', otherwise, default: value, minimum, maximum, deprecated } = schema;
  const preset = otherwise ?? (value === undefined ? undefined : valueText(value));
  const example = exampleOf(schema);
  return {
    path,
    purpose: description,
    type: typeWords(schema),
    required,
    ...(preset === undefined ? {} : { default: preset }),
    ...(example === undefined ? {} : { example }),
    ...(minimum === undefined ? {} : { minimum }),
    ...(maximum === undefined ? {} : { maximum }),
    refused: deprecated ?? false,
  };
}

const valueText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** Type of a key in words. */
function typeWords(schema: JsonSchema): string {
  const { type, items, additionalProperties: values } = schema;
  if (schema.anyOf) return schema.anyOf.map(typeWords).join(', ');
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum.join(', ');
  if (type === 'array') return items?.properties ? 'list of blocks' : `list of ${items?.type ?? 'any'}`;
  if (schema.properties) return 'block';
  if (type !== 'object') return type ?? 'any';
  if (typeof values !== 'object' || values.type === undefined) return 'map';
  return values.properties ? 'map of blocks' : `map of ${values.type}`;
}

/** What one may write: the example of the schema, else what its shape tells. */
function exampleOf({ examples, enum: choices, default: preset, type }: JsonSchema): unknown {
  if (examples?.[0] !== undefined) return examples[0];
  if (choices) return choices.find((choice) => choice !== preset) ?? choices[0];
  if (type === 'boolean') return preset !== true;
  return preset;
}

/** A pattern that the places of a key in a definition fit: `workers[2].cpu_cores`, also without the brackets. */
export function placesOf({ path }: DefinitionKey): RegExp {
  const pattern = path
    .split('.')
    .map((part) => {
      if (part === '<key>') return '[^.]+';
      return part.endsWith('[]') ? `${part.slice(0, -2)}(\\[\\d*\\])?` : part;
    })
    .join('\\.');
  return new RegExp(`^${pattern}$`);
}
