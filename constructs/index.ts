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
export type { TalosClusterTransforms } from './cluster-resources';
export { BaseStack } from './stacks/base-stack';
export { ClusterStack } from './cluster-stack';
export { StateBackend } from './stacks/state-backend';
export { AddressScope } from './stacks/address';
export { ProxmoxServers, type ProviderTransform } from './proxmox/proxmox-servers';
export { TalosVm, type TalosVmProps, type VmTransform } from './proxmox/talos-vm';
export { Guards, type GuardsProps } from './proxmox/guards';
export { type BootFile, type DownloadTransform } from './proxmox/talos-images';
export { type PciMappingTransform } from './proxmox/pci-mappings';
export { tokenVariable } from '../model/cluster/variables';
export type * from '../model/cluster/definition/cluster-props';
/** Classes and arguments of bpg/proxmox, as far as constructs use them: for transforms, and for resources of your own. */
export * as proxmox from './proxmox/bindings';
