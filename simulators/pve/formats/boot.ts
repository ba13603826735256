import { DRIVE_KEYS, isCdrom, parseDrive } from './drive';
import { parseProperties } from './property-string';
import { byKey } from './vm-config';

/** Devices of `order=scsi0;ide2`. */
export function parseBootOrder(text: string): string[] {
  const { order } = parseProperties(text, 'legacy');
  return (order ?? '').split(';').filter((device) => device !== '');
}

/** What a new VM boots from when nothing is said: its first disk, its first CD drive, its first NIC. */
export function defaultBootOrder(config: Readonly<Record<string, string | number>>): string[] {
  const drives = BOOT_DRIVES.filter((key) => config[key] !== undefined);
  const cdrom = (key: string): boolean => isCdrom(parseDrive(String(config[key])));
  const nic = Object.keys(config)
    .filter((key) => /^net\d+$/.test(key))
    .sort(byKey)[0];
  return [drives.find((key) => !cdrom(key)), drives.find(cdrom), nic].filter((key) => key !== undefined);
}

const BUSES = ['ide', 'scsi', 'virtio', 'sata'];
const BOOT_DRIVES = BUSES.flatMap((bus) => DRIVE_KEYS.filter((key) => key.replace(/\d+$/, '') === bus));

export const printBootOrder = (devices: readonly string[]): string => `order=${devices.join(';')}`;
