import { formatPath } from '../diagnostics/diagnostics';
import { formatAddress, parseAddress } from '../support/net';
import { count } from '../support/text';
import { derivedSize } from './lib/derived';
import { eg } from './lib/free-addresses';
import { nameOf } from './lib/names';
import { Networks, type Owner } from './lib/networks';
import { members, sameIdentity } from './lib/run';
import { error, runRule, type RunFinding } from './lib/rule';

export const ipUnique = runRule(
  'ip-unique',
  'No address is used twice in a cluster, or in clusters that share a network',
  function* (clusters) {
    const networks = new Networks(clusters);
    const owners = new Map<string, Owner>();
    const overlaps = new Map<string, { at: Owner; other: Owner; text: string; more: number }>();
    for (const member of members(clusters)) {
      for (const nic of member.node.nics) {
        const here: Owner = { ...member, nic };
        const address = parseAddress(nic.ip ?? '');
        if (!address || networks.isReserved(here, address.value)) continue;
        const text = formatAddress(address);
        const keys = networks.of(here).map((network) => `${network} ${text}`);
        const owner = keys.map((key) => owners.get(key)).find((found) => found !== undefined);
        const at = owner && !owner.nic.derivedIp && nic.derivedIp ? owner : here;
        // A written one is blamed, once; the derived one stays to be compared with the next.
        for (const key of keys) if (!owners.has(key) || owners.get(key) === at) owners.set(key, here);
        if (!owner) continue;
        const other = at === here ? owner : here;
        if (!at.nic.derivedIp) yield duplicate(at, other, text, networks);
        else if (!sameIdentity(at, other)) {
          const id = [at, other].map(
            (one) => `${networks.number(one.cluster)} ${formatPath(one.nic.ipPath)}`,
          );
          const overlap = overlaps.get(id.join());
          if (overlap) overlap.more++;
          else overlaps.set(id.join(), { at, other, text, more: 0 });
        }
      }
    }
    // Two stretches that overlap are one problem, however many nodes are in both.
    for (const { at, other, text, more } of overlaps.values()) {
      const who = `${at.node.name} and ${nameOf(other.node, other.cluster, at.cluster)}`;
      const what = `${who} would both get ${text}${more > 0 ? ` (${count(more, 'more pair')} likewise)` : ''}`;
      const repair = eg(networks.freeFor(at).take(derivedSize(at.cluster, at.nic)));
      yield { ...error(at.nic.ipPath, `${what}; begin elsewhere${repair}`), cluster: at.cluster };
    }
  },
);

function duplicate(at: Owner, other: Owner, text: string, networks: Networks): RunFinding {
  const who = nameOf(other.node, other.cluster, at.cluster);
  const message = `${text} is also the address of ${who}; use a free one${eg(networks.freeFor(at).take())}`;
  return { ...error(at.nic.ipPath, message), cluster: at.cluster };
}
