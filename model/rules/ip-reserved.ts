import type { ClusterDraft } from '../cluster/definition/draft';
import { formatAddress, parseAddress } from '../support/net';
import { NETWORK_NAMES, reservedAs, subnetOf } from './lib/addresses';
import { derivedSize } from './lib/derived';
import { eg, FreeAddresses } from './lib/free-addresses';
import { clusterRule, error, type Finding } from './lib/rule';

export const ipReserved = clusterRule(
  'ip-reserved',
  'No node has the address of the network, of the broadcast or of the gateway',
  function* (cluster) {
    yield* gatewayFinding(cluster);
    for (const network of NETWORK_NAMES) {
      const subnet = subnetOf(cluster, network);
      if (!subnet) continue;
      const gateway = network === 'management' ? parseAddress(cluster.network.gateway) : undefined;
      let free: FreeAddresses | undefined;
      for (const node of cluster.nodes) {
        for (const nic of node.nics) {
          const address = nic.network === network ? parseAddress(nic.ip ?? '') : undefined;
          if (!address || address.version !== subnet.version) continue;
          const what = address.value === gateway?.value ? 'the gateway' : reservedAs(address.value, subnet);
          if (what === undefined) continue;
          free ??= new FreeAddresses([cluster], cluster, network);
          const text = formatAddress(address);
          yield nic.derivedIp
            ? error(
                nic.ipPath,
                `${node.name} would get ${text}, ${what}; begin elsewhere${eg(free.take(derivedSize(cluster, nic)))}`,
              )
            : error(nic.ipPath, `${text} is ${what}; use a free address${eg(free.take())}`);
        }
      }
    }
  },
);

function* gatewayFinding(cluster: ClusterDraft): Generator<Finding> {
  const subnet = subnetOf(cluster, 'management');
  const gateway = parseAddress(cluster.network.gateway);
  if (!subnet || gateway?.version !== subnet.version) return;
  const what = reservedAs(gateway.value, subnet);
  if (what === undefined) return;
  const usual = formatAddress({ version: subnet.version, value: subnet.network + 1n });
  const message = `${formatAddress(gateway)} is ${what} of ${subnet.text}; did you mean ${usual}?`;
  yield error(['network_config', 'gateway'], message);
}
