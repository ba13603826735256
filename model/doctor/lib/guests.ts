import type { ClusterDraft, NodeDraft } from '../../cluster/definition/draft';
import type { Guest, GuestConfig } from '../../proxmox/answers';
import { need, type LiveContext } from './check';
import type { ServerAnswers, SiteAnswers } from '../../proxmox/snapshot';

/** A guest with its configuration, and the servers that know it. */
export interface KnownGuest {
  readonly guest: Guest;
  readonly site: SiteAnswers;
  readonly config: GuestConfig | undefined;
}

/** All guests of a Proxmox cluster or of a server alone. */
export const guestsOf = ({ site }: ServerAnswers): KnownGuest[] =>
  need(site.guests).map((guest) => {
    const config = site.configs.get(guest.vmid);
    return { guest, site, config: config?.ok ? config.value : undefined };
  });

/** All guests of all servers of the definition that answered, each once. */
export function allGuests({ answered }: Pick<LiveContext, 'answered'>): KnownGuest[] {
  const sites = new Map([...answered.values()].map((server) => [server.site, server]));
  return [...sites.values()].flatMap(guestsOf);
}

/**
 * Whether a guest is the VM of a node: it has its name, and the tag of the cluster, which every VM of ours has from its
 * creation on. An adopted VM was made by someone else, so its name has to do.
 */
export const isOurs = (guest: Guest, node: NodeDraft, { name }: ClusterDraft): boolean =>
  guest.type === 'qemu' && guest.name === node.name && (guest.tags.includes(name) || node.has('adopted'));

/** The VM of a node where it should be. */
export function ownVm(context: LiveContext, node: NodeDraft): KnownGuest | undefined {
  return guestsOf(context.live).find(
    ({ guest }) => guest.vmid === node.vmId && isOurs(guest, node, context.cluster),
  );
}

/** Whether a guest is one of the VMs of the definition, wherever it is. */
export const isOfCluster = (guest: Guest, { nodes, ...cluster }: ClusterDraft): boolean =>
  nodes.some((node) => isOurs(guest, node, { nodes, ...cluster }));
