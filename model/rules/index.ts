import { adoptedHardware } from './adopted-hardware';
import { agentWithoutExtension } from './agent-without-extension';
import { backendKeys } from './backend-keys';
import { backendLocal } from './backend-local';
import { backendShared } from './backend-shared';
import { bootSource } from './boot-source';
import { clusterEndpoint } from './cluster-endpoint';
import { clusterName } from './cluster-name';
import { clusterRenamedFrom, clusterRenamedInOmni } from './cluster-renamed-from';
import { controlPlaneCount } from './control-plane-count';
import { controlPlaneSpread } from './control-plane-spread';
import { cpuTypeLevel } from './cpu-type-level';
import { cpuTypeUnknown } from './cpu-type-unknown';
import { diskFormat } from './disk-format';
import { diskSlot } from './disk-slot';
import { dnsServers } from './dns-servers';
import { endpointForm } from './endpoint-form';
import { extensionName } from './extension-name';
import { extensionService } from './extension-service';
import { firmwareCoherent } from './firmware-coherent';
import { firstBootAddress } from './first-boot-address';
import { gpuExtensions } from './gpu-extensions';
import { gpuMappingMissing } from './gpu-mapping-missing';
import { gpuMappingShared } from './gpu-mapping-shared';
import { gpuVmShape } from './gpu-vm-shape';
import { imageArchitecture } from './image-architecture';
import { imageFormat } from './image-format';
import { imageSchematic } from './image-schematic';
import { imageOnEveryServer } from './image-on-every-server';
import { haPlacement } from './ha-placement';
import { imagePin } from './image-pin';
import { imagePlatform } from './image-platform';
import { imageShared } from './image-shared';
import { longhornRequirements } from './longhorn-requirements';
import { machineClass } from './machine-class';
import { machineSetName } from './machine-set-name';
import { ipFormat } from './ip-format';
import { ipInDhcpRange } from './ip-in-dhcp-range';
import { ipInSubnet } from './ip-in-subnet';
import { ipMissing } from './ip-missing';
import { ipReserved } from './ip-reserved';
import { ipUnique } from './ip-unique';
import { k8sVersionMatrix } from './k8s-version-matrix';
import { liveMigrationIdentity } from './live-migration-identity';
import { macFormat } from './mac-format';
import { macPrefix } from './mac-prefix';
import { macUnique } from './mac-unique';
import { managementKey } from './management-key';
import { networkDataPlatform } from './network-data-platform';
import { nicLayout } from './nic-layout';
import { nodeBelowMinimum } from './node-below-minimum';
import { nodeIndex } from './node-index';
import { nodeNameFormat } from './node-name-format';
import { nodeNameUnique } from './node-name-unique';
import { nodeSettingForm } from './node-setting-form';
import { omniEndpoint } from './omni-endpoint';
import { omniExtensionsSuperset } from './omni-extensions-superset';
import { omniSettings } from './omni-settings';
import { patchForbidden } from './patch-forbidden';
import { patchForm } from './patch-form';
import { patchNodeLabels } from './patch-node-labels';
import { pciDeviceForm } from './pci-device-form';
import { pciMappingOwner } from './pci-mapping-owner';
import { pciMappingUnused } from './pci-mapping-unused';
import { rangeExhausted } from './range-exhausted';
import { installerImage } from './installer-image';
import { proxmoxClusterName } from './proxmox-cluster-name';
import { proxmoxName } from './proxmox-name';
import { rebootOnUpdate } from './reboot-on-update';
import { resourcePoolId } from './resource-pool-id';
import { secretLiteral } from './secret-literal';
import { secretReference } from './secret-reference';
import { serverKey } from './server-key';
import { serverRenamedFrom } from './server-renamed-from';
import { serverRefUnknown } from './server-ref-unknown';
import { sharedStorage } from './shared-storage';
import { sizeRange } from './size-range';
import { starterListPosition } from './starter-list-position';
import { stateSplit } from './state-split';
import { standaloneSettings } from './standalone-settings';
import { standaloneVersions } from './standalone-versions';
import { storageUnresolved } from './storage-unresolved';
import { subnetForm } from './subnet-form';
import { tagCharset } from './tag-charset';
import { talosContract } from './talos-contract';
import { terraformEngine } from './terraform-engine';
import { tlsVerifyOff } from './tls-verify-off';
import { tokenFormat } from './token-format';
import { uuidFormat } from './uuid-format';
import { uuidUnique } from './uuid-unique';
import { versionPin } from './version-pin';
import { versionSourcesAgree } from './version-sources-agree';
import { vipAddress } from './vip-address';
import { vlanRange } from './vlan-range';
import { vmidRange } from './vmid-range';
import { vmidRangesOverlap } from './vmid-ranges-overlap';
import { vmidUnique } from './vmid-unique';
import { volumeName } from './volume-name';
import { volumeSelector } from './volume-selector';
import type { Rule } from './lib/rule';

