import { byBytes, count, some } from '../support/text';
import type { Context } from './context';
import { raise, type OpenFinding } from './node-findings';
import type { OtherReview, Quorum } from './types';
import { asList, asValues } from '../terraform/values';

import { workersDown, type PlannedVm } from './vms';

/** What no single node shows: quorum, capacity, VMIDs that change hands, things in use that go. */
export function clusterFindings(
  vms: readonly PlannedVm[],
  others: readonly OtherReview[],
  quorum: Quorum,
  context: Context,
): OpenFinding[] {
  return [
    ...misplaced(vms, context.cluster.name),
    ...quorumLost(vms, quorum, context.cluster.name),
    ...reusedIds(vms, context),
    ...others.flatMap((other) => removedInUse(other, vms)),
    ...restarts(vms, context.cluster.name),
    ...capacity(vms, context.cluster.name),
  ];
}

/** VMs that one state of a split cluster has, and whose node the definition puts into another. */
function misplaced(vms: readonly PlannedVm[], cluster: string): OpenFinding[] {
  const isIn = (action: string) =>
    new Set(vms.filter(({ review }) => review?.action === action).map(({ name }) => name));
  const forgotten = isIn('forget');
  const made = [...new Set([...isIn('create'), ...isIn('lost')])].filter((name) => forgotten.has(name));
  if (made.length === 0) return [];
  const message = `${some(made.sort(byBytes))}: the VM is in another state than the definition says, so one stack would forget it and another would create it again; run npm run move-state -- ${cluster}`;
  return [raise('blocked', 'state-misplaced', cluster, message)];
}

function quorumLost(vms: readonly PlannedVm[], quorum: Quorum, cluster: string): OpenFinding[] {
  const { members, needed, down, kept } = quorum;
  if (kept || down.length === 0) return [];
  const restartOnly = vms
    .filter(({ name }) => down.includes(name))
    .every(({ review }) => review?.action === 'update' && review.power === 'restarts');
  if (members === 1 && restartOnly) {
    return [
      raise(
        'warning',
        'reboot-on-update',
        cluster,
        `${down.join()} is the only control plane: no API until it is back`,
      ),
    ];
  }
  const facts = `${down.length} of ${members} control planes go down at once (${some(down)}), and etcd needs ${needed}`;
  const repair = restartOnly
    ? `set reboot_after_update: false, apply, then restart them one at a time with npm run restart -- ${cluster}`
    : 'change one, wait until it is a member again, then the next';
  return [
    raise(
      'blocked',
      restartOnly ? 'reboot-on-update' : 'quorum-lost',
      cluster,
      `${facts}; ${repair}`,
      `quorum:${cluster}`,
    ),
  ];
}

/** A VMID that one VM gives up and another takes in one run: Terraform does both at once, and the provider takes a VM for its own. */
function reusedIds(vms: readonly PlannedVm[], { cluster }: Context): OpenFinding[] {
  const sites = new Map(cluster.servers.map(({ key, site }) => [key, site]));
  const id = (server: string, vmid: unknown) => `${sites.get(server) ?? server} ${String(vmid)}`;
  const givenUp = new Map(
    vms
      .filter(({ review }) => review?.action === 'remove' || review?.action === 'replace')
      .map((vm) => [id(vm.from, vm.before['vm_id']), vm.name]),
  );
  return vms.flatMap(({ name, to, after, review }) => {
    if (review?.action !== 'create' && review?.action !== 'replace') return [];
    const owner = givenUp.get(id(to, after['vm_id']));
    if (owner === undefined || owner === name) return [];
    return [
      raise(
        'blocked',
        'vmid-unique',
        name,
        `takes VMID ${review.vmid} of ${owner} in the same run: Terraform does both at once and may take the old VM for the new one; apply the removal of ${owner} first, or give ${name} another index`,
      ),
    ];
  });
}

/** Which VMs will still use a resource that goes. */
function users({ kind, name }: OtherReview, vms: readonly PlannedVm[]): string[] {
  const uses = ({ after }: PlannedVm): boolean => {
    if (kind === 'resource pool') return after['pool_id'] === name;
    if (kind === 'PCI mapping')
      return asList(after['hostpci']).some((device) => asValues(device)['mapping'] === name);
    return false;
  };
  return vms
    .filter(uses)
    .map((vm) => vm.name)
    .sort(byBytes);
}

function removedInUse(other: OtherReview, vms: readonly PlannedVm[]): OpenFinding[] {
  const { kind, name, action, level, address } = other;
  if (action !== 'remove' && action !== 'replace') return [];
  const inUse = users(other, vms);
  if (inUse.length > 0) {
    const rule = kind === 'PCI mapping' ? 'gpu-mapping-missing' : 'pool-in-use';
    const message = `the ${kind} goes while in use by ${some(inUse)}, so apply fails or VMs do not start; take it out of the nodes first`;
    return [raise('blocked', rule, name, message, `remove:${name}`)];
  }
  if (level !== 'high') return [];
  return [
    raise(
      'blocked',
      'resource-removed',
      address,
      `the ${kind} is destroyed${action === 'replace' ? ' and re-created' : ''}`,
      `remove:${address}`,
    ),
  ];
}

function restarts(vms: readonly PlannedVm[], cluster: string): OpenFinding[] {
  const later = vms.filter(({ review }) => review?.power === 'later');
  if (later.length === 0) return [];
  const byHand = `${count(later.length, 'node')} must be restarted for the change to take effect: ${some(later.map(({ name }) => name))} (reboot_after_update is false); npm run restart -- ${cluster} does it one at a time`;
  return [raise('warning', 'restart-by-hand', cluster, byHand)];
}

function capacity(vms: readonly PlannedVm[], cluster: string): OpenFinding[] {
  const { share, nodes } = workersDown(vms);
  if (nodes < 2 || share <= 0.5) return [];
  const message = `${count(nodes, 'worker')} with ${Math.round(share * 100)} % of the memory of all workers go down at once; their pods will not fit elsewhere`;
  return [raise('warning', 'capacity-during-change', cluster, message)];
}
