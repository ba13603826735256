import { error } from '../../rules/lib/rule';
import { guestName } from '../../proxmox/config';
import { liveCheck, need } from '../lib/check';
import { isOfCluster, isOurs } from '../lib/guests';
import { vmIdPath } from '../lib/places';

export const vmIds = liveCheck('live-identity-taken', 'VMIDs', function* ({ cluster, nodes, live }) {
  const guests = need(live.site.guests);
  const byId = new Map(guests.map((guest) => [guest.vmid, guest]));
  const taken = new Set([...byId.keys(), ...cluster.nodes.map(({ vmId }) => vmId)]);
  for (const node of nodes) {
    const guest = byId.get(node.vmId ?? 0);
    if (!guest || isOurs(guest, node, cluster)) continue;
    const who = `VMID ${guest.vmid} of ${node.name} is taken by ${guestName(guest)}`;
    if (isOfCluster(guest, cluster)) {
      yield error(vmIdPath(node), `${who}, another node of this cluster; give each its own`);
      continue;
    }
    let free = guest.vmid;
    while (taken.has(free)) free++;
    taken.add(free);
    const adopt = guest.name === node.name ? ', or adopted: true if it is this node' : '';
    yield error(
      vmIdPath(node),
      `${who}, which an apply would overwrite; write another, e.g. vm_id: ${free}${adopt}`,
    );
  }
});