/** All rules, in the order of the reference page. */
export const RULES: readonly Rule[] = [
  // Names and references
  clusterName,
  clusterRenamedFrom,
  clusterRenamedInOmni,
  nodeNameFormat,
  nodeNameUnique,
  nodeIndex,
  starterListPosition,
  serverRefUnknown,
  serverKey,
  serverRenamedFrom,
  sharedStorage,
  proxmoxClusterName,
  proxmoxName,
  tagCharset,
  // Servers and credentials
  endpointForm,
  tokenFormat,
  secretLiteral,
  secretReference,
  tlsVerifyOff,
  // Identity
  macFormat,
  macUnique,
  macPrefix,
  vmidRange,
  vmidUnique,
  vmidRangesOverlap,
  rangeExhausted,
  uuidFormat,
  uuidUnique,
  // Addresses and networks
  ipFormat,
  ipMissing,
  subnetForm,
  ipInSubnet,
  ipReserved,
  ipUnique,
  ipInDhcpRange,
  dnsServers,
  vlanRange,
  nicLayout,
  // Topology and size
  controlPlaneCount,
  controlPlaneSpread,
  sizeRange,
  nodeBelowMinimum,
  // Disks and volumes
  storageUnresolved,
  diskFormat,
  diskSlot,
  volumeSelector,
  adoptedHardware,
  volumeName,
  longhornRequirements,
  // VM hardware and boot image
  firmwareCoherent,
  cpuTypeLevel,
  cpuTypeUnknown,
  agentWithoutExtension,
  rebootOnUpdate,
  bootSource,
  imagePlatform,
  imageArchitecture,
  imageFormat,
  imageOnEveryServer,
  imageShared,
  imagePin,
  imageSchematic,
  networkDataPlatform,
  firstBootAddress,
  // GPU
  gpuMappingMissing,
  gpuMappingShared,
  gpuVmShape,
  haPlacement,
  liveMigrationIdentity,
  gpuExtensions,
  pciDeviceForm,
  pciMappingOwner,
  pciMappingUnused,
  // Versions
  versionPin,
  versionSourcesAgree,
  talosContract,
  k8sVersionMatrix,
  // Without Omni
  managementKey,
  clusterEndpoint,
  vipAddress,
  standaloneSettings,
  standaloneVersions,
  terraformEngine,
  installerImage,
  // Omni and Proxmox
  extensionName,
  extensionService,
  omniExtensionsSuperset,
  omniEndpoint,
  omniSettings,
  machineSetName,
  machineClass,
  patchForm,
  patchForbidden,
  patchNodeLabels,
  nodeSettingForm,
  resourcePoolId,
  // State
  backendLocal,
  backendKeys,
  backendShared,
  stateSplit,
];

/** What is found beside the rules, when a file is read and when its patches are made: id and what must hold, for the reference. */
export const LOADER_RULES: Readonly<Record<string, string>> = {
  'definition-file': 'The file or folder exists, can be read, and is a definition',
  syntax: 'The file is YAML, or the tfvars of the starter',
  'duplicate-key': 'No key is set twice in one block',
  'schema-key-unknown': 'Every key is known where it stands',
  'schema-value': 'Required keys are there, and values have the right type',
  'patch-overridden': 'No Talos patch sets what the definition sets too, to something else',
  'manifest-file':
    'Files that a definition names hold Kubernetes objects with a namespace that is made, no secret, and 1 MB at most together',
  'starter-value': "What the starter's tfvars say is what the starter did; a warning names the difference",
};
