import type { Cluster } from '../cluster/cluster';
import { byBytes } from '../support/text';
import type { ClusterMachine } from './cluster-machines';
import type { LiveCluster } from './live-cluster';
import type { MachineIds } from './machine-ids';
import type { MachineStatus } from './machine-status';
import { setId } from './patch-ids';

/** A machine that a template puts into a cluster. */
export interface WantedMember {
  /** Machine id in Omni. */
  readonly id: string;
  /** Node name. */
  readonly name: string;
  /** Id of its machine set in Omni. */
  readonly set: string;
}

/** What a template says, as far as what is there now must be compared with it. */
export interface WantedCluster {
  readonly name: string;
  readonly talosVersion: string;
  readonly kubernetesVersion: string;
  /** In byte order of the node names. */
  readonly members: readonly WantedMember[];
  /** Ids of all config patches. */
  readonly patches: ReadonlySet<string>;
  /** Ids of members that the definition locks. */
  readonly locked: ReadonlySet<string>;
  /** Sets whose members Omni takes from a machine class, by id, with how many. */
  readonly classSets: ReadonlyMap<string, number | 'unlimited'>;
}

/** A machine that leaves or has left, and by what name people know it. */
export interface LeavingMember extends ClusterMachine {
  /** Node name, else what Talos calls it, else the id. */
  readonly title: string;
  /** Omni knows the machine and cannot reach it: the cluster scales down until it could reset it. */
  readonly unreachable: boolean;
  /** A person has locked it. */
  readonly locked: boolean;
}

/** How the members of a cluster change. All lists are in byte order of the names. */
export interface Membership {
  readonly joins: readonly WantedMember[];
  readonly leaves: readonly LeavingMember[];
  /** Who has left before, and is not reset yet. */
  readonly left: readonly LeavingMember[];
  /** Members whose machine set changes, which Omni does not do. */
  readonly moves: readonly { readonly member: WantedMember; readonly from: string }[];
}

/** Id of the machine set with the control planes. */
export const controlPlanesOf = (cluster: string): string => setId(cluster, 'control-planes');

/** The members of a cluster as its template has them. */
export const wantedMembers = ({ name: cluster, nodes }: Cluster, ids: MachineIds): WantedMember[] =>
  nodes
    .map(({ name, machineSet }) => ({ id: ids.get(name) ?? '', name, set: setId(cluster, machineSet) }))
    .sort(byName);

/** What a template says beyond its members and patches, as far as it is compared. */
export const wantedSets = (
  { name: cluster, nodes, machineSets }: Cluster,
  ids: MachineIds,
): Pick<WantedCluster, 'locked' | 'classSets'> => ({
  locked: new Set(nodes.filter(({ omni }) => omni.locked).map(({ name }) => ids.get(name) ?? '')),
  classSets: new Map(
    machineSets.flatMap(({ name, members }) =>
      members === 'nodes' ? [] : [[setId(cluster, name), members.size] as const],
    ),
  ),
});

/**
 * Compares what a template wants with who is a member now. Members are Omni's MachineSetNodes: the lines of a dry run name a
 * machine set that goes, but not the machines that go with it.
 *
 * @param machines all machines of Omni: they tell the names of members that no template of ours put there
 */
export function compareMembers(
  wanted: WantedCluster,
  live: LiveCluster,
  machines: readonly MachineStatus[],
): Membership {
  const members = new Map(live.members.map((member) => [member.id, member]));
  const kept = new Set(wanted.members.map(({ id }) => id));
  const names = new Map(machines.map(({ metadata, spec }) => [metadata.id, spec.network?.hostname ?? '']));
  const unreachable = new Set(
    machines.filter(({ spec }) => !spec.connected).map(({ metadata }) => metadata.id),
  );
  const leaving = (member: ClusterMachine & { readonly locked: boolean }): LeavingMember => ({
    ...member,
    title: member.name || names.get(member.id) || member.id,
    unreachable: unreachable.has(member.id),
  });
  const staying = wanted.members.flatMap((member) => {
    const now = members.get(member.id);
    return now ? [{ member, now }] : [];
  });
  return {
    joins: wanted.members.filter(({ id }) => !members.has(id)),
    leaves: live.members
      .filter(({ id, set }) => !kept.has(id) && !wanted.classSets.has(set))
      .map(leaving)
      .sort(byTitle),
    left: live.leaving.map((machine) => leaving({ ...machine, locked: false })).sort(byTitle),
    moves: staying
      .filter(({ member, now }) => member.set !== now.set)
      .map(({ member, now }) => ({ member, from: now.set })),
  };
}

const byTitle = (a: LeavingMember, b: LeavingMember): number =>
  byBytes(a.title, b.title) || byBytes(a.id, b.id);

const byName = (a: { readonly name: string }, b: { readonly name: string }): number =>
  byBytes(a.name, b.name);
