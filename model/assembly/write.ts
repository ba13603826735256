import type { CheckedCluster } from '../load/load';
import { ROLE_FACTS, ROLES } from '../cluster/roles';
import { byBytes } from '../support/text';
import { ASSEMBLY_FORMAT_VERSION, type Assembly, type StoredCluster } from './schema';

/**
 * The assembly of a cluster: all that a verb needs to know of it, whatever program made it.
 *
 * @param stack id of the stack that the cluster stands in
 * @param file  where the cluster is written: a path that is the same in every checkout, or a construct path
 * @returns the content of `cluster.json`: the same bytes for the same cluster
 */
export function assemblyText({ cluster, draft }: CheckedCluster, stack: string, file: string): string {
  const { kind, starter } = draft.source;
  const assembly: Assembly = {
    format_version: ASSEMBLY_FORMAT_VERSION,
    stack,
    source: { kind, file },
    // In a file of the starter the place in a list is what identities derive from.
    definition: sortKeys(starter ? draft.definition : sortNodes({ ...draft.definition })),
    cluster: stored(cluster),
  };
  return `${JSON.stringify(assembly, null, 2)}\n`;
}

const stored = (cluster: CheckedCluster['cluster']): StoredCluster => ({
  ...cluster,
  nodes: cluster.nodes.map((node) => ({ ...node, server: node.server.key, image: node.image.key })),
  pciMappings: cluster.pciMappings.map((mapping) => ({
    ...mapping,
    devices: mapping.devices.map((device) => ({ ...device, server: device.server.key })),
  })),
});

/** Lists whose order means nothing: their items have names. */
export const NAMED_LISTS: ReadonlySet<string> = new Set([
  ...ROLES.map((role) => ROLE_FACTS[role].key),
  'node_pools',
]);

/** Nodes and pools by name, so that a definition that only lists them in another order gives the same bytes. */
const sortNodes = (definition: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(definition).map(([key, value]) => [
      key,
      NAMED_LISTS.has(key) && Array.isArray(value)
        ? (value as { readonly name: string }[]).toSorted((a, b) => byBytes(a.name, b.name))
        : value,
    ]),
  );

/** The order of keys is that of whoever wrote them, and means nothing. */
function sortKeys<T>(value: T): T {
  if (Array.isArray(value)) return value.map(sortKeys) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => byBytes(a, b))
      .map(([key, item]) => [key, sortKeys(item as unknown)]),
  ) as T;
}
