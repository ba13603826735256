import type { ClusterDraft } from '../cluster/definition/draft';
import { overlap, parseAddress, parseSubnet, type Subnet } from '../support/net';
import { INSIDE } from '../cluster/resolve/management';
import { some } from '../support/text';
import { manifestName } from '../talos/standalone';
import { NETWORK_NAMES, subnetOf } from './lib/addresses';
import { clusterRule, error, warning, type Finding } from './lib/rule';
import { hasUserInfo } from './lib/secrets';
import { subnetProblem } from './subnet-form';

export const standaloneSettings = clusterRule(
  'standalone-settings',
  'Networks, certificates and scheduling of a cluster without Omni fit each other and what the cluster has',
  function* (cluster) {
    if (cluster.management.kind !== 'standalone') return;
    yield* networks(cluster);
    yield* names(cluster);
    yield* services(cluster);
    yield* logins(cluster);
    yield* encryption(cluster);
    yield* manifests(cluster);
    yield* workload(cluster);
  },
);

const KEYS = ['pod_subnets', 'service_subnets'] as const;

/** Smallest networks that make sense: a node takes a /24 or /64 of the pods, and there are more than a handful of services. */
const LONGEST = { pod_subnets: { 4: 22, 6: 62 }, service_subnets: { 4: 26, 6: 122 } } as const;

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
        `none of them is IPv${nodes.version}, as the addresses of the nodes are; add ${INSIDE[nodes.version][key === 'pod_subnets' ? 'pods' : 'services']}`,
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

/** Servers that nodes ask. */
function* services({ definition }: ClusterDraft): Generator<Finding> {
  const { time_servers: servers = [], registry_mirrors: mirrors = {} } = definition.standalone ?? {};
  for (const [i, server] of servers.entries())
    if (!parseAddress(server) && !isHostName(server))
      yield error(
        ['standalone', 'time_servers', i],
        `"${server}" is neither a name nor an address; write it like time.cloudflare.com`,
      );
  for (const [host, { endpoints }] of Object.entries(mirrors)) {
    const path = ['standalone', 'registry_mirrors', host];
    if (host !== '*' && !isHostName(host.replace(/:\d+$/, '')))
      yield {
        ...error(path, `"${host}" is not the host of a registry; write it like docker.io, or "*" for all`),
        atKey: true,
      };
    if (endpoints?.length === 0)
      yield error([...path, 'endpoints'], 'names no mirror; write one, or remove it');
    for (const [i, url] of (endpoints ?? []).entries())
      if (!/^https?:\/\/[^\s/@?#]+(?:\/[^\s@?#]*)?$/.test(url) && !hasUserInfo(url))
        yield error(
          [...path, 'endpoints', i],
          `"${url}" is not the address of a mirror; write it like https://mirror.example.com`,
        );
  }
}

function* logins({ definition }: ClusterDraft): Generator<Finding> {
  for (const [host, { username }] of Object.entries(definition.standalone?.registry_logins ?? {})) {
    const path = ['standalone', 'registry_logins', host];
    if (!isHostName(host.replace(/:\d+$/, '')))
      yield {
        ...error(path, `"${host}" is not the host of a registry or mirror; write it like mirror.example.com`),
        atKey: true,
      };
    if (username === '') yield error([...path, 'username'], 'is empty; write the name of the user');
  }
}

const isHostName = (text: string): boolean => /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(text);

/** A TPM seals a key for a node that boots with Secure Boot, which every such VM has. */
function* encryption({ management, nodes }: ClusterDraft): Generator<Finding> {
  if (management.kind !== 'standalone' || management.diskEncryption !== 'tpm') return;
  const without = nodes.filter(({ secureBoot }) => !secureBoot).map(({ name }) => name);
  if (without.length > 0)
    yield error(
      ['standalone', 'disk_encryption'],
      `${some(without)} would have no TPM: that comes with secure_boot; write secure_boot: true for all nodes, or disk_encryption: node_id`,
    );
}

function* manifests({ manifests: files }: ClusterDraft): Generator<Finding> {
  const names = new Map<string, string>();
  for (const [i, { file }] of files.entries()) {
    const name = manifestName(file);
    const other = names.get(name);
    names.set(name, other ?? file);
    if (other !== undefined)
      yield error(
        ['bootstrap', 'manifests', i, 'file'],
        `${file} would have the same name in Talos as ${other} (${name}); ${other === file ? 'remove one' : 'rename one'}`,
      );
  }
}

/** What would come up and do no work. */
function* workload({ management, nodes, definition }: ClusterDraft): Generator<Finding> {
  if (management.kind !== 'standalone') return;
  const { cni, kubeProxy, scheduleOnControlPlanes } = management;
  const at = (key: string) => ['standalone', key];
  if (cni === 'none' && !definition.bootstrap?.manifests?.length)
    yield warning(
      at('cni'),
      'nodes are not ready before somebody installs a network plugin; name its file in bootstrap.manifests',
    );
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
