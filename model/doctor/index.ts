import { accessFindings } from './access';
import { changedSince } from './changed';
import { diagnostic } from '../diagnostics/diagnostics';
import { sortDiagnostics } from '../diagnostics/sort';
import type { Survey } from '../init/survey';
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

/** A definition with what its servers answered, and what they had when it was written. */
export interface AskedCluster {
  readonly cluster: ClusterDraft;
  readonly live: ClusterSnapshot;
  readonly seen?: Survey | undefined;
}

/** Holds definitions against what their servers answered. Servers whose access fails are told once, by that. */
export function checkClusters(asked: readonly AskedCluster[]): LiveReport {
  const report = checkLive(LIVE_CHECKS, (server, snapshot) => accessFindings(server, snapshot), asked);
  const changes = asked.flatMap(({ cluster, live, seen }) =>
    seen === undefined
      ? []
      : [...changedSince(cluster, seen, live)].map(({ path, message, severity }) =>
          diagnostic(cluster.source, CHANGED, path, message, { severity, of: 'key' }),
        ),
  );
  return { ...report, diagnostics: sortDiagnostics([...report.diagnostics, ...changes]) };
}

/** Rule of what is told of servers that have changed. */
const CHANGED = 'live-changed';
