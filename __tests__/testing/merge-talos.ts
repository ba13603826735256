import type { Documents } from '../../model/talos/config-changes';
import { isMap } from '../../model/talos/written-patches';

type Values = Readonly<Record<string, unknown>>;

/** Lists that Talos replaces; it adds to all others. */
const REPLACED = /\.(?:podSubnets|serviceSubnets|rules)$/;

/** Merges a patch as Talos does: maps key by key, lists one after the other, `$patch: delete` takes away. */
export function mergeTalos(config: Documents, patch: Values): Documents {
  const { kind, name } = patch;
  const title = typeof kind === 'string' ? `${kind}${typeof name === 'string' ? `/${name}` : ''}` : '';
  const merged = new Map(config);
  if (patch['$patch'] === 'delete') merged.delete(title);
  else merged.set(title, merge(config.get(title) ?? {}, patch, ''));
  return merged;
}

function merge(before: unknown, patch: unknown, place: string): unknown {
  if (Array.isArray(before) && Array.isArray(patch) && !REPLACED.test(place))
    return [...(before as unknown[]), ...(patch as unknown[])];
  if (!isMap(patch)) return patch;
  const result = new Map(Object.entries(isMap(before) ? before : {}));
  for (const [key, value] of Object.entries(patch)) {
    if (isMap(value) && value['$patch'] === 'delete') result.delete(key);
    else result.set(key, merge(result.get(key), value, `${place}.${key}`));
  }
  return Object.fromEntries(result);
}
