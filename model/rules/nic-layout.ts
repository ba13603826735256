import type { ClusterDraft, NodeDraft } from '../cluster/definition/draft';
import { overlap, parseSubnet, type Subnet } from '../support/net';
import { NETWORKS, subnetOf } from './lib/addresses';
import { eg } from './lib/free-addresses';
import { nodeNames } from './lib/places';
import { clusterRule, error, isBroken, warning, written, type Finding } from './lib/rule';

export const nicLayout = clusterRule(
  'nic-layout',
  'A storage network is a network of its own, and has a bridge on every server that needs one',
  function* (cluster) {
    const { definition } = cluster;
    if (!definition.storage_network) {
      if (isBroken(cluster, ['storage_network'])) return;
      const wanted = [...written(cluster, 'storage_network')].filter(
        ({ value, block }) => block.path.length > 0 && value,
      );
      for (const { path } of wanted) {
        yield error(path, 'there is no storage network; add storage_network with its subnet, or write false');
      }
      if (wanted.length === 0) yield* unused(cluster);
      return;
    }
    const [management, storage] = [subnetOf(cluster, 'management'), subnetOf(cluster, 'storage')];
    if (management && storage && overlap(management, storage)) {
      const message = `${storage.text} overlaps the management network ${management.text}; use a network of its own${eg(apart(management))}`;
      yield error(['storage_network', 'subnet'], message);
    }
    yield* bridges(cluster);
    yield* unused(cluster);
  },
);

const apart = (management: Subnet): string | undefined =>
  ['172.31.250.0/24', '10.250.0.0/24'].find((text) => {
    const subnet = parseSubnet(text);
    return subnet && !overlap(management, subnet);
  });

/** One finding for each server, however many nodes it hosts. */
function* bridges(cluster: ClusterDraft): Generator<Finding> {
  const hosting = new Map<string, NodeDraft[]>();
  for (const node of cluster.nodes) {
    if (!node.server || !node.nics[1]) continue;
    const nodes = hosting.get(node.server.key);
    if (nodes) nodes.push(node);
    else hosting.set(node.server.key, [node]);
  }
  const shared = cluster.definition.storage_network?.bridge;
  for (const [key, nodes] of hosting) {
    const [first, second] = nodes[0]?.nics ?? [];
    const own = ['proxmox_servers', key, 'storage_bridge'];
    if (second?.bridge === undefined) {
      if (isBroken(cluster, ['storage_network', 'bridge'])) continue;
      const message = `no bridge on "${key}" for the storage NIC of ${nodeNames(nodes)}; write storage_bridge, or storage_network.bridge for all servers`;
      yield error(own, message);
    } else if (second.bridge === first?.bridge && second.vlanId === first.vlanId) {
      const vlan = second.vlanId === 0 ? 'without VLAN' : `in VLAN ${second.vlanId}`;
      const message = `management and storage network are both on ${second.bridge} ${vlan}; give the storage network a bridge or a vlan_id of its own`;
      yield error(second.bridge === shared ? ['storage_network', 'bridge'] : own, message);
    }
  }
}

/** What is written for storage NICs that do not exist. */
function* unused({ definition, nodes, broken }: ClusterDraft): Generator<Finding> {
  if (
    definition.storage_network &&
    broken.size === 0 &&
    nodes.length > 0 &&
    !nodes.some(({ nics }) => nics[1])
  ) {
    const message =
      'no node has a NIC in this network; name its roles in storage_network.roles, or remove it';
    yield { ...warning(['storage_network'], message), atKey: true };
    return;
  }
  for (const node of nodes) {
    if (node.nics[1] || node.path[0] === 'node_pools') continue;
    for (const key of [NETWORKS.storage.ip, 'storage_mac_address'] as const) {
      if (!node.has(key)) continue;
      const message = `${node.name} has no NIC in the storage network; write storage_network: true, or add ${node.role} to storage_network.roles`;
      const none = 'there is no storage network, so it has no effect; add storage_network, or remove it';
      yield warning([...node.path, key], definition.storage_network ? message : none);
    }
  }
}
