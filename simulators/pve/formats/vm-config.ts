/** Keys and values of a VM's configuration. */
import { parseBoolean } from './property-string';

export type ConfigValue = string | number;
export type VmConfig = Record<string, ConfigValue>;

const BOOLEANS = new Set([
  ...['acpi', 'autostart', 'ciupgrade', 'freeze', 'keephugepages', 'kvm', 'localtime', 'numa', 'onboot'],
  ...['protection', 'reboot', 'tablet', 'tdf', 'template', 'allow-ksm'],
]);

const INTEGERS = new Set([
  'balloon',
  'cores',
  'cpuunits',
  'migrate_speed',
  'shares',
  'smp',
  'sockets',
  'vcpus',
]);

/**
 * Value as it is stored: booleans and integers are JSON numbers in answers (a string `cores` breaks the provider), all
 * else is text.
 */
export function storedValue(key: string, text: string): ConfigValue {
  if (BOOLEANS.has(key)) return parseBoolean(text) === true ? 1 : 0;
  if (INTEGERS.has(key) && /^-?\d+$/.test(text)) return Number(text);
  return text;
}

/** Numbered keys and how many there may be of each; drives have a list of their own. */
const NUMBERED: Readonly<Record<string, number>> = {
  net: 32,
  hostpci: 16,
  ipconfig: 32,
  serial: 4,
  parallel: 3,
  usb: 14,
  numa: 8,
  virtiofs: 10,
  unused: 256,
  ide: 4,
  sata: 6,
  scsi: 31,
  virtio: 16,
  efidisk: 1,
  tpmstate: 1,
  audio: 1,
  rng: 1,
};

/** Whether the number of a numbered key is one that exists (`scsi31` is not); other keys are not judged. */
export function isIndexInRange(key: string): boolean {
  const match = /^([a-z]+)(\d+)$/.exec(key);
  const count = match?.[1] === undefined ? undefined : NUMBERED[match[1]];
  return count === undefined || (Number(match?.[2]) < count && !/[a-z]0\d/.test(key));
}

/** A list order in which `scsi2` comes before `scsi10`. */
export const byKey = (a: string, b: string): number => a.localeCompare(b, 'en', { numeric: true });
