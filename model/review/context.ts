import type { Cluster, Node } from '../cluster/cluster';
import type { Existing } from '../proxmox/existing';
import type { LiveMachine, LiveMachines } from '../proxmox/machine';
import type { Role } from '../cluster/roles';
import { roleInTags } from '../cluster/role-tags';
import { recordedMachines, type Recorded } from '../inventory/recorded';
import { actionOf, VM, type Plan, type ResourceChange, type ValueChange } from '../terraform/plan';
import { asList, asNumber, asText, Side, type Values } from '../terraform/values';

/** What a review knows besides the plan. */
export interface Context {
  readonly cluster: Cluster;
  readonly nodes: ReadonlyMap<string, Node>;
  /**
   * By node name: output `machine_inventory` as it was. Facts about nodes, and no proof that they exist: older
   * versions of our stacks have it before a single VM is made.
   */
  readonly recorded: ReadonlyMap<string, Recorded>;
  /** By node name: VMs that the state has and that their server no longer shows. */
  readonly vanished: ReadonlyMap<string, Recorded>;
  /** Names of VMs that their servers have and the state does not: an apply takes them over. */
  readonly taken: ReadonlySet<string>;
  /** By node name: VMs as their servers have them. Those that matter; empty where nobody was asked. */
  readonly live: ReadonlyMap<string, LiveMachine>;
}

export function contextOf(
  plan: Plan,
  cluster: Cluster,
  existing: readonly Existing[] = [],
  live?: LiveMachines,
): Context {
  const recorded = recordedMachines(plan.output_changes['machine_inventory']?.before);
  return {
    cluster,
    nodes: new Map(cluster.nodes.map((node) => [node.name, node])),
    recorded,
    vanished: vanishedIn(plan, cluster, recorded),
    taken: new Set(existing.filter(({ kind }) => kind === 'VM').map(({ name }) => name)),
    live: live?.machines ?? new Map(),
  };
}

/** What a refresh no longer found: the state had the VM, so that it was made once. */
function vanishedIn(
  plan: Plan,
  cluster: Cluster,
  recorded: ReadonlyMap<string, Recorded>,
): Map<string, Recorded> {
  const gone = plan.resource_drift.filter(
    (resource) => resource.type === VM && resource.deposed === undefined && actionOf(resource) === 'remove',
  );
  return new Map(
    gone.map((resource): [string, Recorded] => {
      const before = beforeOf(resource.change).masked();
      const name = asText(before['name']) || resource.name;
      const last = recorded.get(name);
      const { role, ip } = last ?? { role: taggedRole(before, cluster), ip: '' };
      const server = serverOf(before, cluster, last?.server);
      return [name, { role, ip, server, vmid: asNumber(before['vm_id']) }];
    }),
  );
}

/**
 * Key of the server that has a VM: one with the node that the state names.
 *
 * @param likely keys that decide where several servers call their node the same
 */
export function serverOf(
  vm: Values,
  { servers }: Cluster,
  ...likely: readonly (string | undefined)[]
): string {
  const node = asText(vm['node_name']);
  const hosts = servers.filter(({ nodeName }) => nodeName === node).map(({ key }) => key);
  const known = likely.filter((key) => key !== undefined);
  return known.find((key) => hosts.includes(key)) ?? hosts[0] ?? known[0] ?? node;
}

/** The role of a VM: as defined, as recorded, or as its tags say. */
export function roleOfVm(name: string, vm: Values, { cluster, nodes, recorded }: Context): Role | 'unknown' {
  return nodes.get(name)?.role ?? recorded.get(name)?.role ?? taggedRole(vm, cluster);
}

const taggedRole = (vm: Values, { name, renamedFrom }: Cluster): Role | 'unknown' => {
  const tags = asList(vm['tags']).map(asText);
  return roleInTags(tags, [name, ...(renamedFrom === undefined ? [] : [renamedFrom])]) ?? 'unknown';
};

export const beforeOf = ({ before, before_sensitive }: ValueChange): Side =>
  new Side(before, before_sensitive);

export const afterOf = ({ after, after_sensitive, after_unknown }: ValueChange): Side =>
  new Side(after, after_sensitive, after_unknown);

/** What a replacement or removal has for a reason besides a changed argument. */
const REASONS: Readonly<Record<string, string>> = {
  replace_because_tainted: 'the last apply failed while it was made',
  replace_by_request: 'asked for with -replace',
  replace_by_triggers: 'a resource that it follows changes',
};

/** @param labels words for arguments, by their path without list positions */
export function reasonsOf({ change, action_reason = '' }: ResourceChange, label: (path: string) => string) {
  const paths = (change.replace_paths ?? []).map((path) =>
    path.filter((part) => typeof part === 'string').join('.'),
  );
  const words = REASONS[action_reason];
  return [...new Set([...(words ? [words] : []), ...paths.map(label)])];
}
