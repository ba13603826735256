import './creation-stack';
/** Public API: what clusters in TypeScript are made of. */
export { createApp } from './create-app';
export { ValidationError } from './stacks/errors';
export {
  TalosCluster,
  type AddedNodeProps,
  type AddedWorkersProps,
  type LoadedClusterProps,
  type TalosClusterInput,
  type WrittenClusterProps,
} from './talos-cluster';
export type { TalosClusterTransforms, VmTransform } from './cluster-resources';
export type { OutputValues } from './output-values';
export { BaseStack } from './stacks/base-stack';
export { ClusterStack } from './cluster-stack';
export { StateBackend } from './stacks/state-backend';
export { AddressScope } from './stacks/address';
export { ProxmoxServers, type ProviderTransform } from './proxmox/proxmox-servers';
export {
  ProxmoxVm,
  type BootFile,
  type ProxmoxVmProps,
  type ProxmoxVmTransform,
  type VmArguments,
  type VmGuard,
  type VmPrecondition,
} from './proxmox/proxmox-vm';
export { TalosVm, type TalosNicProps, type TalosVmProps } from './proxmox/talos-vm';
export { Guards, type GuardsProps } from './proxmox/guards';
export { HaResources } from './proxmox/ha-resources';
export { type DownloadTransform } from './proxmox/talos-images';
export { type PciMappingTransform } from './proxmox/pci-mappings';
export { tokenVariable } from '../model/cluster/variables';
export type { LoneServerProps } from '../model/load/servers';
export type { VmDiskProps, VmNicProps, VmProps } from '../model/vm/props';
export type * from '../model/cluster/definition/cluster-props';
/** Classes and arguments of bpg/proxmox, as far as constructs use them: for transforms, and for resources of your own. */
export * as proxmox from './proxmox/bindings';
