import { ignoredPath } from '../cluster/adopted';
import { formatPath } from '../diagnostics/diagnostics';
import { placeOf, scsiOf } from '../cluster/definition/data-disks';
import type { DiskDraft, NodeDraft } from '../cluster/definition/draft';
import { ROLE_FACTS, ROLES } from '../cluster/roles';
import { clusterRule, error, type Finding } from './lib/rule';

/** Where Proxmox attaches disks. */
export const DISK_INTERFACE = /^(scsi([0-9]|[12][0-9]|30)|virtio([0-9]|1[0-5])|sata[0-5]|ide[0-3])$/;

export const adoptedHardware = clusterRule(
  'adopted-hardware',
  'Only an adopted VM has disks elsewhere than at scsi0 and on, or arguments that stay as they are',
  function* ({ definition, nodes }) {
    // By where they are written: to look each of thousands up among all takes minutes.
    const written = new Map(nodes.map((node) => [formatPath(node.path), node]));
    for (const role of ROLES) {
      const { key } = ROLE_FACTS[role];
      for (const [i, input] of (definition[key] ?? []).entries()) {
        const path = [key, i];
        const node = written.get(formatPath(path));
        if (!node) continue;
        for (const [at, entry] of (input.ignore_changes ?? []).entries())
          yield* ignoredFindings([...path, 'ignore_changes', at], entry, node);
      }
    }
    for (const node of nodes) yield* interfaceFindings(node);
  },
);

function* ignoredFindings(path: Finding['path'], entry: string, node: NodeDraft): Generator<Finding> {
  const disks = node.disks.map((disk) => ({ interface: disk.interface ?? '' }));
  if (!node.adopted)
    yield error(path, `"${node.name}" is not adopted, so nothing of it stays as it was; remove "${entry}"`);
  else if (ignoredPath(entry, { disks }) === undefined)
    yield error(
      path,
      `"${entry}" is not an argument of ${node.name} that can be ignored; write one like boot_order, cpu.type, network_device.net0.model or disk.${disks[0]?.interface ?? 'scsi0'}.serial`,
    );
}

function* interfaceFindings({ name, adopted, disks, where }: NodeDraft): Generator<Finding> {
  const owners = new Map<string, string>();
  const anyMoved = disks.some(isMoved);
  for (const disk of disks) {
    const { interface: slot } = disk;
    // That its slot is open is told by another rule.
    if (slot === undefined) continue;
    const at = disk.purpose === 'os' ? where('os_disk_interface') : placeOf(disk, 'interface');
    const moved = isMoved(disk);
    const owner = owners.get(slot);
    owners.set(slot, disk.name === undefined ? 'another disk' : `disk "${disk.name}"`);
    if (moved && !DISK_INTERFACE.test(slot))
      yield error(at, `"${slot}" is not a disk slot; write one like scsi1, virtio0, sata0 or ide0`);
    else if (moved && !adopted)
      yield error(at, `"${name}" is not adopted, and new VMs have their disks at scsi0 and on; remove it`);
    else if (owner !== undefined && anyMoved)
      yield error(at, `${slot} of ${name} is taken by ${owner}; write where the VM has each`);
  }
}

/** Whether a disk is elsewhere than its slot says. Two disks in one slot are told apart by another rule. */
const isMoved = (disk: DiskDraft): boolean =>
  disk.interface !== undefined && (disk.slot === undefined || disk.interface !== scsiOf(disk.slot));
