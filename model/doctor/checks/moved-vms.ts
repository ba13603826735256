import { error, warning } from '../../rules/lib/rule';
import { guestName } from '../../proxmox/config';
import { liveCheck } from '../lib/check';
import { allGuests, isOurs } from '../lib/guests';
import { vmIdPath } from '../lib/places';

export const movedVms = liveCheck('identity-changed', 'names', function* (context) {
  const { cluster, server, nodes, live } = context;
  const guests = allGuests(context);
  for (const node of nodes) {
    for (const { guest, site } of guests) {
      if (guest.name !== node.name || guest.type !== 'qemu') continue;
      const here = site === live.site && guest.node === server.nodeName;
      if (here && guest.vmid === node.vmId) continue;
      const place = `VM ${node.vmId} on ${server.nodeName}`;
      if (!isOurs(guest, node, cluster)) {
        // One that has the VMID too is told as that.
        if (site === live.site && guest.vmid === node.vmId) continue;
        yield warning(
          vmIdPath(node),
          `${guestName(guest)} has the name of this node and is not a VM of this cluster; rename one of the two`,
        );
      } else if (site === live.site && guest.vmid === node.vmId) {
        yield error(
          vmIdPath(node),
          `VM ${guest.vmid} of ${node.name} is on ${guest.node} now, and an apply would replace it on ${server.nodeName}; write its server, or run: qm migrate ${guest.vmid} ${server.nodeName}`,
        );
      } else {
        yield error(
          vmIdPath(node),
          `${guestName(guest)} is a VM of this cluster, and an apply would make ${place} beside it or in its place; write vm_id and proxmox_server as they are, or remove the old VM`,
        );
      }
    }
  }
});
