import type { ClusterDraft, NicDraft } from '../cluster/definition/draft';
import { isMac, macAddress } from '../cluster/identity/mac';
import { count } from '../support/text';
import { FreePrefixes } from './lib/macs';
import { nameOf } from './lib/names';
import { members, sameIdentity, type Member } from './lib/run';
import { error, runRule, type RunFinding } from './lib/rule';

type Owner = Member & { readonly nic: NicDraft; readonly derived: boolean };

export const macUnique = runRule(
  'mac-unique',
  'No MAC address is used twice, over all NICs of all clusters',
  function* (clusters) {
    const owners = new Map<string, Owner>();
    const shared = new Map<ClusterDraft, { mac: string; first: Owner; second: Owner; pairs: number }>();
    for (const member of members(clusters)) {
      for (const [position, nic] of member.node.nics.entries()) {
        const { mac } = nic;
        // What derives from a broken prefix is no MAC either.
        if (mac === undefined || !isMac(mac)) continue;
        const here: Owner = { ...member, nic, derived: nic.derivedMac || frozen(member, nic, position) };
        const owner = owners.get(mac);
        // A written one is blamed, once; the derived one stays to be compared with the next.
        if (!owner || (here.derived && !owner.derived)) owners.set(mac, here);
        if (!owner) continue;
        if (!here.derived || !owner.derived) yield collision(mac, owner, here);
        else if (!sameIdentity(owner, here)) {
          const known = shared.get(here.cluster);
          shared.set(here.cluster, {
            mac,
            first: owner,
            second: here,
            ...known,
            pairs: (known?.pairs ?? 0) + 1,
          });
        }
      }
    }
    if (shared.size === 0) return;
    const prefixes = new FreePrefixes(clusters);
    for (const [cluster, { mac, first, second, pairs }] of shared) {
      const other = nameOf(first.node, first.cluster, cluster);
      const more = pairs > 1 ? ` (and ${count(pairs - 1, 'pair')} more)` : '';
      const free = first.cluster.nodes.reduce((most, { index = 0 }) => Math.max(most, index), 0) + 1;
      const message = `${second.node.name} and ${other} would both have the MAC ${mac}${more}; set mac_address_prefix to ${prefixes.take(cluster.name)}, or use indexes from ${free} on`;
      yield { ...error(['mac_address_prefix'], message), cluster };
    }
  },
);

/** A starter file leaves the MAC out, and the conversion writes the derived one. */
const frozen = ({ cluster, node }: Member, { mac }: NicDraft, position: number): boolean =>
  cluster.source.starter &&
  node.index !== undefined &&
  mac === macAddress(cluster.macPrefix, node.role, node.index, position);

/** Reported where a MAC is written: that is the one to change. */
function collision(mac: string, first: Owner, second: Owner): RunFinding {
  const [at, other] = second.derived ? [first, second] : [second, first];
  const message =
    at.node === other.node
      ? `${mac} is also the MAC of the other NIC of ${at.node.name}; give each NIC its own`
      : `${mac} is also the MAC of ${nameOf(other.node, other.cluster, at.cluster)}; write another one, or leave it out to derive it`;
  return { ...error(at.nic.macPath, message), cluster: at.cluster };
}
