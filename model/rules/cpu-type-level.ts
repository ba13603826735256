import { clusterRule, error, written } from './lib/rule';

/** Older than x86-64-v2, which Talos is compiled for. */
const TOO_OLD: ReadonlySet<string> = new Set([
  'qemu64',
  'qemu32',
  'kvm64',
  'kvm32',
  'x86-64-v1',
  '486',
  'pentium',
  'pentium2',
  'pentium3',
  'athlon',
  'coreduo',
  'core2duo',
  'phenom',
  'Conroe',
]);

export const isTooOld = (cpuType: string): boolean => TOO_OLD.has(cpuType);

export const cpuTypeLevel = clusterRule(
  'cpu-type-level',
  'CPU types are at least x86-64-v2',
  function* (cluster) {
    for (const { path, value } of written(cluster, 'cpu_type')) {
      if (isTooOld(value)) {
        yield error(path, `"${value}" is older than x86-64-v2, which Talos needs; use x86-64-v2-AES or host`);
      }
    }
  },
);
