import type { ClusterDraft } from '../cluster/definition/draft';
import { contains, formatAddress, parseAddress, parseAddressRange, type Address } from '../support/net';
import { addressProblem, reservedAs, subnetOf } from './lib/addresses';
import { eg, FreeAddresses } from './lib/free-addresses';
import { clusterTitle, nameOf } from './lib/names';
import { error, runRule } from './lib/rule';

const PATH = ['standalone', 'vip'];

export const vipAddress = runRule(
  'vip-address',
  'The address that control planes share is a free one of the management network, where all of them are neighbours',
  function* (clusters) {
    for (const cluster of clusters) {
      const { management } = cluster;
      if (management.kind !== 'standalone' || management.vip === undefined) continue;
      const problem = problemOf(management.vip, cluster, clusters);
      if (problem !== undefined) yield { ...error(PATH, problem), cluster };
    }
  },
);

function problemOf(
  text: string,
  cluster: ClusterDraft,
  clusters: readonly ClusterDraft[],
): string | undefined {
  const subnet = subnetOf(cluster, 'management');
  const address = parseAddress(text);
  if (!address) return addressProblem(text, subnet);
  if (!subnet) return undefined;
  const free = () => eg(new FreeAddresses(clusters, cluster, 'management').take());
  const told = formatAddress(address);
  if (!contains(subnet, address))
    return `${told} is outside of ${subnet.text}, where the control planes are neighbours; write a free address of it${free()}`;
  const owner = same(parseAddress(cluster.network.gateway), address)
    ? 'the gateway'
    : (reservedAs(address.value, subnet) ?? ownerOf(address, cluster, clusters));
  if (owner !== undefined) return `${told} is ${owner}; write a free address${free()}`;
  const pool = parseAddressRange(cluster.definition.network_config?.dhcp_range ?? '');
  return pool && pool.first.value <= address.value && address.value <= pool.last.value
    ? `${told} is in the DHCP pool, which may give it to another machine; write one outside${free()}`
    : undefined;
}

/** A node or another cluster that has an address in the same network. */
function ownerOf(
  address: Address,
  cluster: ClusterDraft,
  clusters: readonly ClusterDraft[],
): string | undefined {
  for (const other of clusters) {
    if (other !== cluster && networkOf(other) !== networkOf(cluster)) continue;
    const node = other.nodes.find(({ nics }) => same(parseAddress(nics[0]?.ip ?? ''), address));
    if (node) return `that of ${nameOf(node, other, cluster)}`;
    const { management } = other;
    const vip = other !== cluster && management.kind === 'standalone' ? management.vip : undefined;
    if (same(parseAddress(vip ?? ''), address)) return `the vip of ${clusterTitle(other, cluster)} too`;
  }
  return undefined;
}

const same = (a: Address | undefined, b: Address): boolean =>
  a !== undefined && a.version === b.version && a.value === b.value;

/** What clusters in one management network have in common. */
const networkOf = ({ network, definition }: ClusterDraft): string =>
  `${network.subnet} ${network.gateway} ${definition.network_config?.vlan_id ?? 0}`;
