import { error } from '../../rules/lib/rule';
import { guestName, macsOf } from '../../proxmox/config';
import { liveCheck, need } from '../lib/check';
import { allGuests, isOurs } from '../lib/guests';

export const macs = liveCheck('live-identity-taken', 'MAC addresses', function* (context) {
  const { cluster, nodes } = context;
  const users = allGuests(context).map((known) => ({
    ...known,
    macs: known.config ? macsOf(known.config) : [],
  }));
  for (const node of nodes) {
    for (const { mac, macPath } of node.nics) {
      const other = users.find(
        ({ guest, macs: all }) =>
          mac !== undefined && all.includes(mac) && !isOurs(guest, node, cluster) && guest.vmid !== node.vmId,
      );
      if (!other) continue;
      yield error(
        macPath,
        `MAC ${mac} of ${node.name} is that of ${guestName(other.guest)}; give one of the two another`,
      );
    }
  }
  for (const { guest, site } of users) if (guest.vmid) need(site.configs.get(guest.vmid));
});
