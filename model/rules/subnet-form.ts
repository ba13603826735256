import { formatSubnet, parseAddress, parseSubnet } from '../net';
import { NETWORK_NAMES, NETWORKS } from './lib/addresses';
import { clusterRule, error } from './rule';

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

function subnetProblem(text: string): string | undefined {
  const subnet = parseSubnet(text);
  if (subnet) {
    const good = formatSubnet(subnet);
    const written = parseAddress(text.split('/')[0] ?? '');
    return written?.value === subnet.network
      ? undefined
      : `"${text}" has host bits set; did you mean ${good}?`;
  }
  const [host = '', prefix = ''] = text.split('/').map((part) => part.trim());
  const address = parseAddress(host);
  if (!address) return `"${text}" is no subnet; write it like 192.168.10.0/24`;
  const whole = parseSubnet(`${host}/${address.version === 4 ? 24 : 64}`);
  const usual = whole ? formatSubnet(whole) : '';
  if (prefix === '') return `"${text}" has no prefix; write e.g. ${usual}`;
  return `"${prefix}" is no prefix of IPv${address.version}; write e.g. ${usual}`;
}
