import type { Cluster, Node } from '../cluster/cluster';
import type { StandaloneManagement } from '../cluster/management';
import type { Role } from '../cluster/roles';
import { byBytes } from '../support/text';
import { nicFacts } from './facts';
import { installerOf } from './installer';
import type { StandaloneFacts } from './standalone-bodies';

/** A document that is to be made. */
export type StandaloneRequest = {
  readonly [P in keyof StandaloneFacts]: {
    readonly purpose: P;
    readonly own: StandaloneFacts[P];
    /** Tells documents of one purpose apart. */
    readonly part?: string;
  };
}[keyof StandaloneFacts];

/** Texts of files by the names that a definition has for them. */
export type FileTexts = ReadonlyMap<string, string>;

/** What all nodes of a cluster get in place of what Omni decides. What is as Talos has it by itself is left out. */
export function* standaloneCluster({ management }: Cluster): Generator<StandaloneRequest> {
  if (management.kind !== 'standalone') return;
  const { endpoint, podSubnets, serviceSubnets, cni, kubeProxy, certSans } = management;
  yield { purpose: 'endpoint', own: { endpoint } };
  yield { purpose: 'cluster-network', own: { podSubnets, serviceSubnets, cni, kubeProxy } };
  if (certSans.length > 0) yield { purpose: 'cert-names', own: { certSans } };
  if (!management.discovery) yield { purpose: 'discovery', own: {} };
  if (!management.kubePrism) yield { purpose: 'kube-prism', own: {} };
  const { hostDns, timeServers, diskEncryption, registryMirrors, registryLogins } = management;
  if (hostDns !== 'pods') yield { purpose: 'host-dns', own: { hostDns } };
  if (timeServers.length > 0) yield { purpose: 'time-servers', own: { timeServers } };
  if (diskEncryption !== 'none')
    for (const volume of ['STATE', 'EPHEMERAL'] as const) {
      const own = { volume, key: diskEncryption };
      yield { purpose: 'disk-encryption', own, part: volume.toLowerCase() };
    }
  for (const [host, mirror] of Object.entries(registryMirrors).sort(([a], [b]) => byBytes(a, b)))
    yield { purpose: 'registry-mirror', own: { host, mirror }, part: host };
  for (const [host, login] of Object.entries(registryLogins).sort(([a], [b]) => byBytes(a, b)))
    yield { purpose: 'registry-login', own: { host, login }, part: host };
}

/** What all control planes get besides. */
export function* standaloneSet(
  { management, manifests }: Cluster,
  role: Role,
  files: FileTexts,
): Generator<StandaloneRequest> {
  if (management.kind !== 'standalone' || role !== 'control-plane') return;
  const { auditPolicy = null, scheduleOnControlPlanes, etcdMetrics } = management;
  const certSans = apiNames(management);
  if (certSans.length > 0 || auditPolicy) yield { purpose: 'api-server', own: { certSans, auditPolicy } };
  if (scheduleOnControlPlanes) yield { purpose: 'scheduling', own: {} };
  if (etcdMetrics) yield { purpose: 'etcd-metrics', own: {} };
  const inline = manifests.map(({ file }) => ({ name: manifestName(file), contents: files.get(file) ?? '' }));
  if (inline.length > 0) yield { purpose: 'manifests', own: { manifests: inline } };
}

/** What one node gets besides. */
export function* standaloneNode(
  { management, talosVersion }: Cluster,
  node: Node,
): Generator<StandaloneRequest> {
  if (management.kind !== 'standalone') return;
  const image = management.installer ?? installerOf(node.image, talosVersion);
  if (image !== undefined) yield { purpose: 'installer', own: { image } };
  const { vip } = management;
  const [first] = node.nics;
  if (vip !== undefined && first && node.role === 'control-plane')
    yield { purpose: 'vip', own: { vip, nic: nicFacts(first) } };
}

/** Talos adds the host of the endpoint by itself, and would have it twice. */
function apiNames({ endpoint, vip, certSans }: StandaloneManagement): string[] {
  const host = endpoint.replace(/^https:\/\//, '').replace(/:\d+$/, '');
  return [...new Set([...(vip === undefined ? [] : [vip]), ...certSans])].filter(
    (name) => name !== host && `[${name}]` !== host,
  );
}

/** Name of a file among those of the cluster; the same wherever the definition lies. */
export const manifestName = (file: string): string =>
  file
    .replace(/\.ya?ml$/i, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
