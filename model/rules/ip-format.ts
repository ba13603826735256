import type { ClusterDraft } from '../cluster/definition/draft';
import type { Path } from '../diagnostics/source';
import { parseAddress, parseAddressRange, type Subnet } from '../support/net';
import { ROLE_FACTS, ROLES } from '../cluster/roles';
import { addressProblem, NETWORK_NAMES, NETWORKS, subnetOf } from './lib/addresses';
import { clusterRule, error } from './lib/rule';

export const ipFormat = clusterRule(
  'ip-format',
  'Addresses are IPv4 or IPv6 without prefix; a DHCP range is first-last',
  function* (cluster) {
    for (const { path, text, subnet } of writtenAddresses(cluster)) {
      const problem = addressProblem(text, subnet);
      if (problem !== undefined) yield error(path, problem);
    }
    const range = cluster.definition.network_config?.dhcp_range;
    if (range !== undefined && !parseAddressRange(range)) {
      yield error(['network_config', 'dhcp_range'], rangeProblem(range));
    }
  },
);

/** Every place where an address is written, with the subnet it should be in. "" means that it derives. */
function* writtenAddresses(
  cluster: ClusterDraft,
): Generator<{ path: Path; text: string; subnet: Subnet | undefined }> {
  const { definition } = cluster;
  const gateway = definition.network_config?.gateway;
  const management = subnetOf(cluster, 'management');
  if (gateway !== undefined) yield { path: ['network_config', 'gateway'], text: gateway, subnet: management };
  for (const network of NETWORK_NAMES) {
    const { ip, first } = NETWORKS[network];
    const subnet = subnetOf(cluster, network);
    for (const { key } of ROLES.map((role) => ROLE_FACTS[role])) {
      const start = definition.defaults?.[key]?.[first];
      if (start !== undefined) yield { path: ['defaults', key, first], text: start, subnet };
      for (const [i, node] of (definition[key] ?? []).entries()) {
        const text = node[ip];
        if (text) yield { path: [key, i, ip], text, subnet };
      }
    }
  }
}

function rangeProblem(text: string): string {
  const [from = '', to = '', ...rest] = text.split('-').map((part) => part.trim());
  const [first, last] = [parseAddress(from), parseAddress(to)];
  if (rest.length > 0 || !first || !last)
    return `"${text}" is not an address range; write first-last, e.g. 192.168.10.200-192.168.10.250`;
  if (first.version !== last.version) return `"${text}" mixes IPv4 and IPv6; write two addresses of one kind`;
  return `"${text}" runs backwards; write ${to}-${from}`;
}
