import { isDeepStrictEqual } from 'node:util';
import { INSIDE } from '../../../cluster/resolve/management';
import { contains, parseAddress, parseSubnet } from '../../../support/net';
import type { Documents } from '../../../talos/config-changes';
import { isMap, valueAt } from '../../../talos/written-patches';
import type { FoundVolume } from '../vm';

type Values = Readonly<Record<string, unknown>>;

/**
 * What a definition says of the cluster that has this configuration, as far as it has keys for it; they are left out where they would say
 * what is so by itself. Whatever they do not say, or say otherwise, is found by comparison and becomes a patch.
 *
 * @param config of a control plane
 * @param subnet management network, in which a shared address lies
 */
export function standaloneKeys(config: Documents, subnet: string | undefined): Values {
  const at = (place: string): unknown => valueAt(config.get(''), place);
  const network = parseSubnet(subnet ?? '');
  const inside = INSIDE[network?.version ?? 4];
  const { enabled, forwardKubeDNSToHost } = map(at('machine.features.hostDNS'));
  return filled({
    endpoint: at('cluster.controlPlane.endpoint'),
    vip: vips(config).find((text) => {
      const address = parseAddress(text);
      return network && address && contains(network, address);
    }),
    pod_subnets: other(texts(at('cluster.network.podSubnets')), [inside.pods]),
    service_subnets: other(texts(at('cluster.network.serviceSubnets')), [inside.services]),
    cni: at('cluster.network.cni.name') === 'none' ? 'none' : undefined,
    kube_proxy:
      at('cluster.proxy.disabled') === true && at('cluster.network.cni.name') === 'none' ? false : undefined,
    schedule_on_control_planes: at('cluster.allowSchedulingOnControlPlanes') === true || undefined,
    cert_sans: other(texts(at('machine.certSANs')).filter(isName), []),
    discovery: at('cluster.discovery.enabled') === false ? false : undefined,
    disk_encryption: isEncryptedByNodeId(config) ? 'node_id' : undefined,
    registry_mirrors: mirrors(config),
    time_servers: other(timeServers(config).filter(isName), []),
    host_dns:
      enabled === false ? 'none' : enabled === true && forwardKubeDNSToHost !== true ? 'nodes' : undefined,
    kube_prism: at('machine.features.kubePrism.enabled') === false ? false : undefined,
    audit_policy: auditPolicy(at('cluster.apiServer.auditPolicy')),
    etcd_metrics:
      map(at('cluster.etcd.extraArgs'))['listen-metrics-urls'] === 'http://0.0.0.0:2381' || undefined,
  });
}

const filled = (values: Values): Values =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));

const map = (value: unknown): Values => (isMap(value) ? value : {});

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const texts = (value: unknown): string[] =>
  list(value).filter((item): item is string => typeof item === 'string');

/** A list that says more than what is so by itself. */
const other = (found: readonly string[], byDefault: readonly string[]): readonly string[] | undefined =>
  found.length === 0 || isDeepStrictEqual(found, byDefault) ? undefined : found;

const isName = (text: string): boolean =>
  parseAddress(text) !== undefined || /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(text);

/** Documents of a kind. */
const ofKind = (config: Documents, kind: string): Values[] =>
  [...config].filter(([name]) => name === kind || name.startsWith(`${kind}/`)).map(([, body]) => map(body));

/** Addresses that control planes share. */
export function vips(config: Documents): string[] {
  const interfaces = list(valueAt(config.get(''), 'machine.network.interfaces'));
  return texts([
    ...ofKind(config, 'Layer2VIPConfig').map(({ name }) => name),
    ...interfaces.map((item) => valueAt(item, 'vip.ip')),
  ]);
}

/** Name servers of a node, whichever form they have. */
export const nameservers = (config: Documents): string[] =>
  texts([
    ...ofKind(config, 'ResolverConfig').flatMap((body) =>
      list(body['nameservers']).map((one) => map(one)['address']),
    ),
    ...list(valueAt(config.get(''), 'machine.network.nameservers')),
  ]);

