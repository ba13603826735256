import type { ProxmoxServerProps, TalosClusterProps } from '../cluster/definition/cluster-props';
import { fromProps } from '../cluster/definition/from-props';
import { checkShape } from '../cluster/definition/shape';
import { resolve } from '../cluster/resolve';
import type { Server } from '../cluster/server';
import type { Diagnostic } from '../diagnostics/diagnostics';
import { RULES } from '../rules';
import { check } from '../rules/lib/rule';

/** A server of VMs that are in no cluster: they name their bridges themselves. */
export interface LoneServerProps extends Omit<ProxmoxServerProps, 'networkBridge'> {
  /** Bridge of the management network of clusters. @default none */
  readonly networkBridge?: string;
}

/** Where they stand in the props of a cluster, whose rules look at them. */
const KEY = 'proxmoxServers';

/**
 * Servers without a cluster, with everything filled in, and what the rules say of them.
 *
 * @param place construct path
 */
export function checkServers(
  props: Readonly<Record<string, LoneServerProps>>,
  place: string,
): { readonly servers: readonly Server[]; readonly diagnostics: readonly Diagnostic[] } {
  const entries = Object.entries(props).map(
    ([key, server]) => [key, { networkBridge: 'vmbr0', ...server }] as const,
  );
  const definition = { [KEY]: Object.fromEntries(entries) } as TalosClusterProps;
  const { value, source } = fromProps('servers', definition, place);
  const shape = checkShape(value, source);
  const draft = resolve(shape.draft, source, shape.broken);
  const diagnostics = [...shape.diagnostics, ...check(RULES, [draft])];
  return {
    servers: draft.servers.map(({ path: _, ...server }): Server => server),
    // What else a cluster has is none of theirs.
    diagnostics: diagnostics.flatMap((one) =>
      one.path.startsWith(`${KEY}.`) ? [{ ...one, path: one.path.slice(KEY.length + 1) }] : [],
    ),
  };
}
