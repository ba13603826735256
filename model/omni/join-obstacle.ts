import { parseVersion } from '../talos/versions';
import type { MachineStatus } from './machine-status';

/** Why Omni would not let a machine into a cluster of a Talos version. */
export type JoinObstacle = 'newer' | 'not-installed';

/**
 * Omni's two rules for a machine that joins: none with a newer minor than the cluster (it would be downgraded), and one
 * that runs without installation needs the same minor. Omni refuses only after it has created the cluster and its sets,
 * so that we look before. `undefined` if it may join, or if a version is unknown.
 */
export function joinObstacle({ spec }: MachineStatus, talosVersion = ''): JoinObstacle | undefined {
  const cluster = parseVersion(talosVersion);
  const machine = parseVersion(spec.talosversion);
  if (!cluster || !machine) return undefined;
  const ahead = machine.major - cluster.major || machine.minor - cluster.minor;
  if (ahead > 0) return 'newer';
  const installed = spec.hardware?.blockdevices.some(({ systemdisk }) => systemdisk) ?? true;
  return ahead < 0 && !installed ? 'not-installed' : undefined;
}
