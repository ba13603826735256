import { majority } from '../cluster/etcd';
import type { Role } from '../cluster/roles';
import { afterOf, beforeOf, roleOfVm, serverOf, type Context } from './context';
import { coresOf, memoryOf, nodeReview } from './node-review';
import { actionOf, VM, type Plan } from '../terraform/plan';
import type { Load, NodeReview, Quorum } from './types';
import { asText, isUnset, type Values } from '../terraform/values';

/** A VM of the plan, also one that nothing happens to. */
export interface PlannedVm {
  readonly name: string;
  readonly role: Role | 'unknown';
  /** Server before and after; "" where it is not. */
  readonly from: string;
  readonly to: string;
  /** Empty for a VM that is new, or gone. */
  readonly before: Values;
  readonly after: Values;
  /** What happens to it, if anything. */
  readonly review?: NodeReview;
}

/** All VMs of a plan. */
export function plannedVms(plan: Plan, context: Context): PlannedVm[] {
  return plan.resource_changes
    .filter(({ type, mode, deposed }) => type === VM && mode === 'managed' && deposed === undefined)
    .map((resource): PlannedVm => {
      const own = beforeOf(resource.change).masked();
      const review = nodeReview(resource, context);
      // One that is there, and that the state does not have, is as good as one that it has.
      const before = review?.action === 'take' ? afterOf(resource.change).masked() : own;
      const after = actionOf(resource) === 'forget' ? {} : afterOf(resource.change).masked();
      const name = asText(after['name']) || asText(before['name']) || resource.name;
      const [last, defined] = [context.recorded.get(name)?.server, context.nodes.get(name)?.server.key];
      return {
        name,
        role: roleOfVm(name, isUnset(after) ? before : after, context),
        from: isUnset(before) ? '' : serverOf(before, context.cluster, last, defined),
        to: isUnset(after) ? '' : (defined ?? asText(after['node_name'])),
        before,
        after,
        ...(review ? { review } : {}),
      };
    });
}

/** Whether the VM runs now, and will not for some time while Terraform works. */
const goesDown = ({ review }: PlannedVm): boolean =>
  review !== undefined &&
  (review.action === 'lost' ||
    ((review.action === 'replace' || review.power === 'stops' || review.power === 'restarts') &&
      review.power !== 'starts'));

/** What becomes of etcd. Members leave etcd by themselves only when a person tells them to, so that all of before count. */
export function quorumOf(vms: readonly PlannedVm[]): Quorum {
  const members = vms.filter(
    ({ role, before, review }) => role === 'control-plane' && (!isUnset(before) || review?.action === 'lost'),
  );
  const needed = members.length === 0 ? 0 : majority(members.length);
  const down = members.filter(goesDown);
  const parked = members.filter((vm) => vm.before['started'] === false && !down.includes(vm));
  return {
    members: members.length,
    needed,
    down: down.map(({ name }) => name),
    kept: members.length - down.length - parked.length >= needed,
  };
}

/** Cores and memory by server and in all. */
export function loadsOf(vms: readonly PlannedVm[]): Load[] {
  const servers = [...new Set(vms.flatMap(({ from, to }) => [from, to]).filter(Boolean))].sort();
  const loads = servers.map((server) =>
    load(
      server,
      vms.filter(({ from }) => from === server),
      vms.filter(({ to }) => to === server),
    ),
  );
  const all = load(
    '',
    vms.filter(({ from }) => from !== ''),
    vms.filter(({ to }) => to !== ''),
  );
  return [...loads, ...(loads.length > 1 ? [all] : [])].filter(
    ({ cores, mb }) => cores.from !== cores.to || mb.from !== mb.to || mb.down > 0,
  );
}

function load(server: string, before: readonly PlannedVm[], after: readonly PlannedVm[]): Load {
  const down = before.filter(goesDown);
  const sum = (of: (vm: PlannedVm) => number, vms: readonly PlannedVm[]) =>
    vms.reduce((total, vm) => total + of(vm), 0);
  const figures = (size: (values: Values) => number) => ({
    from: sum((vm) => size(vm.before), before),
    to: sum((vm) => size(vm.after), after),
    down: sum((vm) => size(vm.before), down),
  });
  return { server, cores: figures(coresOf), mb: figures(memoryOf) };
}

/** Share of the memory of all workers that is down at once, from 0 to 1. */
export function workersDown(vms: readonly PlannedVm[]): { readonly share: number; readonly nodes: number } {
  const workers = vms.filter(({ role, from }) => role !== 'control-plane' && from !== '');
  const down = workers.filter(goesDown);
  const memory = (list: readonly PlannedVm[]) =>
    list.reduce((total, { before }) => total + memoryOf(before), 0);
  return { share: memory(down) / (memory(workers) || 1), nodes: down.length };
}
