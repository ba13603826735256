import { document, type DocumentBody } from './document';
import { STANDALONE_BODIES, type StandaloneFacts } from './standalone-bodies';
import type { ClusterFacts, DiskFacts, NicFacts, NodeFacts } from './facts';

/** What the documents of each purpose are made from, besides the facts of the cluster. */
interface OwnFacts extends StandaloneFacts {
  readonly gpu: { readonly defaultRuntime: boolean };
  readonly hostname: { readonly node: NodeFacts };
  readonly 'install-disk': object;
  readonly link: { readonly nic: NicFacts };
  readonly 'link-alias': { readonly nic: NicFacts };
  readonly longhorn: { readonly disk: DiskFacts };
  readonly nameservers: { readonly nameservers: readonly string[] };
  readonly network: { readonly nics: readonly NicFacts[] };
  readonly 'node-labels': { readonly nodeLabels: Readonly<Record<string, string>> };
  readonly sysctls: { readonly sysctls: Readonly<Record<string, string>> };
  readonly volume: { readonly disk: DiskFacts };
}

/** What a document is for. */
export type Purpose = keyof OwnFacts;

/** All that a document of this purpose is made from. */
export type Facts<P extends Purpose> = ClusterFacts & OwnFacts[P];

type Bodies = { readonly [P in Purpose]: (facts: Facts<P>) => DocumentBody };

/** The document of each purpose, in the form that the contract of the cluster asks for. */
export const BODIES: Bodies = {
  ...STANDALONE_BODIES,

  gpu: ({ defaultRuntime }) => ({
    machine: {
      kernel: {
        modules: ['nvidia', 'nvidia_uvm', 'nvidia_drm', 'nvidia_modeset'].map((name) => ({ name })),
      },
      sysctls: { [GPU_SYSCTL]: '1' },
      nodeLabels: { [GPU_LABEL]: 'true' },
      ...(defaultRuntime ? { files: [NVIDIA_RUNTIME] } : {}),
    },
  }),

  hostname: ({ legacy, node: { name } }) =>
    legacy
      ? { machine: { network: { hostname: name } } }
      : { ...document('HostnameConfig'), auto: 'off', hostname: name },

  // The OS disk is scsi0: LUN 0 of its controller, on every version of Proxmox.
  'install-disk': () => ({ machine: { install: { diskSelector: { busPath: '*/virtio*:0:0:0' } } } }),

  link: ({ nic: { link, mtu, address, gateway } }) => ({
    ...document('LinkConfig'),
    name: link,
    ...(mtu ? { mtu } : {}),
    addresses: [{ address }],
    // Without a destination: the default route.
    ...(gateway ? { routes: [{ gateway }] } : {}),
  }),

  'link-alias': ({ nic: { link, match } }) => ({
    ...document('LinkAliasConfig'),
    name: link,
    selector: { match },
  }),

  longhorn: ({ disk: { mountPath } }) => ({
    machine: {
      kubelet: {
        extraMounts: [
          {
            source: mountPath,
            destination: '/var/lib/longhorn',
            type: 'bind',
            options: ['bind', 'rshared', 'rw'],
          },
        ],
      },
    },
  }),

  nameservers: ({ legacy, nameservers }) =>
    legacy
      ? { machine: { network: { nameservers } } }
      : { ...document('ResolverConfig'), nameservers: nameservers.map((address) => ({ address })) },

  network: ({ nics }) => ({
    machine: {
      network: {
        interfaces: nics.map(({ mac, mtu, address, gateway, defaultRoute }) => ({
          deviceSelector: { hardwareAddr: mac },
          dhcp: false,
          ...(mtu ? { mtu } : {}),
          addresses: [address],
          ...(gateway ? { routes: [{ network: defaultRoute, gateway }] } : {}),
        })),
      },
    },
  }),

  'node-labels': ({ nodeLabels }) => ({ machine: { nodeLabels } }),

  sysctls: ({ sysctls }) => ({ machine: { sysctls } }),

  volume: ({ disk: { name, match } }) => ({
    ...document('UserVolumeConfig'),
    name,
    provisioning: { diskSelector: { match }, minSize: '1GiB', grow: true },
    filesystem: { type: 'xfs' },
  }),
};

export const PURPOSES = Object.keys(BODIES) as readonly Purpose[];

/** What `gpu` sets besides modules and files. */
export const GPU_SYSCTL = 'net.core.bpf_jit_harden';
export const GPU_LABEL = 'nvidia.com/gpu';

const NVIDIA_RUNTIME = {
  op: 'create',
  path: '/etc/cri/conf.d/20-customization.part',
  content: `[plugins."io.containerd.cri.v1.runtime".containerd]\n  default_runtime_name = "nvidia"\n`,
};
