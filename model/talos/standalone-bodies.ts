import type { RegistryLogin, RegistryMirror } from '../cluster/management';
import { document, type DocumentBody } from './document';
import type { ClusterFacts, NicFacts } from './facts';
import { encryptsByVolume } from './talos-forms';

/** What documents of clusters without Omni are made from: all that Omni else decides. */
export interface StandaloneFacts {
  readonly 'api-server': {
    readonly certSans: readonly string[];
    readonly auditPolicy: Readonly<Record<string, unknown>> | null;
  };
  readonly 'cert-names': { readonly certSans: readonly string[] };
  readonly 'cluster-network': {
    readonly podSubnets: readonly string[];
    readonly serviceSubnets: readonly string[];
    readonly cni: 'flannel' | 'none';
    readonly kubeProxy: boolean;
  };
  readonly discovery: object;
  readonly 'disk-encryption': {
    readonly volume: 'STATE' | 'EPHEMERAL';
    readonly key: 'node_id' | 'tpm';
  };
  readonly endpoint: { readonly endpoint: string };
  readonly 'etcd-metrics': object;
  readonly 'host-dns': { readonly hostDns: 'pods' | 'nodes' | 'none' };
  readonly installer: { readonly image: string };
  readonly 'kube-prism': object;
  readonly manifests: { readonly manifests: readonly { readonly name: string; readonly contents: string }[] };
  readonly 'registry-login': { readonly host: string; readonly login: RegistryLogin };
  readonly 'registry-mirror': { readonly host: string; readonly mirror: RegistryMirror };
  readonly scheduling: object;
  readonly 'time-servers': { readonly timeServers: readonly string[] };
  readonly vip: { readonly vip: string; readonly nic: NicFacts };
}

type StandaloneBodies = {
  readonly [P in keyof StandaloneFacts]: (facts: ClusterFacts & StandaloneFacts[P]) => DocumentBody;
};

/** The documents of clusters without Omni, in the form that the contract asks for; what 1.14 asks for is not made. */
export const STANDALONE_BODIES: StandaloneBodies = {
  'api-server': ({ certSans, auditPolicy }) => ({
    cluster: {
      apiServer: {
        ...(certSans.length > 0 ? { certSANs: certSans } : {}),
        ...(auditPolicy ? { auditPolicy } : {}),
      },
    },
  }),

  'cert-names': ({ certSans }) => ({ machine: { certSANs: certSans } }),

  'cluster-network': ({ podSubnets, serviceSubnets, cni, kubeProxy }) => ({
    cluster: {
      network: { cni: { name: cni }, podSubnets, serviceSubnets },
      proxy: { disabled: !kubeProxy },
    },
  }),

  discovery: () => ({ cluster: { discovery: { enabled: false } } }),

  'disk-encryption': ({ cluster: { talosContract }, volume, key }) => {
    const encryption = { provider: 'luks2', keys: [{ slot: 0, [key === 'tpm' ? 'tpm' : 'nodeID']: {} }] };
    return encryptsByVolume(talosContract)
      ? { ...document('VolumeConfig'), name: volume, encryption }
      : { machine: { systemDiskEncryption: { [volume.toLowerCase()]: encryption } } };
  },

  endpoint: ({ endpoint }) => ({ cluster: { controlPlane: { endpoint } } }),

  'etcd-metrics': () => ({
    cluster: { etcd: { extraArgs: { 'listen-metrics-urls': 'http://0.0.0.0:2381' } } },
  }),

  'host-dns': ({ hostDns }) => ({
    machine: {
      features: { hostDNS: { enabled: hostDns !== 'none', forwardKubeDNSToHost: hostDns === 'pods' } },
    },
  }),

  installer: ({ image }) => ({ machine: { install: { image } } }),

  'kube-prism': () => ({ machine: { features: { kubePrism: { enabled: false } } } }),

  manifests: ({ manifests }) => ({ cluster: { inlineManifests: manifests } }),

  'registry-login': ({ legacy, host, login: { username, password } }) =>
    legacy
      ? { machine: { registries: { config: { [host]: { auth: { username, password } } } } } }
      : { ...document('RegistryAuthConfig'), name: host, username, password },

  'registry-mirror': ({ legacy, host, mirror: { endpoints, overridePath, skipFallback } }) =>
    legacy
      ? {
          machine: {
            registries: {
              mirrors: {
                [host]: {
                  endpoints,
                  ...(overridePath ? { overridePath } : {}),
                  ...(skipFallback ? { skipFallback } : {}),
                },
              },
            },
          },
        }
      : {
          ...document('RegistryMirrorConfig'),
          name: host,
          endpoints: endpoints.map((url) => ({ url, ...(overridePath ? { overridePath } : {}) })),
          ...(skipFallback ? { skipFallback } : {}),
        },

  scheduling: () => ({ cluster: { allowSchedulingOnControlPlanes: true } }),

  'time-servers': ({ legacy, timeServers }) =>
    legacy
      ? { machine: { time: { servers: timeServers } } }
      : { ...document('TimeSyncConfig'), ntp: { servers: timeServers } },

  // Beside the interface of the node: Talos merges the two by the MAC address.
  vip: ({ legacy, vip, nic: { mac, link } }) =>
    legacy
      ? {
          machine: { network: { interfaces: [{ deviceSelector: { hardwareAddr: mac }, vip: { ip: vip } }] } },
        }
      : { ...document('Layer2VIPConfig'), name: vip, link },
};
