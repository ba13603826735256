import type {
  ClusterStatus,
  Guest,
  GuestConfig,
  Mapping,
  NetworkInterface,
  Nodes,
  NodeStatus,
  PciFunction,
  Permissions,
  StorageInfo,
} from './answers';

/** What a server answered to one question, or why there is no answer. */
export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  /** For people, without secrets: `GET /nodes/pve1/status: 403 Permission check failed (/nodes/pve1, Sys.Audit)`. */
  | { readonly ok: false; readonly reason: string };

/** Why nothing at all can be asked of a server. */
export type AccessProblem =
  | { readonly kind: 'no-token' }
  /** The token has not the form that the provider wants. */
  | { readonly kind: 'malformed-token' }
  /** `tls_ca_file` cannot be read. */
  | { readonly kind: 'ca-file'; readonly reason: string }
  /** Not even a connection. */
  | { readonly kind: 'unreachable'; readonly reason: string }
  | { readonly kind: 'timeout'; readonly seconds: number }
  | {
      readonly kind: 'certificate';
      readonly fault: 'unknown-authority' | 'expired' | 'other-host' | 'protocol' | 'other';
      /** Text of OpenSSL. */
      readonly reason: string;
    }
  | { readonly kind: 'refused'; readonly status: number; readonly reason: string }
  /** Something answers, but nothing that speaks as Proxmox VE does. */
  | { readonly kind: 'not-proxmox'; readonly reason: string };

/** What a server said. Questions about its whole Proxmox cluster are answered by one member, in `SiteAnswers`. */
export interface ServerAnswers {
  readonly problem?: undefined;
  /** Id of the token, without its secret. */
  readonly tokenId: string;
  /** Set where only `tls_ca_file` made the certificate trusted, which the provider does not read. */
  readonly caFileNeeded?: string;
  /** `9.1.1` */
  readonly version: string;
  readonly permissions: Answer<Permissions>;
  readonly nodes: Answer<Nodes>;
  readonly clusterStatus: Answer<ClusterStatus>;
  readonly status: Answer<NodeStatus>;
  /** Seconds that the clock of the server is ahead of ours. */
  readonly clockAhead: Answer<number>;
  readonly storages: Answer<readonly StorageInfo[]>;
  /** Volume ids of the ISO files, by storage. */
  readonly files: ReadonlyMap<string, Answer<readonly string[]>>;
  readonly interfaces: Answer<readonly NetworkInterface[]>;
  readonly pci: Answer<readonly PciFunction[]>;
  /** Names. */
  readonly cpuModels: Answer<readonly string[]>;
  readonly site: SiteAnswers;
}

/** What the members of a Proxmox cluster, or a server alone, have in common. */
export interface SiteAnswers {
  readonly guests: Answer<readonly Guest[]>;
  /** By VMID. */
  readonly configs: ReadonlyMap<number, Answer<GuestConfig>>;
  readonly pools: Answer<readonly string[]>;
  readonly mappings: Answer<readonly Mapping[]>;
}

export type ServerSnapshot = ServerAnswers | { readonly problem: AccessProblem; readonly tokenId?: string };

/** By server key of one definition: all servers, because each has a provider and is asked by every plan. */
export type ClusterSnapshot = ReadonlyMap<string, ServerSnapshot>;
