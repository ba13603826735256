import { isNoUuid, isUuid } from '../cluster/identity/smbios-uuid';
import { nameOf } from './lib/names';
import { members, type Member } from './lib/run';
import { error, runRule } from './lib/rule';

export const uuidUnique = runRule(
  'uuid-unique',
  'No two nodes have the same SMBIOS UUID',
  function* (clusters) {
    const owners = new Map<string, Member>();
    for (const here of members(clusters)) {
      const { uuid } = here.node;
      if (uuid === undefined || !isUuid(uuid) || isNoUuid(uuid)) continue;
      const owner = owners.get(uuid);
      const written = [here, owner].find((member) => member?.node.has('uuid'));
      // A written one is blamed, once; the derived one stays to be compared with the next.
      owners.set(uuid, owner && written !== owner ? owner : here);
      // Derived ones are equal only where cluster and node have the same names, which other rules report.
      if (!owner || !written) continue;
      const other = written === here ? owner : here;
      const who = nameOf(other.node, other.cluster, written.cluster);
      const message = `${uuid} is also the UUID of ${who}, and Omni tells machines apart by it; write the one that the VM has, or leave it out`;
      yield { ...error([...written.node.path, 'uuid'], message), cluster: written.cluster };
    }
  },
);
