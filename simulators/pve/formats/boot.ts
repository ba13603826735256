import { parseProperties } from './property-string';

/** Devices of `order=scsi0;ide2`. */
export function parseBootOrder(text: string): string[] {
  const { order } = parseProperties(text, 'legacy');
  return (order ?? '').split(';').filter((device) => device !== '');
}

export const printBootOrder = (devices: readonly string[]): string => `order=${devices.join(';')}`;
