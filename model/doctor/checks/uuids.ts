import { error } from '../../rules/lib/rule';
import { guestName, uuidOf } from '../../proxmox/config';
import { liveCheck, need } from '../lib/check';
import { allGuests, isOurs } from '../lib/guests';

export const uuids = liveCheck('live-identity-taken', 'SMBIOS UUIDs', function* (context) {
  const { cluster, nodes } = context;
  const users = allGuests(context).filter(({ guest }) => guest.type === 'qemu');
  for (const node of nodes) {
    if (node.uuid === undefined) continue;
    const other = users.find(
      ({ guest, config }) =>
        config && uuidOf(config) === node.uuid && !isOurs(guest, node, cluster) && guest.vmid !== node.vmId,
    );
    if (!other) continue;
    yield error(
      node.path,
      `the SMBIOS UUID of ${node.name} is that of ${guestName(other.guest)}, a copy perhaps; remove that VM or give it a new uuid in smbios1`,
    );
  }
  for (const { guest, site } of users) need(site.configs.get(guest.vmid));
});
