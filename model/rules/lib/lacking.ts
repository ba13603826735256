import type { ClusterDraft, NodeDraft } from '../../cluster/definition/draft';
import type { Path } from '../../diagnostics/source';
import { error, isBroken, type Finding } from './rule';
import { someOf } from './places';

type Nodes = [NodeDraft, ...NodeDraft[]];

/** A list whose nodes lack the same key in more cases than this is told once, not node by node. */
const EACH = 3;

/** Findings for nodes that lack a key: at the node, at the pool, or once at the list that misses it in many places. */
export function* lacking(
  cluster: ClusterDraft,
  nodes: readonly NodeDraft[],
  key: string,
  message: (who: string, nodes: Nodes) => string,
): Generator<Finding> {
  const groups = new Map<string | number, { path: Path; nodes: Nodes }>();
  for (const node of nodes) {
    if (isBroken(cluster, [...node.path, key])) continue;
    const [list = '', i = 0] = node.path;
    const id = list === 'node_pools' ? `pool ${i}` : list;
    const group = groups.get(id);
    if (group) group.nodes.push(node);
    else groups.set(id, { path: list === 'node_pools' ? node.path : [list], nodes: [node] });
  }
  for (const { path, nodes: members } of groups.values()) {
    const pool = path[0] === 'node_pools';
    if (pool || members.length > EACH) {
      const who = someOf(members.map(({ name }) => name));
      yield { ...error(path, message(who, members)), atKey: true };
    } else {
      for (const node of members) yield error([...node.path, key], message(node.name, [node]));
    }
  }
}
