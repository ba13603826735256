import { error } from '../../rules/lib/rule';
import { liveCheck, need } from '../lib/check';
import { disksOf } from '../../proxmox/config';
import { ownVm } from '../lib/guests';

export const unmanagedDisks = liveCheck(
  'live-disk-unmanaged',
  'disks unknown to the definition',
  function* (context) {
    for (const node of context.nodes) {
      const vm = ownVm(context, node);
      if (!vm) continue;
      const defined = new Set(node.disks.map((disk) => disk.interface));
      for (const { interface: slot, volume, sizeGb } of disksOf(need(vm.site.configs.get(vm.guest.vmid)))) {
        if (defined.has(slot)) continue;
        const size = sizeGb === undefined ? '' : `, ${sizeGb} GB`;
        yield error(
          node.path,
          `${slot} of ${node.name} (${volume}${size}) is not in the definition, and the next change of a disk detaches it; add it to data_disks, or run: qm set ${vm.guest.vmid} --delete ${slot}`,
        );
      }
    }
  },
);
