import type { ClusterDraft } from '../cluster/definition/draft';
import { overlap, parseAddress, parseSubnet, type Subnet } from '../support/net';
import { NETWORK_NAMES, subnetOf } from './lib/addresses';
import { clusterRule, error, warning, type Finding } from './lib/rule';
import { subnetProblem } from './subnet-form';

export const standaloneSettings = clusterRule(
  'standalone-settings',
  'Networks, certificates and scheduling of a cluster without Omni fit each other and what the cluster has',
  function* (cluster) {
    if (cluster.management.kind !== 'standalone') return;
    yield* networks(cluster);
    yield* names(cluster);
    yield* workload(cluster);
  },
);

const KEYS = ['pod_subnets', 'service_subnets'] as const;

/** Smallest networks that make sense: a node takes a /24 or /64 of the pods, and there are more than a handful of services. */
const LONGEST = { pod_subnets: { 4: 22, 6: 62 }, service_subnets: { 4: 26, 6: 122 } } as const;

const USUAL = {
  pod_subnets: { 4: '10.244.0.0/16', 6: 'fd00:10:244::/56' },
  service_subnets: { 4: '10.96.0.0/12', 6: 'fd00:10:96::/112' },
} as const;

/** The networks inside of the cluster. */
function* networks(cluster: ClusterDraft): Generator<Finding> {
  const taken: { readonly subnet: Subnet; readonly what: string }[] = NETWORK_NAMES.flatMap((network) => {
    const subnet = subnetOf(cluster, network);
    return subnet ? [{ subnet, what: `the ${network} network` }] : [];
  });
  for (const key of KEYS) {
    const list = cluster.definition.standalone?.[key];
    const path = ['standalone', key];
    if (list?.length === 0) yield error(path, 'names no network; write one, or remove it');
    const versions = new Set<number>();
    for (const [i, text] of (list ?? defaultsOf(cluster, key)).entries()) {
      // A default is nowhere to be pointed at.
      const at = list ? [...path, i] : path;
      const subnet = parseSubnet(text);
      const form = subnetProblem(text);
      const problem = form ?? (subnet && misfit(key, subnet, taken, versions));
      if (problem !== undefined) yield error(at, problem);
      if (!subnet || form !== undefined) continue;
      versions.add(subnet.version);
      taken.push({ subnet, what: key });
    }
    const nodes = subnetOf(cluster, 'management');
    if (nodes && versions.size > 0 && !versions.has(nodes.version))
      yield error(
        path,
        `none of them is IPv${nodes.version}, as the addresses of the nodes are; add ${USUAL[key][nodes.version]}`,
      );
  }
}

const defaultsOf = ({ management }: ClusterDraft, key: (typeof KEYS)[number]): readonly string[] =>
  management.kind !== 'standalone'
    ? []
    : key === 'pod_subnets'
      ? management.podSubnets
      : management.serviceSubnets;

function misfit(
  key: (typeof KEYS)[number],
  subnet: Subnet,
  taken: readonly { readonly subnet: Subnet; readonly what: string }[],
  versions: ReadonlySet<number>,
): string | undefined {
  const { text, version, prefix } = subnet;
  const longest = LONGEST[key][version];
  const other = taken.find((one) => overlap(one.subnet, subnet));
  if (other)
    return `${text} overlaps ${other.what} (${other.subnet.text}); write a network that nothing else uses`;
  if (prefix > longest) return `${text} is too small; write one of /${longest} or larger`;
  return versions.has(version)
    ? `${text} is a second one of IPv${version}; Kubernetes takes one of each IP version`
    : undefined;
}

function* names({ definition }: ClusterDraft): Generator<Finding> {
  for (const [i, name] of (definition.standalone?.cert_sans ?? []).entries())
    if (!parseAddress(name) && !/^(?:\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(name))
      yield error(
        ['standalone', 'cert_sans', i],
        `"${name}" is neither a name nor an address; write it without scheme and port, like k8s.example.com`,
      );
}

/** What would come up and do no work. */
function* workload({ management, nodes, definition }: ClusterDraft): Generator<Finding> {
  if (management.kind !== 'standalone') return;
  const { cni, kubeProxy, scheduleOnControlPlanes } = management;
  const at = (key: string) => ['standalone', key];
  if (cni === 'flannel' && !kubeProxy)
    yield error(
      at('kube_proxy'),
      'flannel does not do the work of kube-proxy, so that no service would answer; remove it, or write cni: none and name a network plugin in bootstrap.manifests',
    );
  if (nodes.length > 0 && !scheduleOnControlPlanes && nodes.every(({ role }) => role === 'control-plane'))
    yield warning(
      definition.standalone ? at('schedule_on_control_planes') : ['control_planes'],
      'no node takes pods of users: there are control planes only; write standalone.schedule_on_control_planes: true, or add workers',
    );
}
