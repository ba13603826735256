import type { ClusterDraft } from '../cluster/definition/draft';
import type { Path } from '../diagnostics/source';
import {
  contains,
  formatAddress,
  formatSubnet,
  parseAddress,
  parseAddressRange,
  parseSubnet,
  type Address,
  type Subnet,
} from '../support/net';
import { ROLE_FACTS, ROLES } from '../cluster/roles';
import { NETWORK_NAMES, NETWORKS, subnetOf, type NetworkName } from './lib/addresses';
import { eg, FreeAddresses } from './lib/free-addresses';
import { clusterRule, error, warning } from './lib/rule';

export const ipInSubnet = clusterRule(
  'ip-in-subnet',
  'Gateway and node addresses are in the subnet of their network',
  function* (cluster) {
    for (const network of NETWORK_NAMES) {
      const subnet = subnetOf(cluster, network);
      // One address is no network, which is told.
      if (!subnet || subnet.network === subnet.last) continue;
      const all = [...written(cluster, network)];
      const outside = all.filter(({ address }) => !contains(subnet, address));
      const [first, , third] = outside;
      if (first && third && outside.length === all.length) {
        // One wrong subnet, not a wrong address for each node.
        const meant = parseSubnet(`${formatAddress(first.address)}/${subnet.prefix}`);
        const what = `none of the ${all.length} addresses is in ${subnet.text}`;
        const repair =
          meant && meant.version === subnet.version ? `did you mean ${formatSubnet(meant)}?` : `correct it`;
        yield error([NETWORKS[network].config, 'subnet'], `${what}; ${repair}`);
        continue;
      }
      const free = outside.length > 0 ? new FreeAddresses([cluster], cluster, network) : undefined;
      for (const { path, address, gateway } of outside) {
        const what = `${formatAddress(address)} is outside ${subnet.text}`;
        const moved = movedInto(subnet, address);
        const repair = gateway
          ? formatAddress({ version: subnet.version, value: moved })
          : free?.takeNear(moved);
        yield error(
          path,
          `${what}; ${gateway ? `did you mean ${repair}?` : `use an address of it${eg(repair)}`}`,
        );
      }
    }
    yield* pool(cluster);
  },
);

interface Written {
  readonly path: Path;
  readonly address: Address;
  readonly gateway?: boolean;
}

/** Addresses where they are written; those that derive follow from the first one. */
function* written(cluster: ClusterDraft, network: NetworkName): Generator<Written> {
  const { definition, nodes } = cluster;
  const gateway = parseAddress(cluster.network.gateway);
  if (network === 'management' && gateway) {
    yield { path: ['network_config', 'gateway'], address: gateway, gateway: true };
  }
  const { first } = NETWORKS[network];
  for (const { key } of ROLES.map((role) => ROLE_FACTS[role])) {
    const address = parseAddress(definition.defaults?.[key]?.[first] ?? '');
    if (address) yield { path: ['defaults', key, first], address };
  }
  for (const nic of nodes.flatMap(({ nics }) => nics)) {
    const address = nic.network === network && !nic.derivedIp ? parseAddress(nic.ip ?? '') : undefined;
    if (address) yield { path: nic.ipPath, address };
  }
}

/** The same host in the right network: a typing error in the network part is the likely one. */
function movedInto(subnet: Subnet, { version, value }: Address): bigint {
  const host = version === subnet.version ? value & (subnet.last - subnet.network) : 0n;
  return subnet.network + (host === 0n && subnet.last > subnet.network ? 1n : host);
}

function* pool(cluster: ClusterDraft) {
  const range = parseAddressRange(cluster.definition.network_config?.dhcp_range ?? '');
  const subnet = subnetOf(cluster, 'management');
  if (!range || !subnet || contains(subnet, range.first) || contains(subnet, range.last)) return;
  const text = `${formatAddress(range.first)}-${formatAddress(range.last)}`;
  yield warning(
    ['network_config', 'dhcp_range'],
    `${text} is outside ${subnet.text}, so no node is kept out of it; write the pool of this network, or leave it out`,
  );
}
