import type { ClusterDraft, NicDraft } from '../../cluster/definition/draft';
import { parseAddress, parseSubnet, type Subnet } from '../../support/net';

/** Keys of the two networks of a cluster. */
export const NETWORKS = {
  management: { config: 'network_config', ip: 'ip_address', first: 'first_ip' },
  storage: { config: 'storage_network', ip: 'storage_ip_address', first: 'storage_first_ip' },
} as const;

export type NetworkName = NicDraft['network'];

export const NETWORK_NAMES: readonly NetworkName[] = ['management', 'storage'];

/** The subnet of a network; `undefined` if there is none, or none that can be read. */
export const subnetOf = ({ definition }: ClusterDraft, network: NetworkName): Subnet | undefined =>
  parseSubnet(definition[NETWORKS[network].config]?.subnet ?? '');

/** What an address cannot be given to a node for: it is the network's own. */
export function reservedAs(value: bigint, subnet: Subnet): string | undefined {
  const room = subnet.last - subnet.network;
  if (room < 3n) return undefined;
  if (value === subnet.network) return 'the network address';
  return subnet.version === 4 && value === subnet.last ? 'the broadcast address' : undefined;
}

/** What is wrong with the text of an address and what to write; `undefined` if nothing. */
export function addressProblem(text: string, subnet?: Subnet): string | undefined {
  if (parseAddress(text)) return undefined;
  const [bare = '', prefix] = text.split('/');
  const plain = bare.trim().replace(/^\[(.*)\]$/, '$1');
  const repaired = /^\d+(\.\d+){3}$/.test(plain) ? plain.split('.').map(Number).join('.') : plain;
  if (!parseAddress(repaired)) {
    const like = subnet ? `an address of ${subnet.text}` : 'it like 192.168.10.20';
    return `"${text}" is not an IPv4 or IPv6 address; write ${like}`;
  }
  if (prefix !== undefined) return `"${text}" has a prefix, which comes from the subnet; write ${repaired}`;
  return `"${text}" is not an IPv4 or IPv6 address; write ${repaired}`;
}
