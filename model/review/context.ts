import type { Cluster, Node } from '../cluster';
import { ROLES, type Role } from '../roles';
import type { Plan, ResourceChange, ValueChange } from './plan';
import { asNumber, asText, asValues, Side, type Values } from './values';

/** What the last apply wrote down about a node. */
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
  /** By node name: output `machine_inventory` as it was. Empty before the first apply. */
  readonly recorded: ReadonlyMap<string, Recorded>;
}

export function contextOf(plan: Plan, cluster: Cluster): Context {
  const inventory = asValues(plan.output_changes['machine_inventory']?.before);
  const recorded = Object.entries(inventory).map(([name, machine]): [string, Recorded] => {
    const { role, proxmox_server, vm_id, ip_address } = asValues(machine);
    return [
      name,
      {
        role: roleOf(role),
        server: asText(proxmox_server),
        vmid: asNumber(vm_id),
        ip: asText(ip_address),
      },
    ];
  });
  return {
    cluster,
    nodes: new Map(cluster.nodes.map((node) => [node.name, node])),
    recorded: new Map(recorded),
  };
}

const roleOf = (text: unknown): Role | 'unknown' => ROLES.find((role) => role === text) ?? 'unknown';

/** The role of a VM: as defined, as recorded, or as its description says. */
export function roleOfVm(name: string, vm: Values, { nodes, recorded }: Context): Role | 'unknown' {
  const described = /^Talos (\S+) of cluster/.exec(asText(vm['description']))?.[1];
  return nodes.get(name)?.role ?? recorded.get(name)?.role ?? roleOf(described);
}

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
