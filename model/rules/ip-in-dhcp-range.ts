import { formatPath } from '../diagnostics/diagnostics';
import type { NicDraft } from '../cluster/definition/draft';
import { formatAddress, parseAddress, parseAddressRange } from '../support/net';
import { derivedSize } from './lib/derived';
import { eg, FreeAddresses } from './lib/free-addresses';
import { someOf } from './lib/places';
import { clusterRule, error } from './lib/rule';

export const ipInDhcpRange = clusterRule(
  'ip-in-dhcp-range',
  'Static addresses lie outside the DHCP pool, unless the node gets its address by a reservation',
  function* (cluster) {
    const text = cluster.definition.network_config?.dhcp_range ?? '';
    const pool = parseAddressRange(text);
    if (!pool) return;
    let offers: FreeAddresses | undefined;
    const free = (size?: number) =>
      eg((offers ??= new FreeAddresses([cluster], cluster, 'management')).take(size));
    const derived = new Map<string, { nic: NicDraft; names: string[] }>();
    for (const node of cluster.nodes) {
      const nic = node.nics[0];
      const address = parseAddress(nic?.ip ?? '');
      if (!node.nocloud || !nic || address?.version !== pool.first.version) continue;
      if (address.value < pool.first.value || address.value > pool.last.value) continue;
      if (!nic.derivedIp) {
        const what = `${formatAddress(address)} is in the DHCP pool ${text}, which may give it to another machine`;
        yield error(nic.ipPath, `${what}; use one outside${free()}`);
        continue;
      }
      const place = formatPath(nic.ipPath);
      const group = derived.get(place) ?? { nic, names: [] };
      derived.set(place, group);
      group.names.push(node.name);
    }
    for (const { nic, names } of derived.values()) {
      const what = `${someOf(names)} would get addresses in the DHCP pool ${text}, which may give them to other machines`;
      yield error(nic.ipPath, `${what}; begin elsewhere${free(derivedSize(cluster, nic))}`);
    }
  },
);
