import { limitOf, type Limit } from '../../cluster/definition/keys';
import { networkConfig } from '../../cluster/definition/schema';
import { dataDisk, nodePool, startup, vmSettings } from '../../cluster/definition/schema-nodes';

/** Limits that Proxmox, or our identity scheme, sets, as the schema has them. */
export const SIZES = {
  cpu_cores: limitOf(vmSettings.cpu_cores),
  memory_mb: limitOf(vmSettings.memory_mb),
  os_disk_size_gb: limitOf(vmSettings.os_disk_size_gb),
  size_gb: limitOf(dataDisk.shape.size_gb),
  order: limitOf(startup.shape.order),
  up_delay: limitOf(startup.shape.up_delay),
  down_delay: limitOf(startup.shape.down_delay),
  count: limitOf(nodePool.shape.count),
  first_index: limitOf(nodePool.shape.first_index),
  mtu: limitOf(networkConfig.shape.mtu),
  vlan_id: limitOf(networkConfig.shape.vlan_id),
};

/** What is wrong with a number and what to write instead; `undefined` if it is within its limits. */
export function sizeProblem(value: number, { min, max }: Limit): string | undefined {
  if (Number.isInteger(value) && value >= min && value <= max) return undefined;
  const range = max === Infinity ? `${min} or more` : `${min}-${max}`;
  if (value < min) return `${value} is below ${min}; use ${range}`;
  if (value > max) return `${value} is above ${max}; use ${range}`;
  return `${value} is not a whole number; use ${Math.max(min, Math.round(value))}`;
}

/** Where a memory size was surely meant in GB: the same in MB. */
export const meantGb = (mb: number): string =>
  Number.isInteger(mb) && mb > 0 && mb < 512 ? `; memory is in MB, did you mean ${mb * 1024}?` : '';
