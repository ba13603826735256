/** What only a person can say of a cluster that is to be. */

/** Forges that `init` has pipelines for. */
export const FORGES = ['none', 'github', 'gitlab', 'forgejo', 'gitea'] as const;
export type Forge = (typeof FORGES)[number];

/** What makes a cluster of the VMs, as far as `init` asks. */
export const MODES = ['omni', 'standalone'] as const;
export type Mode = (typeof MODES)[number];

/** Answers, by flags or by a person. */
export interface Wishes {
  readonly name: string;
  readonly management: Mode;
  /** For `omni`. */
  readonly omniEndpoint?: string;
  readonly talosVersion: string;
  readonly kubernetesVersion: string;
  readonly bridge?: string;
  readonly vlan: number;
  readonly subnet: string;
  readonly gateway: string;
  readonly dns: readonly string[];
  readonly dhcpRange?: string;
  /** Otherwise a free one is proposed. */
  readonly firstIp?: string;
  /** For `standalone`; otherwise the first of the free addresses. */
  readonly vip?: string;
  readonly controlPlanes: number;
  readonly workers: number;
  readonly gpuWorkers: number;
}

export const DEFAULT_TALOS = 'v1.12.0';
export const DEFAULT_KUBERNETES = 'v1.34.1';
