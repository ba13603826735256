import type { ClusterDraft, ServerDraft, VmIdRangeDraft } from '../../cluster/definition/draft';
import { inRange, parseVmIdRange, VM_ID_MAX, VM_ID_MIN, type VmIdRange } from '../../cluster/identity/vm-id';
import { ROLE_FACTS, type Role } from '../../cluster/roles';
import { members } from './run';

export const isVmId = (id: number): boolean => Number.isInteger(id) && id >= VM_ID_MIN && id <= VM_ID_MAX;

export const formatRange = ({ first, last }: VmIdRange): string => `${first}-${last}`;

/** The range of a role; `undefined` if what is written for it cannot be read, which `vmid-range` reports. */
export function rangeOf(cluster: ClusterDraft, role: Role): VmIdRangeDraft | undefined {
  const written = cluster.definition.defaults?.[ROLE_FACTS[role].key]?.vm_id_range;
  return written !== undefined && !parseVmIdRange(written) ? undefined : cluster.vmIdRanges[role];
}

/**
 * The site of each server. A definition that leaves out the Proxmox cluster of a server still means the same site, as
 * soon as another one names it for the same address.
 */
export function sitesOf(clusters: readonly ClusterDraft[]): (server: ServerDraft) => string {
  const named = new Map<string, string>();
  for (const { servers } of clusters) {
    for (const { endpoint, site } of servers) if (site !== endpoint) named.set(endpoint, site);
  }
  return ({ endpoint, site }) => named.get(endpoint) ?? site;
}

/** A site as its users know it: the server, or the Proxmox cluster. */
export const siteName = (site: string, server: ServerDraft): string =>
  site.startsWith('cluster ') ? `in Proxmox ${site}` : `on ${server.key}`;

/** VMIDs that no node of a site has, by site. */
export class FreeVmIds {
  private readonly taken = new Map<string, Set<number>>();
  private readonly cursors = new Map<string, number>();

  constructor(clusters: readonly ClusterDraft[], site: (server: ServerDraft) => string) {
    for (const { node } of members(clusters)) {
      if (node.server && node.vmId !== undefined) this.of(site(node.server)).add(node.vmId);
    }
  }

  /** A free VMID: after the highest of the range that is in use, else the lowest free one from its start on. */
  take(site: string, range: VmIdRange): number {
    const taken = this.of(site);
    const cursor = `${site}\n${formatRange(range)}`;
    let id = this.cursors.get(cursor) ?? highest(taken, range) + 1;
    if (!inRange(range, id)) id = range.first;
    while (taken.has(id)) id++;
    taken.add(id);
    this.cursors.set(cursor, id + 1);
    return id;
  }

  private of(site: string): Set<number> {
    const ids = this.taken.get(site) ?? new Set<number>();
    this.taken.set(site, ids);
    return ids;
  }
}

function highest(ids: ReadonlySet<number>, range: VmIdRange): number {
  let found = range.first - 1;
  for (const id of ids) if (inRange(range, id) && id > found) found = id;
  return found;
}
