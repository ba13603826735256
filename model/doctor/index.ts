import { accessFindings } from './access';
import { checkLive, type LiveCheck, type LiveReport } from './lib/check';
import { bridges } from './checks/bridges';
import { capacity } from './checks/capacity';
import { clock } from './checks/clock';
import { cpuModels } from './checks/cpu-models';
import { diskFormatOnServer } from './checks/disk-format';
import { imageFiles } from './checks/image-files';
import { macs } from './checks/macs';
import { mappedDevices } from './checks/mapped-devices';
import { mappings } from './checks/mappings';
import { movedVms } from './checks/moved-vms';
import { nodeName } from './checks/node-name';
import { pciDevices } from './checks/pci-devices';
import { pools } from './checks/pools';
import { privileges } from './checks/privileges';
import { proxmoxCluster } from './checks/proxmox-cluster';
import { sharedStorages } from './checks/shared-storages';
import { shrunkDisks } from './checks/shrunk-disks';
import { storageRoom } from './checks/storage-room';
import { storages } from './checks/storages';
import { unmanagedDisks } from './checks/unmanaged-disks';
import { uuids } from './checks/uuids';
import { version } from './checks/version';
import { visibility } from './checks/visibility';
import { vmIds } from './checks/vm-ids';
import { vmState } from './checks/vm-state';
import type { ClusterDraft } from '../cluster/definition/draft';
import type { ClusterSnapshot } from '../proxmox/snapshot';

/** What is asked of each server, in the order of the summary. */
const LIVE_CHECKS: readonly LiveCheck[] = [
  ...[version, privileges, visibility, nodeName, proxmoxCluster, clock],
  ...[storages, sharedStorages, diskFormatOnServer, storageRoom, imageFiles, bridges, pools],
  ...[vmIds, movedVms, macs, uuids],
  ...[vmState, unmanagedDisks, shrunkDisks],
  ...[pciDevices, mappings, mappedDevices, cpuModels, capacity],
];

/** Holds definitions against what their servers answered. Servers whose access fails are told once, by that. */
export const checkClusters = (
  asked: readonly { readonly cluster: ClusterDraft; readonly live: ClusterSnapshot }[],
): LiveReport => checkLive(LIVE_CHECKS, (server, snapshot) => accessFindings(server, snapshot), asked);
