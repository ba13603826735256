/** Limits of a number. */
export interface Limit {
  readonly min: number;
  readonly max?: number;
}

/** Limits that Proxmox, or our identity scheme, sets. */
export const SIZES = {
  cpu_cores: { min: 1, max: 2304 },
  memory_mb: { min: 64, max: 268435456 },
  os_disk_size_gb: { min: 1 },
  data_disk_size_gb: { min: 0 },
  order: { min: 0 },
  delay: { min: 0 },
  count: { min: 0, max: 65536 },
  first_index: { min: 0, max: 65535 },
  mtu: { min: 576, max: 65520 },
} satisfies Record<string, Limit>;

/** What is wrong with a number and what to write instead; `undefined` if it is within its limits. */
export function sizeProblem(value: number, { min, max = Infinity }: Limit): string | undefined {
  if (Number.isInteger(value) && value >= min && value <= max) return undefined;
  const range = max === Infinity ? `${min} or more` : `${min}-${max}`;
  if (value < min) return `${value} is below ${min}; use ${range}`;
  if (value > max) return `${value} is above ${max}; use ${range}`;
  return `${value} is not a whole number; use ${Math.max(min, Math.round(value))}`;
}

/** Where a memory size was surely meant in GB: the same in MB. */
export const meantGb = (mb: number): string =>
  Number.isInteger(mb) && mb > 0 && mb < 512 ? `; memory is in MB, did you mean ${mb * 1024}?` : '';
