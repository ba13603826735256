import { nameOf } from './lib/names';
import { members, type Member } from './lib/run';
import { FreeVmIds, isVmId, rangeOf, siteName, sitesOf } from './lib/vm-ids';
import { error, runRule } from './lib/rule';

export const vmidUnique = runRule(
  'vmid-unique',
  'No VMID is used twice on a server, or on the servers of one Proxmox cluster',
  function* (clusters) {
    const siteOf = sitesOf(clusters);
    const owners = new Map<string, Member>();
    let free: FreeVmIds | undefined;
    for (const here of members(clusters)) {
      const { server, vmId, role } = here.node;
      if (!server || !server.site || vmId === undefined || !isVmId(vmId)) continue;
      if (!here.node.has('vm_id') && !rangeOf(here.cluster, role)) continue;
      const site = siteOf(server);
      const key = `${site}\n${vmId}`;
      const owner = owners.get(key);
      const written = [here, owner].find((member) => member?.node.has('vm_id'));
      // A written one is blamed, once; the derived one stays to be compared with the next.
      owners.set(key, owner && written !== owner ? owner : here);
      // Where both derive, the ranges overlap or one is exhausted: that is one problem, not one for each node.
      if (!owner || !written) continue;
      const other = written === here ? owner : here;
      free ??= new FreeVmIds(clusters, siteOf);
      const id = free.take(site, written.cluster.vmIdRanges[written.node.role]);
      const who = `${nameOf(other.node, other.cluster, written.cluster)} ${siteName(site, server)}`;
      const message = `VMID ${vmId} is also that of ${who}; take a free one, e.g. ${id}`;
      yield { ...error([...written.node.path, 'vm_id'], message), cluster: written.cluster };
    }
  },
);
