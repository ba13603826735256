/** What makes nodes of the VMs of a cluster, and keeps them: Omni, talosctl, or nothing of ours. */
export type Management = OmniManagement | StandaloneManagement | NoManagement;

/** How a cluster may be managed, as a definition says it. */
export const MANAGEMENTS = ['omni', 'standalone', 'none'] as const;

/** Sidero Omni makes and keeps the cluster. */
export interface OmniManagement {
  /** By Omni. */
  readonly kind: 'omni';
  /** Address of the Omni; absent where the definition does not say. */
  readonly endpoint?: string;
  /** What the cluster is in Omni. */
  readonly settings: OmniSettings;
}

/** Talos without Omni: the machine configuration of each node is made here, and talosctl or Terraform brings it there. */
export interface StandaloneManagement {
  /** Without Omni. */
  readonly kind: 'standalone';
  /** What brings configurations to nodes. */
  readonly engine: 'talosctl' | 'terraform';
  /** What did it before, so that a state still knows of it; absent means the same. */
  readonly engineBefore?: 'terraform';
  /** Address of the Kubernetes API, for nodes and people: `https://host:port`. */
  readonly endpoint: string;
  /** Address that the control planes share; absent means none. */
  readonly vip?: string;
  /** Networks of pods. */
  readonly podSubnets: readonly string[];
  /** Networks of services. */
  readonly serviceSubnets: readonly string[];
  /** Network plugin that Talos installs. */
  readonly cni: 'flannel' | 'none';
  /** Whether kube-proxy runs. */
  readonly kubeProxy: boolean;
  /** Whether control planes take pods of users. */
  readonly scheduleOnControlPlanes: boolean;
  /** Further names and addresses in the certificates of the APIs. */
  readonly certSans: readonly string[];
  /** Whether members find each other through the public discovery service. */
  readonly discovery: boolean;
  /** What the disks of Talos are encrypted with: nothing, a key made of the identity of the node, or one sealed by its TPM. */
  readonly diskEncryption: 'none' | 'node_id' | 'tpm';
  /** What is pulled from where instead, by the host of a registry; `*` stands for all others. */
  readonly registryMirrors: Readonly<Record<string, RegistryMirror>>;
  /** With what nodes log in to registries and mirrors, by their host. */
  readonly registryLogins: Readonly<Record<string, RegistryLogin>>;
  /** Servers of the time; none means those of Talos. */
  readonly timeServers: readonly string[];
  /** Who asks the DNS cache of a node: pods too, the node alone, or nobody. */
  readonly hostDns: 'pods' | 'nodes' | 'none';
  /** Whether each node has a load balancer of the Kubernetes API of its own, at localhost:7445. */
  readonly kubePrism: boolean;
  /** Audit policy of the Kubernetes API; absent means that of Talos. */
  readonly auditPolicy?: Readonly<Record<string, unknown>>;
  /** Whether etcd shows its metrics to the network, at port 2381. */
  readonly etcdMetrics: boolean;
  /** Installer image of all nodes, with its tag; absent: that of the image which each node boots from. */
  readonly installer?: string;
}

/** Where images of a registry are pulled from. */
export interface RegistryMirror {
  /** Addresses, in the order in which they are tried. */
  readonly endpoints: readonly string[];
  /** Whether the path of the addresses is the whole one, without `/v2`. */
  readonly overridePath: boolean;
  /** Whether the registry itself is left alone where no mirror answers. */
  readonly skipFallback: boolean;
}

/** Who asks a registry. */
export interface RegistryLogin {
  /** Name of the user. */
  readonly username: string;
  /** A reference to the secret. */
  readonly password: string;
}

/** The VMs only: whoever manages Talos on them does it without this program. */
export interface NoManagement {
  /** By nothing of ours. */
  readonly kind: 'none';
}

/** What a cluster is in Omni besides its machines. Absent: the default of Omni. */
export interface OmniSettings {
  /** Disks are encrypted with keys that Omni keeps. */
  readonly diskEncryption?: boolean;
  /** Omni publishes services of the cluster. */
  readonly workloadProxy?: boolean;
  /** Members find each other through Omni. */
  readonly embeddedDiscovery?: boolean;
  /** Go duration; absent means no backups. */
  readonly backupInterval?: string;
  /** Labels of the cluster in Omni. */
  readonly labels: Readonly<Record<string, string>>;
  /** Annotations of the cluster in Omni. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Whether members may find each other through the public service. */
  readonly publicDiscovery?: boolean;
  /** Omni leaves Kubernetes nodes alone that it does not know. */
  readonly nodeAuditSkip?: boolean;
  /** Backup of etcd that the cluster was made from. */
  readonly restore?: RestoreSource;
  /** What must succeed before an upgrade of Talos goes on, by name. */
  readonly healthchecks: readonly Healthcheck[];
}

/**
 * What a cluster is in Omni.
 *
 * @throws Error for a cluster of another management: whoever asks has looked at that before, so it is a bug of ours
 */
export function omniSettings({ management }: { readonly management: Management }): OmniSettings {
  if (management.kind === 'omni') return management.settings;
  throw new Error(`bug: settings of Omni are asked for with management ${management.kind}`);
}

/** Checks that Omni makes before upgrades; there are none without it. */
export const healthchecksOf = ({
  management,
}: {
  readonly management: Management;
}): readonly Healthcheck[] => (management.kind === 'omni' ? management.settings.healthchecks : []);

/** A backup of etcd in Omni. */
export interface RestoreSource {
  /** UUID that Omni gave the cluster. */
  readonly clusterUuid: string;
  /** Name of the backup. */
  readonly snapshot: string;
}

/** A Kubernetes Job that gates upgrades of Talos. */
export interface Healthcheck {
  /** Name within the cluster. */
  readonly name: string;
  /** File with the Job, from the folder of the definition. */
  readonly jobFile: string;
  /** Go duration between two tries; absent means that of Omni. */
  readonly interval?: string;
}
