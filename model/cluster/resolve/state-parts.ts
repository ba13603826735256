import { partBackend } from '../backends/state-address';
import type { Backend, StatePart, StateSplit } from '../cluster';
import type { DefinitionDraft } from '../definition/schema';
import type { ClusterDraft, NodeDraft, ServerDraft } from '../definition/draft';
import { resolveBackend } from './backend';
import { ROLE_SETS } from './machine-config';

/** What a cluster is split by, and where its state is. */
interface Whole {
  readonly name: string;
  readonly definition: DefinitionDraft;
  readonly servers: readonly ServerDraft[];
  readonly nodes: readonly NodeDraft[];
  readonly backend: Backend;
}

/** The stacks of a cluster besides the one of its own name; none if its state is not split. */
export function resolveParts(whole: Whole, split: StateSplit): StatePart[] {
  return partKeys(whole, split).map((key) => ({
    ...partOf(whole, key),
    nodes: whole.nodes.filter((node) => keyOf(node, split) === key).map(({ name }) => name),
  }));
}

/** Stack and backend of one part. */
const partOf = (
  { name, backend }: Pick<Whole, 'name' | 'backend'>,
  key: string,
): Omit<StatePart, 'nodes'> => ({ stack: `${name}-${key}`, backend: partBackend(backend, key) });

/**
 * Keys of all parts, also of those without nodes: the last node of a server is destroyed by the part that has it in its
 * state.
 */
function partKeys({ definition, servers }: Pick<Whole, 'definition' | 'servers'>, split: StateSplit) {
  if (split === 'none') return [];
  if (split === 'server') return servers.map(({ key }) => key);
  const pools = (definition.node_pools ?? []).filter(({ role }) => role !== 'control-plane');
  return [...new Set([...Object.values(ROLE_SETS), ...pools.flatMap(({ name }) => name ?? [])])];
}

const keyOf = (node: NodeDraft, split: StateSplit): string | undefined =>
  split === 'server' ? node.server?.key : node.machineSet;

/** Stack and backend of every state that a cluster may have been in under a former name, split or key of a server. */
export function formerStates(
  draft: Whole & Pick<ClusterDraft, 'renamedFrom' | 'stateSplit'>,
  split: StateSplit,
): Omit<StatePart, 'nodes'>[] {
  const { definition, servers, renamedFrom, stateSplit } = draft;
  const names = [draft.name, ...(renamedFrom === undefined ? [] : [renamedFrom])];
  const keys = new Set([
    ...partKeys(draft, split),
    ...partKeys(draft, stateSplit),
    ...([split, stateSplit].includes('server') ? servers.flatMap((server) => server.renamedFrom ?? []) : []),
  ]);
  return names.flatMap((name) => {
    const whole = { name, backend: resolveBackend(definition, name) };
    return [{ stack: name, backend: whole.backend }, ...[...keys].map((key) => partOf(whole, key))];
  });
}
