import { formatPath } from '../../diagnostics/diagnostics';
import type { ClusterDraft, NicDraft } from '../../cluster/definition/draft';

/** How many addresses a stretch needs so that all nodes that derive from the same first address find one. */
export function derivedSize(cluster: ClusterDraft, { ipPath }: NicDraft): number {
  const place = formatPath(ipPath);
  const indexes = cluster.nodes
    .filter(({ nics }) => nics.some((nic) => nic.derivedIp && formatPath(nic.ipPath) === place))
    .map(({ index }) => index ?? 0);
  return indexes.reduce((size, index) => Math.max(size, index + 1), 1);
}
