import { error } from '../../rules/lib/rule';
import { liveCheck, need } from '../lib/check';
import { disksOf } from '../../proxmox/config';
import { ownVm } from '../lib/guests';

export const shrunkDisks = liveCheck('disk-shrunk', 'sizes of disks', function* (context) {
  for (const node of context.nodes) {
    const vm = ownVm(context, node);
    if (!vm) continue;
    const sizes = new Map(
      disksOf(need(vm.site.configs.get(vm.guest.vmid))).map((disk) => [disk.interface, disk.sizeGb ?? 0]),
    );
    for (const { interface: slot = '', sizeGb, path } of node.disks) {
      const actual = sizes.get(slot) ?? 0;
      if (actual <= sizeGb) continue;
      yield error(
        path,
        `${slot} of ${node.name} has ${actual} GB already, more than ${sizeGb}, and disks only grow; write ${Math.ceil(actual)}`,
      );
    }
  }
});
