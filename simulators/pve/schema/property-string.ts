import { parseProperties } from '../formats/property-string';
import { messageOf } from '../errors';
import { isOptional } from './optional';
import type { ParameterSchema } from './types';

type Keys = Readonly<Record<string, ParameterSchema>>;

/** Problems of `value,key=value,…`, one line each. */
export function checkPropertyString(
  keys: Keys,
  value: string,
  checkValue: (schema: ParameterSchema, value: string) => string | undefined,
): string[] {
  const defaultKey = Object.keys(keys).find((key) => keys[key]?.default_key === 1);
  let sent: Record<string, string>;
  try {
    sent = parseProperties(value, defaultKey);
  } catch (error) {
    return [messageOf(error)];
  }
  const problems: string[] = [];
  const present = new Set<string>();
  for (const [key, text] of Object.entries(sent)) {
    const { name, schema, implied } = resolve(keys, key);
    if (!schema) {
      problems.push(
        `${key}: property is not defined in schema and the schema does not allow additional properties`,
      );
      continue;
    }
    present.add(name);
    if (implied !== undefined) present.add(implied);
    const problem = checkValue(schema, text);
    if (problem !== undefined) problems.push(`${name}: ${problem}`);
  }
  for (const key of present) {
    const needed = keys[key]?.requires;
    if (needed !== undefined && !present.has(needed)) {
      problems.push(`${key}: missing property - '${needed}' is required by this property`);
    }
  }
  for (const [key, schema] of Object.entries(keys)) {
    if (schema.alias === undefined && !isOptional(schema) && !present.has(key)) {
      problems.push(`${key}: property is missing and it is not optional`);
    }
  }
  return problems;
}

/** Follows aliases: `virtio=MAC` is the key `macaddr`, and says `model` at the same time. */
function resolve(
  keys: Keys,
  key: string,
): { name: string; schema: ParameterSchema | undefined; implied: string | undefined } {
  const schema = keys[key];
  if (schema?.alias === undefined) return { name: key, schema, implied: undefined };
  return { name: schema.alias, schema: keys[schema.alias], implied: schema.keyAlias };
}
