import type { ClusterDraft, NodeDraft } from '../cluster/definition/draft';
import type { Management } from '../cluster/management';
import type { Path } from '../diagnostics/source';
import { ROLE_FACTS, ROLES, type Role } from '../cluster/roles';

/** A patch as written. */
export interface WrittenPatch {
  readonly name: string;
  readonly path: Path;
  readonly body: unknown;
  /** Role of the nodes that get it; undefined for all. */
  readonly role?: Role;
  /** Whether more than one machine gets it. */
  readonly shared: boolean;
  /** Whether its node was there before the definition, and may keep what new ones do not get. */
  readonly adopted: boolean;
}

/** All patches of a definition. */
export function* writtenPatches({ settings }: ClusterDraft): Generator<WrittenPatch> {
  for (const { path, values } of settings) {
    const role = roleOf(path, values);
    const shared = path[0] === 'defaults' || path[0] === 'node_pools';
    for (const [name, body] of Object.entries(values['patches'] ?? {})) {
      const adopted = values['adopted'] === true;
      yield { name, path: [...path, 'patches', name], body, shared, adopted, ...(role ? { role } : {}) };
    }
  }
}

/**
 * Whether a patch may also set what the definition else decides: that of a node which was there before, so that it stays what it is.
 * Omni decides all the same, whoever made the node.
 */
export const maySetAnything = ({ adopted }: WrittenPatch, management: Management['kind']): boolean =>
  adopted && management === 'standalone';

/** Whether a node gets a patch. */
export function reaches({ path, role }: WrittenPatch, node: NodeDraft): boolean {
  const [list, item] = path;
  if (list === 'defaults') return role === undefined || role === node.role;
  return node.path[0] === list && node.path[1] === item;
}

/** Role of the nodes that a block of settings is for; undefined for all. */
export function roleOf(path: Path, values: Readonly<Record<string, unknown>>): Role | undefined {
  const key = path[0] === 'defaults' ? path[1] : path[0];
  if (key === 'node_pools') return (values['role'] as Role | undefined) ?? 'worker';
  return ROLES.find((role) => ROLE_FACTS[role].key === key);
}

export const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value at `machine.network.hostname` and the like; undefined if it is not there. */
export function valueAt(body: unknown, place: string): unknown {
  return place.split('.').reduce<unknown>((value, key) => (isMap(value) ? value[key] : undefined), body);
}

/** Every value that is no map or list, with its path. */
export function* leaves(value: unknown, path: Path): Generator<{ path: Path; value: unknown }> {
  if (Array.isArray(value)) for (const [i, item] of value.entries()) yield* leaves(item, [...path, i]);
  else if (isMap(value)) for (const [key, item] of Object.entries(value)) yield* leaves(item, [...path, key]);
  else yield { path, value };
}
