/**
 * Cuts the answer of `terraform providers schema -json` down to what the project uses and gives it one fixed
 * form, so that `schemas/` changes only when the provider changes. Pure: no files, no programs.
 */
import { sourceAddress, type AllowListEntry, type Selection } from './allow-list';

/** Any JSON value; the schema format is Terraform's, we only walk through it. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type JsonObject = { readonly [key: string]: Json };

/** The schema of one provider as it is kept in `schemas/`. */
export interface PrunedSchema extends JsonObject {
  readonly format_version: Json;
  readonly provider_schemas: JsonObject;
  /** Absent in Terraform's answer; without it cdktf writes an empty `.gen/versions.json` and "latest" links. */
  readonly provider_versions: { readonly [source: string]: string };
}

/** Everything that is wrong is reported at once: a provider may rename several resources in one release. */
export class PruneError extends Error {
  override readonly name = 'PruneError';
}

/** Keeps the provider block and the allow-listed resources and data sources, with sorted keys. */
export function pruneSchema(raw: unknown, name: string, entry: AllowListEntry): PrunedSchema {
  const address = sourceAddress(entry.source);
  const providers = isObject(raw) ? raw['provider_schemas'] : undefined;
  const schema = isObject(providers) ? providers[address] : undefined;
  if (!isObject(raw) || !isObject(schema)) {
    const found = isObject(providers) ? Object.keys(providers).join(', ') : 'no provider_schemas at all';
    throw new PruneError(`no schema of ${address} in the input (found: ${found})`);
  }
  const missing: string[] = [];
  const select = (section: string, what: string, selection: Selection): JsonObject => {
    const all = schema[section];
    const known = isObject(all) ? all : {};
    if (selection === 'all') {
      return known;
    }
    missing.push(...selection.filter((key) => !Object.hasOwn(known, key)).map((key) => `${what} ${key}`));
    return Object.fromEntries(selection.map((key) => [key, known[key] ?? null]));
  };
  const kept = {
    provider: schema['provider'] ?? null,
    resource_schemas: select('resource_schemas', 'resource', entry.resources),
    data_source_schemas: select('data_source_schemas', 'data source', entry.dataSources),
  };
  if (missing.length > 0) {
    throw new PruneError(
      [
        `${entry.source} ${entry.version} has no`,
        ...missing.map((line) => `  ${line}`),
        `named in schemas/allow-list.yaml under "${name}": remove or rename it there.`,
      ].join('\n'),
    );
  }
  return sortKeys({
    format_version: raw['format_version'] ?? '1.0',
    provider_schemas: { [address]: kept },
    provider_versions: { [address]: entry.version },
  }) as PrunedSchema;
}

/** The bytes of a file in `schemas/`: indented, so that a bump is a readable diff. */
export function renderSchema(schema: PrunedSchema): string {
  return `${JSON.stringify(schema, null, 2)}\n`;
}

/** Sorts object keys at every depth by code unit (not by locale, which differs between machines). */
export function sortKeys(value: Json): Json {
  if (Array.isArray(value)) {
    return (value as readonly Json[]).map(sortKeys);
  }
  if (!isObject(value)) {
    return value;
  }
  const keys = Object.keys(value).sort();
  return Object.fromEntries(keys.map((key) => [key, sortKeys(value[key] ?? null)]));
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
