import { parseAddress } from '../support/net';
import { addressProblem } from './lib/addresses';
import { clusterRule, error } from './lib/rule';

export const dnsServers = clusterRule(
  'dns-servers',
  'There is at least one DNS server, and each is an address',
  function* ({ definition }) {
    const { dns_servers: servers, gateway = '' } = definition.network_config ?? {};
    if (servers === undefined) return;
    const path = ['network_config', 'dns_servers'];
    if (servers.length === 0) {
      const example = parseAddress(gateway) ? `the gateway ${gateway}` : '1.1.1.1';
      yield error(path, `no DNS server; give at least one, e.g. ${example}`);
    }
    for (const [i, server] of servers.entries()) {
      if (parseAddress(server)) continue;
      const [, repair = ''] = addressProblem(server)?.split('; ') ?? [];
      const what = `"${server}" is not an IPv4 or IPv6 address`;
      yield error(
        [...path, i],
        `${what}; ${repair.includes(' it like') ? 'write the address of a DNS server, not its name' : repair}`,
      );
    }
  },
);
