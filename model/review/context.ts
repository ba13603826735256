import type { Cluster, Node } from '../cluster/cluster';
import type { Existing } from '../proxmox/existing';
import type { LiveMachine, LiveMachines } from '../proxmox/machine';
import { ROLES, type Role } from '../cluster/roles';
import { actionOf, VM, type Plan, type ResourceChange, type ValueChange } from '../terraform/plan';
import { asNumber, asText, asValues, Side, type Values } from '../terraform/values';

/** What is known about a node from before. */
interface Recorded {
  readonly role: Role | 'unknown';
  readonly server: string;
  readonly vmid: number;
  readonly ip: string;
}

/** What a review knows besides the plan. */
export interface Context {
  readonly cluster: Cluster;
  readonly nodes: ReadonlyMap<string, Node>;
  /**
   * By node name: output `machine_inventory` as it was. Facts about nodes, and no proof that they exist: Terraform writes its
   * outputs also where an apply ended before a single VM was made.
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
  const inventory = asValues(plan.output_changes['machine_inventory']?.before);
  const recorded = new Map(
    Object.entries(inventory).map(([name, machine]): [string, Recorded] => {
      const { role, proxmox_server, vm_id, ip_address } = asValues(machine);
      const [vmid, ip] = [asNumber(vm_id), asText(ip_address)];
      return [name, { role: roleOf(role), server: asText(proxmox_server), vmid, ip }];
    }),
  );
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
      const { role, ip } = last ?? { role: describedRole(before), ip: '' };
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

const roleOf = (text: unknown): Role | 'unknown' => ROLES.find((role) => role === text) ?? 'unknown';

/** The role of a VM: as defined, as recorded, or as its description says. */
export function roleOfVm(name: string, vm: Values, { nodes, recorded }: Context): Role | 'unknown' {
  return nodes.get(name)?.role ?? recorded.get(name)?.role ?? describedRole(vm);
}

const describedRole = (vm: Values): Role | 'unknown' =>
  roleOf(/^Talos (\S+) of cluster/.exec(asText(vm['description']))?.[1]);

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
