import type { ClusterDraft, NodeDraft } from '../cluster/definition/draft';
import { rangeSize } from '../cluster/identity/vm-id';
import { isIndex } from '../cluster/identity/node-index';
import { contains, formatAddress, parseAddress } from '../support/net';
import { ROLE_FACTS, ROLES, type Role } from '../cluster/roles';
import { NETWORK_NAMES, NETWORKS, subnetOf } from './lib/addresses';
import { eg, FreeAddresses } from './lib/free-addresses';
import { formatRange, rangeOf } from './lib/vm-ids';
import { clusterRule, error, type Finding } from './lib/rule';

type Indexed = NodeDraft & { readonly index: number };

export const rangeExhausted = clusterRule(
  'range-exhausted',
  'VMID ranges and subnets have room for the highest index of a role',
  function* (cluster) {
    for (const role of ROLES) {
      yield* vmIds(cluster, role);
      yield* addresses(cluster, role);
    }
  },
);

function* vmIds(cluster: ClusterDraft, role: Role): Generator<Finding> {
  const range = rangeOf(cluster, role);
  const top = highest(cluster, role, (node) => !node.has('vm_id'));
  if (!range || !top || range.first + top.index <= range.last) return;
  const wide = { first: range.first, last: range.first + top.index };
  const meets = ROLES.some((other) => {
    const taken = cluster.vmIdRanges[other];
    return other !== role && taken.first <= wide.last && wide.first <= taken.last;
  });
  const what = `${formatRange(range)} has ${rangeSize(range)} VMIDs, and ${top.name} with index ${top.index} needs number ${top.index + 1}`;
  const lower = `give ${top.name} an index below ${rangeSize(range)}`;
  yield error(range.path, `${what}; ${meets ? lower : `widen it to ${formatRange(wide)}, or ${lower}`}`);
}

function* addresses(cluster: ClusterDraft, role: Role): Generator<Finding> {
  const { key } = ROLE_FACTS[role];
  for (const network of NETWORK_NAMES) {
    const { first } = NETWORKS[network];
    const subnet = subnetOf(cluster, network);
    const start = parseAddress(cluster.definition.defaults?.[key]?.[first] ?? '');
    // Outside from the start is another rule's finding.
    if (!subnet || !start || !contains(subnet, start)) continue;
    const top = highest(cluster, role, ({ nics }) =>
      nics.some((nic) => nic.network === network && nic.derivedIp),
    );
    if (!top || start.value + BigInt(top.index) <= subnet.last) continue;
    const free = new FreeAddresses([cluster], cluster, network).take(top.index + 1);
    const what = `${formatAddress(start)} plus index ${top.index} of ${top.name} is beyond ${subnet.text}`;
    yield error(['defaults', key, first], `${what}; begin lower${eg(free)}, or give it a lower index`);
  }
}

/** The node of a role with the highest index, among those that derive something from it. */
function highest(
  cluster: ClusterDraft,
  role: Role,
  derives: (node: NodeDraft) => boolean,
): Indexed | undefined {
  let top: Indexed | undefined;
  for (const node of cluster.nodes) {
    const { index } = node;
    if (node.role !== role || index === undefined || !isIndex(index) || !derives(node)) continue;
    if (!top || index > top.index) top = { ...node, index };
  }
  return top;
}
