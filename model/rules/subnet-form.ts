import { formatSubnet, parseAddress, parseSubnet, type Subnet } from '../support/net';
import { NETWORK_NAMES, NETWORKS } from './lib/addresses';
import { clusterRule, error } from './lib/rule';

export const subnetForm = clusterRule(
  'subnet-form',
  'Subnets are a network address with prefix, without host bits',
  function* ({ definition }) {
    for (const network of NETWORK_NAMES) {
      const { config } = NETWORKS[network];
      const text = definition[config]?.subnet;
      if (text === undefined) continue;
      const problem = subnetProblem(text);
      if (problem !== undefined) yield error([config, 'subnet'], problem);
    }
  },
);

/** What is wrong with the text of a subnet and what to write; `undefined` if nothing. */
export function subnetProblem(text: string): string | undefined {
  const subnet = parseSubnet(text);
  if (subnet) {
    if (subnet.network === subnet.last) return alone(text, subnet);
    const good = formatSubnet(subnet);
    const written = parseAddress(text.split('/')[0] ?? '');
    return written?.value === subnet.network
      ? undefined
      : `"${text}" has host bits set; did you mean ${good}?`;
  }
  const [host = '', prefix = ''] = text.split('/').map((part) => part.trim());
  const address = parseAddress(host);
  if (!address) return `"${text}" is not a subnet; write it like 192.168.10.0/24`;
  const whole = parseSubnet(`${host}/${address.version === 4 ? 24 : 64}`);
  const usual = whole ? formatSubnet(whole) : '';
  if (prefix === '') return `"${text}" has no prefix; write e.g. ${usual}`;
  return `"${prefix}" is not a valid prefix length for IPv${address.version}; write e.g. ${usual}`;
}

/** A routed address without neighbours. */
function alone(text: string, { version }: Subnet): string {
  const network = parseSubnet(`${text.split('/')[0]}/${version === 4 ? 24 : 64}`);
  const usual = network ? `, e.g. ${formatSubnet(network)}` : '';
  return `"${text}" is one address, with no room for a gateway or a second node; write the network that both are in${usual}. A gateway outside of it is not supported`;
}
