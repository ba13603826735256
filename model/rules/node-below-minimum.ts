import type { NodeDraft } from '../cluster/definition/draft';
import { clusterRule, warning } from './lib/rule';
import { meantGb, sizeProblem, SIZES } from './lib/sizes';

/** What a Talos node needs, whatever its role. */
const MINIMA = [
  { key: 'cpu_cores', min: 2, unit: 'cores', of: (node: NodeDraft) => node.cpuCores },
  { key: 'memory_mb', min: 4096, unit: 'MB', of: (node: NodeDraft) => node.memoryMb },
  { key: 'os_disk_size_gb', min: 50, unit: 'GB', of: (node: NodeDraft) => node.disks[0]?.sizeGb },
] as const;

export const nodeBelowMinimum = clusterRule(
  'node-below-minimum',
  'A node has at least 2 cores, 4096 MB of memory and a 50 GB OS disk',
  function* ({ nodes }) {
    for (const node of nodes) {
      for (const { key, min, unit, of } of MINIMA) {
        const value = of(node);
        // What Proxmox would refuse is told by another rule.
        if (value === undefined || value >= min || sizeProblem(value, SIZES[key])) continue;
        const advice = (key === 'memory_mb' && meantGb(value)) || `; use ${min} or more`;
        yield warning(node.where(key), `${value} is below the ${min} ${unit} that a node needs${advice}`);
      }
    }
  },
);
