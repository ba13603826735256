import { ignoredPath } from '../cluster/adopted';
import { formatPath } from '../diagnostics/diagnostics';
import type { NodeDraft } from '../cluster/definition/draft';
import { slotOf } from '../proxmox/config';
import { ROLE_FACTS, ROLES } from '../cluster/roles';
import { clusterRule, error, type Finding } from './lib/rule';

const INTERFACE = /^(scsi([0-9]|[12][0-9]|30)|virtio([0-9]|1[0-5])|sata[0-5]|ide[0-3])$/;

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
  const disks = node.disks.map((disk) => ({ interface: slotOf(disk) }));
  if (!node.adopted)
    yield error(path, `"${node.name}" is not adopted, so nothing of it stays as it was; remove "${entry}"`);
  else if (ignoredPath(entry, { disks }) === undefined)
    yield error(
      path,
      `"${entry}" is not an argument of ${node.name} that can be ignored; write one like boot_order, cpu.type, network_device.net0.model or disk.${disks[0]?.interface ?? 'scsi0'}.serial`,
    );
}

function* interfaceFindings(node: NodeDraft): Generator<Finding> {
  const owners = new Map<string, string>();
  for (const disk of node.disks) {
    const at = disk.purpose === 'os' ? node.where('os_disk_interface') : [...disk.path, 'interface'];
    const slot = slotOf(disk);
    const written = disk.interface !== undefined;
    const owner = owners.get(slot);
    owners.set(slot, disk.name);
    if (written && !INTERFACE.test(slot))
      yield error(at, `"${slot}" is not a disk slot; write one like scsi1, virtio0, sata0 or ide0`);
    else if (written && !node.adopted)
      yield error(
        at,
        `"${node.name}" is not adopted, and new VMs have their disks at scsi0 and on; remove it`,
      );
    else if (owner !== undefined && slotIsOdd(node))
      yield error(at, `${slot} of ${node.name} is taken by disk "${owner}"; write where the VM has each`);
  }
}

/** Slots alone are told apart by another rule. */
const slotIsOdd = ({ disks }: NodeDraft): boolean => disks.some((disk) => disk.interface !== undefined);
