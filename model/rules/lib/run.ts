import type { ClusterDraft, NodeDraft } from '../../cluster/definition/draft';

/** A node with its cluster. */
export interface Member {
  readonly cluster: ClusterDraft;
  readonly node: NodeDraft;
}

/** All nodes of a run. */
export function* members(clusters: readonly ClusterDraft[]): Generator<Member> {
  for (const cluster of clusters) for (const node of cluster.nodes) yield { cluster, node };
}

/** Two nodes that `node-index` or `node-name-unique` reports: all that derives from the two is the same. */
export const sameIdentity = (a: Member, b: Member): boolean =>
  a.cluster === b.cluster &&
  ((a.node.role === b.node.role && a.node.index === b.node.index) || a.node.name === b.node.name);
