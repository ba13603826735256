import type { Params } from '../server/access-log';
import { isOptional } from './optional';
import { checkValue } from './value';
import { parametersIn, type Version } from './versions';
import type { Endpoints, MethodSchema, ParameterSchema, Problems } from './types';

const UNKNOWN = 'property is not defined in schema and the schema does not allow additional properties';
const MISSING = 'property is missing and it is not optional';

/** Checks requests as Proxmox itself does before it looks at them. */
export class ApiSchema {
  constructor(readonly endpoints: Endpoints) {}

  method(method: string, template: string): MethodSchema | undefined {
    const exact = this.endpoints[template];
    return (exact ?? this.endpoints[this.similar(template)])?.[method];
  }

  /** What is wrong with a request; undefined if nothing is. A path that the schema does not know is not judged. */
  check(method: string, template: string, params: Params, version?: Version): Readonly<Problems> | undefined {
    const schema = this.method(method, template);
    if (!schema) return undefined;
    const properties = parametersIn(version, schema);
    const { additionalProperties } = schema.parameters;
    const problems: Problems = {};
    for (const [key, value] of Object.entries(params)) {
      const property = properties[key] ?? numbered(properties, key);
      if (property) {
        const problem = checkParameter(property, value, params);
        if (problem !== undefined) problems[key] = problem;
      } else if (additionalProperties !== 1) {
        problems[key] = UNKNOWN;
      }
    }
    for (const [key, property] of Object.entries(properties)) {
      if (!isOptional(property) && !(key in params) && !key.endsWith('[n]')) problems[key] = MISSING;
    }
    return Object.keys(problems).length > 0 ? problems : undefined;
  }

  /** The same path with other names of the placeholders. */
  private similar(template: string): string {
    const shape = (path: string): string => path.replace(/\{[^}]+\}/g, '{}');
    return Object.keys(this.endpoints).find((path) => shape(path) === shape(template)) ?? '';
  }
}

/** `scsi3` is one of `scsi[n]`. How many there are is not in the schema. */
function numbered(
  properties: Readonly<Record<string, ParameterSchema>>,
  key: string,
): ParameterSchema | undefined {
  return /\d$/.test(key) ? properties[key.replace(/\d+$/, '[n]')] : undefined;
}

function checkParameter(
  schema: ParameterSchema,
  value: string | readonly string[],
  params: Params,
): string | undefined {
  if (schema.requires !== undefined && !(schema.requires in params)) {
    return `missing property - '${schema.requires}' is required by this property`;
  }
  if (schema.type === 'array') {
    const { items } = schema;
    const values = typeof value === 'string' ? [value] : value;
    return items ? values.map((item) => checkValue(items, item)).find(Boolean) : undefined;
  }
  // Spellings of yes and no are for property strings; a parameter of its own is 1 or 0.
  if (schema.type === 'boolean' && typeof value === 'string' && !/^[01]$/.test(value)) {
    return `type check ('boolean') failed - got '${value}'`;
  }
  if (typeof value !== 'string') return `type check ('${schema.type ?? 'string'}') failed - got an array`;
  return checkValue(schema, value);
}
