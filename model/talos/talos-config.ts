/** Keys of the one big document (`version: v1alpha1`), two levels deep; what is deeper is checked by talosctl. */
export const CONFIG_KEYS: Readonly<Record<string, readonly string[]>> = {
  machine: [
    'type', 'token', 'ca', 'acceptedCAs', 'certSANs', 'controlPlane', 'kubelet', 'pods', 'network', 'disks', 'install',
    'files', 'env', 'time', 'sysctls', 'sysfs', 'registries', 'systemDiskEncryption', 'features', 'udev', 'logging',
    'kernel', 'seccompProfiles', 'baseRuntimeSpecOverrides', 'nodeLabels', 'nodeAnnotations', 'nodeTaints', 'imageCache',
  ],
  cluster: [
    'id', 'secret', 'controlPlane', 'clusterName', 'network', 'token', 'aescbcEncryptionSecret',
    'secretboxEncryptionSecret', 'ca', 'acceptedCAs', 'aggregatorCA', 'serviceAccount', 'apiServer', 'controllerManager',
    'proxy', 'scheduler', 'discovery', 'etcd', 'coreDNS', 'externalCloudProvider', 'extraManifests',
    'extraManifestHeaders', 'inlineManifests', 'adminKubeconfig', 'allowSchedulingOnMasters',
    'allowSchedulingOnControlPlanes',
  ],
}; // prettier-ignore

const kinds = (minor: number, ...names: string[]) => names.map((name) => [name, minor] as const);

/** Documents besides the big one, and the minor of Talos 1 that brought them. */
export const KINDS: ReadonlyMap<string, number> = new Map([
  ...kinds(
    10, 'EventSinkConfig', 'ExtensionServiceConfig', 'KmsgLogConfig', 'KubeSpanEndpointsConfig',
    'NetworkDefaultActionConfig', 'NetworkRuleConfig', 'PCIDriverRebindConfig', 'SideroLinkConfig', 'TrustedRootsConfig',
    'UserVolumeConfig', 'VolumeConfig', 'WatchdogTimerConfig', 'EthernetConfig',
  ),
  ...kinds(11, 'ExistingVolumeConfig', 'RawVolumeConfig', 'SwapVolumeConfig', 'ZswapConfig'),
  ...kinds(
    12, 'BondConfig', 'BridgeConfig', 'DHCPv4Config', 'DHCPv6Config', 'DummyLinkConfig', 'HCloudVIPConfig',
    'HostnameConfig', 'Layer2VIPConfig', 'LinkAliasConfig', 'LinkConfig', 'OOMConfig', 'RegistryAuthConfig',
    'RegistryMirrorConfig', 'RegistryTLSConfig', 'ResolverConfig', 'StaticHostConfig', 'TimeSyncConfig', 'VLANConfig',
    'WireguardConfig',
  ),
]); // prettier-ignore

/** What Omni refuses in a patch, or sets itself. */
export const OMNI_OWNED: readonly string[] = [
  'cluster.clusterName', 'cluster.id', 'cluster.controlPlane.endpoint', 'cluster.token', 'cluster.secret',
  'cluster.aescbcEncryptionSecret', 'cluster.secretboxEncryptionSecret', 'cluster.acceptedCAs', 'machine.token',
  'machine.ca', 'machine.type', 'machine.acceptedCAs',
]; // prettier-ignore
