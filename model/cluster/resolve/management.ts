import { parseAddress, parseSubnet } from '../../support/net';
import { withPresets } from '../definition/keys';
import type { DefinitionDraft } from '../definition/schema';
import { registryMirror as mirrorKeys, standalone as standaloneKeys } from '../definition/schema-standalone';
import type { NodeDraft } from '../definition/draft';
import type { Management } from '../management';
import { present, resolveOmni } from './omni';

/** What makes nodes of the VMs: Omni, where the definition does not say. */
export function resolveManagement(definition: DefinitionDraft, nodes: readonly NodeDraft[]): Management {
  switch (definition.management) {
    case 'none':
      return { kind: 'none' };
    case 'standalone':
      return resolveStandalone(definition, nodes);
    default:
      return {
        kind: 'omni',
        ...present({ endpoint: definition.omni?.endpoint?.replace(/\/$/, '') || undefined }),
        settings: resolveOmni(definition),
      };
  }
}

/** Where the API of Kubernetes listens on control planes. */
const API_PORT = 6443;

/** Networks inside of a cluster where the definition names none, by the IP version of its nodes. */
export const INSIDE = {
  4: { pods: '10.244.0.0/16', services: '10.96.0.0/12' },
  6: { pods: 'fd00:10:244::/56', services: 'fd00:10:96::/112' },
} as const;

function resolveStandalone(definition: DefinitionDraft, nodes: readonly NodeDraft[]): Management {
  const standalone = withPresets(standaloneKeys.shape, definition.standalone ?? {});
  const { endpoint, vip, installer } = standalone;
  const controlPlanes = nodes.filter(({ role }) => role === 'control-plane');
  const [only] = controlPlanes.length === 1 ? controlPlanes : [];
  const version = parseSubnet(definition.network_config?.subnet ?? '')?.version ?? 4;
  const host = vip ?? only?.nics[0]?.ip;
  return {
    kind: 'standalone',
    engine: standalone.engine,
    // Empty where several control planes leave it open, which `cluster-endpoint` tells.
    endpoint: endpoint?.replace(/\/$/, '') ?? (host === undefined ? '' : apiAt(host)),
    podSubnets: standalone.pod_subnets ?? [INSIDE[version].pods],
    serviceSubnets: standalone.service_subnets ?? [INSIDE[version].services],
    cni: standalone.cni,
    kubeProxy: standalone.kube_proxy,
    scheduleOnControlPlanes: standalone.schedule_on_control_planes,
    certSans: standalone.cert_sans ?? [],
    discovery: standalone.discovery,
    diskEncryption: standalone.disk_encryption,
    registryMirrors: Object.fromEntries(
      Object.entries(standalone.registry_mirrors ?? {}).map(([registry, written]) => {
        const mirror = withPresets(mirrorKeys.shape, written);
        const { endpoints = [], override_path: overridePath, skip_fallback: skipFallback } = mirror;
        return [registry, { endpoints, overridePath, skipFallback }];
      }),
    ),
    registryLogins: Object.fromEntries(
      Object.entries(standalone.registry_logins ?? {}).map(
        ([registry, { username = '', password = '' }]) => [registry, { username, password }] as const,
      ),
    ),
    timeServers: standalone.time_servers ?? [],
    hostDns: standalone.host_dns,
    kubePrism: standalone.kube_prism,
    etcdMetrics: standalone.etcd_metrics,
    ...present({
      vip,
      installer,
      auditPolicy: standalone.audit_policy,
      engineBefore: standalone.engine_before,
    }),
  };
}

/** @param host an address or a name */
const apiAt = (host: string): string =>
  `https://${parseAddress(host)?.version === 6 ? `[${host}]` : host}:${API_PORT}`;
