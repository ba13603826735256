import type { Context } from './context';
import { isIdentity } from './node-review';
import type { DiskRisk, ReviewFinding, NodeReview } from './types';
import type { PlannedVm } from './vms';

/** A finding before anybody has allowed it. */
export type OpenFinding = Omit<ReviewFinding, 'severity'> & { readonly severity: 'blocked' | 'warning' };

export const raise = (
  severity: OpenFinding['severity'],
  rule: string,
  subject: string,
  message: string,
  allow = '',
): OpenFinding => ({ severity, rule, subject, message, allow });

/** What one node must not go through unasked. */
export function nodeFindings(vm: PlannedVm, context: Context): OpenFinding[] {
  const { review } = vm;
  if (!review) return [];
  return [
    ...removal(vm, review, context),
    ...lost(review, context),
    ...identity(review),
    ...disks(review),
    ...takeover(review, context),
  ];
}

function removal({ before }: PlannedVm, review: NodeReview, context: Context): OpenFinding[] {
  const { name, action, vmid, server, reasons } = review;
  if (action !== 'remove' && action !== 'replace') return [];
  const advice = leaveFirst(review, context);
  const destroyed = review.data.map(diskText).join(' and ');
  const found =
    action === 'remove'
      ? raise(
          'blocked',
          'node-removed',
          name,
          `VM ${vmid} on ${server} is destroyed, with disks ${destroyed}; ${advice}`,
          `remove:${name}`,
        )
      : raise(
          'blocked',
          reasons.includes('VMID') || reasons.includes('Proxmox node') ? 'identity-changed' : 'node-replaced',
          name,
          `the VM is destroyed and re-created, because of ${reasons.join(', ') || 'a changed argument'}; disks ${destroyed} are lost; ${advice}`,
          `replace:${name}`,
        );
  if (before['protection'] !== true) return [found];
  const protection = 'VM protection is on, so it cannot be destroyed';
  return [
    found,
    raise('blocked', 'vm-protection', name, `${protection}; set vm_protection: false and apply that first`),
  ];
}

/** How a node leaves its cluster in good order. */
function leaveFirst({ name, role }: NodeReview, { recorded }: Context): string {
  if (role !== 'control-plane') return `drain it first: kubectl drain ${name}`;
  const ip = recorded.get(name)?.ip ?? '';
  return `let it leave etcd first: talosctl -n ${ip || name} etcd leave`;
}

const diskText = ({ disk, gb, storage }: DiskRisk): string => `${disk} (${gb} GB on ${storage})`;

function lost({ name, action, server, vmid }: NodeReview, { vanished }: Context): OpenFinding[] {
  const last = vanished.get(name);
  if (action !== 'lost' || !last) return [];
  if (last.server !== server) {
    const effect = `a new, empty VM is made on ${server}, and VM ${last.vmid} on ${last.server} keeps running with the same MAC and address, outside of the state`;
    return [
      raise(
        'blocked',
        'identity-changed',
        name,
        `goes from ${last.server} to ${server}: ${effect}; remove the node, apply, then add it on ${server}`,
        `replace:${name}`,
      ),
    ];
  }
  return [
    raise(
      'warning',
      'live-identity-taken',
      name,
      `VM ${vmid} was made before and ${server} no longer shows it; if it is still there, the token may not see it, and apply would take it over. If it is gone, a new, empty one is made`,
    ),
  ];
}

function identity({ name, action, changes }: NodeReview): OpenFinding[] {
  if (action !== 'update') return [];
  const changed = changes.filter(isIdentity);
  if (changed.length === 0) return [];
  const text = changed.map(({ what, from, to }) => `${what} ${from} → ${to}`).join(', ');
  const known = changed.some(({ what }) => what === 'SMBIOS UUID') ? 'Omni knows' : 'DHCP and Omni know';
  return [
    raise(
      'blocked',
      'identity-changed',
      name,
      `${text}; ${known} the machine by it: keep the old value in the definition, or register the machine again`,
      `replace:${name}`,
    ),
  ];
}

function disks({ name, data, power }: NodeReview): OpenFinding[] {
  const of = (what: DiskRisk['what']) => data.filter((one) => one.what === what);
  return [
    ...of('detached').map((one) =>
      raise(
        'blocked',
        'disk-removed',
        name,
        `disk ${diskText(one)} is detached from the VM while it runs; its volume stays as unused disk and goes with the VM; move the data first`,
        `disks:${name}`,
      ),
    ),
    ...of('shrunk').map((one) =>
      raise(
        'blocked',
        'disk-shrunk',
        name,
        `disk ${diskText(one)} would shrink, which Proxmox refuses in the middle of apply; keep the size, or rebuild the node`,
      ),
    ),
    ...(power === 'later' ? of('moved') : []).map((one) =>
      raise(
        'blocked',
        'disk-moved',
        name,
        `disk ${diskText(one)} cannot move while the VM runs, and apply fails at that; set reboot_after_update: true for this change`,
      ),
    ),
  ];
}

/** A node that the definition calls adopted is named there. */
function takeover({ name, action, origin }: NodeReview, { nodes }: Context): OpenFinding[] {
  if (action !== 'import' || nodes.get(name)?.adopted) return [];
  const message = `VM ${origin} will be managed by Terraform, which writes its configuration; check that it is the machine of this node`;
  return [raise('blocked', 'live-identity-taken', name, message, `adopt:${name}`)];
}
