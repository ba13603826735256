import { z } from 'zod';
import type { ClusterDraft } from '../cluster/definition/draft';
import { managementOf, managementWords, type ManagedBy } from '../cluster/definition/keys';
import { definitionSchema } from '../cluster/definition/schema';
import type { Path } from '../diagnostics/source';
import { clusterRule, error, type Finding } from './lib/rule';

export const managementKey = clusterRule(
  'management-key',
  'Every key means something for the `management` of the cluster: what is Omni’s stands where Omni manages it',
  function* (cluster) {
    yield* keysOf(cluster, definitionSchema, cluster.definition, []);
  },
);

/** Looks at every key that is written, with what the schema says of it; what is inside of a wrong one is not told again. */
function* keysOf(cluster: ClusterDraft, schema: unknown, value: unknown, path: Path): Generator<Finding> {
  const type = unwrap(schema);
  if (typeof value !== 'object' || value === null) return;
  if (type instanceof z.ZodArray)
    for (const [i, item] of (value as readonly unknown[]).entries())
      yield* keysOf(cluster, type.element, item, [...path, i]);
  if (type instanceof z.ZodRecord)
    for (const [name, item] of Object.entries(value))
      yield* keysOf(cluster, type.valueType, item, [...path, name]);
  if (!(type instanceof z.ZodObject)) return;
  const shape = type.shape as Readonly<Record<string, z.core.$ZodType>>;
  for (const [key, item] of Object.entries(value) as [string, unknown][]) {
    const inner = Object.hasOwn(shape, key) ? shape[key] : undefined;
    if (inner === undefined || item === undefined) continue;
    const wanted = managementOf(inner);
    if (wanted === undefined || wanted.includes(cluster.management.kind))
      yield* keysOf(cluster, inner, item, [...path, key]);
    else yield { ...error([...path, key], explain(cluster, key, wanted)), atKey: true };
  }
}

function explain({ management, name }: ClusterDraft, key: string, wanted: readonly ManagedBy[]): string {
  const [first = ''] = wanted;
  const has = `"${name}" has management: ${management.kind}`;
  return `${key} is only for ${managementWords(wanted)}, and ${has}; remove it, or write management: ${first}`;
}

const unwrap = (schema: unknown): unknown =>
  schema instanceof z.ZodOptional ? unwrap(schema.unwrap()) : schema;
