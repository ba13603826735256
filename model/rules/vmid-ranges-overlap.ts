import type { ClusterDraft, ServerDraft, VmIdRangeDraft } from '../cluster/definition/draft';
import { freeRange, rangeSize, type VmIdRange } from '../cluster/identity/vm-id';
import { ROLE_FACTS, ROLES, type Role } from '../cluster/roles';
import { clusterTitle } from './lib/names';
import { members } from './lib/run';
import { formatRange, rangeOf, siteName, sitesOf } from './lib/vm-ids';
import { error, runRule } from './lib/rule';

/** A range that nodes take their VMIDs from, on the sites where these nodes are. */
interface Used {
  readonly cluster: ClusterDraft;
  readonly role: Role;
  readonly range: VmIdRangeDraft;
  readonly sites: Map<string, ServerDraft>;
}

export const vmidRangesOverlap = runRule(
  'vmid-ranges-overlap',
  'VMID ranges of roles and clusters that meet on a server do not overlap',
  function* (clusters) {
    const siteOf = sitesOf(clusters);
    const used = usedRanges(clusters, siteOf);
    const found = new Map<Used, { other: Used; site: string }>();
    for (const [site, ranges] of bySite(used)) {
      for (const [a, b] of overlaps(ranges)) {
        const [other, at] = blame(a, b, used);
        if (!found.has(at)) found.set(at, { other, site });
      }
    }
    if (found.size === 0) return;
    const taken = takenBy(clusters);
    for (const one of used) {
      const { other, site } = found.get(one) ?? {};
      if (!other || site === undefined) continue;
      const { cluster, role, range, sites } = one;
      const free = freeRange(taken, rangeSize(range));
      taken.push(hundreds(free));
      const server = sites.get(site);
      const of = other.cluster === cluster ? '' : ` of cluster ${clusterTitle(other.cluster, cluster)}`;
      const whose = `${ROLE_FACTS[other.role].title}s${of} (${formatRange(other.range)})`;
      const where = server ? ` ${siteName(site, server)}` : '';
      const message = `VMIDs ${formatRange(range)} of the ${ROLE_FACTS[role].title}s overlap with the ${whose}${where}; write ${formatRange(free)}`;
      yield { ...error(range.path, message), cluster };
    }
  },
);

function usedRanges(clusters: readonly ClusterDraft[], siteOf: (server: ServerDraft) => string): Used[] {
  return clusters.flatMap((cluster) =>
    ROLES.flatMap((role) => {
      const range = rangeOf(cluster, role);
      const sites = new Map<string, ServerDraft>();
      for (const node of cluster.nodes) {
        const { server } = node;
        if (node.role === role && server?.site && !node.has('vm_id')) sites.set(siteOf(server), server);
      }
      return range && sites.size > 0 ? [{ cluster, role, range, sites }] : [];
    }),
  );
}

function bySite(used: readonly Used[]): Map<string, Used[]> {
  const sites = new Map<string, Used[]>();
  for (const one of used) {
    for (const site of one.sites.keys()) {
      const ranges = sites.get(site);
      if (ranges) ranges.push(one);
      else sites.set(site, [one]);
    }
  }
  return sites;
}

/** Each range that begins before another one ends, with the one that reaches furthest. */
function* overlaps(ranges: readonly Used[]): Generator<[Used, Used]> {
  const [first, ...rest] = [...ranges].sort((a, b) => a.range.first - b.range.first);
  if (!first) return;
  let widest = first;
  for (const next of rest) {
    if (next.range.first <= widest.range.last) yield [widest, next];
    if (next.range.last > widest.range.last) widest = next;
  }
}

/** The range to change comes second: the later cluster's; in one cluster a written one, else that of the later role. */
function blame(a: Used, b: Used, order: readonly Used[]): [Used, Used] {
  const [first, second] = order.indexOf(a) < order.indexOf(b) ? [a, b] : [b, a];
  const swap = a.cluster === b.cluster && first.range.written && !second.range.written;
  return swap ? [second, first] : [first, second];
}

/**
 * All ranges, in use or not, and all VMIDs, wherever they are: an offer should be right for every site. They take whole
 * hundreds, so that an offer begins with a round number.
 */
function takenBy(clusters: readonly ClusterDraft[]): VmIdRange[] {
  const taken: VmIdRange[] = clusters.flatMap((cluster) => Object.values(cluster.vmIdRanges));
  for (const { node } of members(clusters)) {
    if (node.vmId !== undefined) taken.push({ first: node.vmId, last: node.vmId });
  }
  return taken.map(hundreds);
}

const hundreds = ({ first, last }: VmIdRange): VmIdRange => ({
  first: first - (first % 100),
  last: last - (last % 100) + 99,
});