/** Volumes of users whose names a definition may have. */
export const volumes = (config: Documents): FoundVolume[] =>
  ofKind(config, 'UserVolumeConfig').flatMap((body) => {
    const { name } = body;
    const match = valueAt(body, 'provisioning.diskSelector.match');
    return typeof name === 'string' && /^[a-z0-9-]+$/.test(name) && typeof match === 'string'
      ? [{ name, match }]
      : [];
  });

const timeServers = (config: Documents): string[] => [
  ...ofKind(config, 'TimeSyncConfig').flatMap((body) => texts(valueAt(body, 'ntp.servers'))),
  ...texts(valueAt(config.get(''), 'machine.time.servers')),
];

/** Both disks of Talos, by the UUID of the VM and nothing else. */
function isEncryptedByNodeId(config: Documents): boolean {
  const old = map(valueAt(config.get(''), 'machine.systemDiskEncryption'));
  return ['STATE', 'EPHEMERAL'].every((volume) => {
    const now = valueAt(config.get(`VolumeConfig/${volume}`), 'encryption');
    const keys = list(map(now ?? old[volume.toLowerCase()])['keys']);
    return keys.length === 1 && isMap(map(keys[0])['nodeID']);
  });
}

function mirrors(config: Documents): Values | undefined {
  const old = Object.entries(map(valueAt(config.get(''), 'machine.registries.mirrors'))).map(
    ([host, value]) => {
      const { endpoints, overridePath, skipFallback } = map(value);
      return mirror(
        host,
        list(endpoints).map((url) => ({ url, overridePath })),
        skipFallback,
      );
    },
  );
  const now = ofKind(config, 'RegistryMirrorConfig').map((body) =>
    mirror(String(body['name']), list(body['endpoints']).map(map), body['skipFallback']),
  );
  const all = [...old, ...now].flat();
  return all.length > 0 ? Object.fromEntries(all) : undefined;
}

const MIRROR = /^https?:\/\/[^\s/@?#]+(?:\/[^\s@?#]*)?$/;
const REGISTRY = /^(?:\*|[a-z0-9]([a-z0-9.-]*[a-z0-9])?(?::\d+)?)$/i;

/** A mirror, if the definition has words for it: one way to make paths for all addresses, and no password. */
function mirror(host: string, endpoints: readonly Values[], skip: unknown): (readonly [string, Values])[] {
  const urls = texts(endpoints.map(({ url }) => url));
  const [override, ...others] = [...new Set(endpoints.map(({ overridePath }) => overridePath === true))];
  const isSaid =
    urls.length > 0 && others.length === 0 && REGISTRY.test(host) && urls.every((url) => MIRROR.test(url));
  const flags = { override_path: override || undefined, skip_fallback: skip === true || undefined };
  return isSaid ? [[host, filled({ endpoints: urls, ...flags })]] : [];
}

/** That of Talos is left out. */
function auditPolicy(policy: unknown): Values | undefined {
  const own = { apiVersion: 'audit.k8s.io/v1', kind: 'Policy', rules: [{ level: 'Metadata' }] };
  return isMap(policy) && Object.keys(policy).length > 0 && !isDeepStrictEqual(policy, own)
    ? policy
    : undefined;
}

/** Version of Kubernetes, by the image of the kubelet. */
export const kubernetesVersion = (config: Documents): string | undefined =>
  /:(v\d+\.\d+\.\d+[^@]*)/.exec(String(valueAt(config.get(''), 'machine.kubelet.image')))?.[1];

export const installImage = (config: Documents): string => {
  const image = valueAt(config.get(''), 'machine.install.image');
  return typeof image === 'string' ? image : '';
};

/** Whether the machine is a control plane by its configuration. */
export const isControlPlane = (config: Documents): boolean =>
  ['controlplane', 'init'].includes(String(valueAt(config.get(''), 'machine.type')));
