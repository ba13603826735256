import { parseAddress } from '../../support/net';
import { withPresets } from '../definition/keys';
import type { DefinitionDraft } from '../definition/schema';
import { standalone as standaloneKeys } from '../definition/schema-standalone';
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

function resolveStandalone(definition: DefinitionDraft, nodes: readonly NodeDraft[]): Management {
  const standalone = withPresets(standaloneKeys.shape, definition.standalone ?? {});
  const { endpoint, vip, installer } = standalone;
  const controlPlanes = nodes.filter(({ role }) => role === 'control-plane');
  const [only] = controlPlanes.length === 1 ? controlPlanes : [];
  const host = vip ?? only?.nics[0]?.ip;
  return {
    kind: 'standalone',
    engine: standalone.engine,
    // Empty where several control planes leave it open, which `cluster-endpoint` tells.
    endpoint: endpoint?.replace(/\/$/, '') ?? (host === undefined ? '' : apiAt(host)),
    podSubnets: standalone.pod_subnets,
    serviceSubnets: standalone.service_subnets,
    cni: standalone.cni,
    kubeProxy: standalone.kube_proxy,
    scheduleOnControlPlanes: standalone.schedule_on_control_planes,
    certSans: standalone.cert_sans ?? [],
    ...present({ vip, installer }),
  };
}

/** @param host an address or a name */
const apiAt = (host: string): string =>
  `https://${parseAddress(host)?.version === 6 ? `[${host}]` : host}:${API_PORT}`;
