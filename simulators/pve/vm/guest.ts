/** What the operating system in a VM sees of its hardware. */
import { isDriveKey } from '../formats/drive';
import { parseNic } from '../formats/nic';
import { parseProperties } from '../formats/property-string';
import { parseSize } from '../formats/size';
import { byKey } from '../formats/vm-config';
import type { Vm } from '../store/types';
import { disksOf } from './drives';

export interface GuestNic {
  /** Lower case. */
  readonly mac: string;
  /** CIDRs: those of cloud-init, or one that stands for a lease. */
  readonly addresses: readonly string[];
  readonly gateways: readonly string[];
}

export interface GuestDisk {
  /** `/dev/sda` */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly serial?: string;
}

/** NICs in the order of their slots. */
export function guestNics({ vmid, config }: Vm): GuestNic[] {
  return Object.keys(config)
    .filter((key) => /^net\d+$/.test(key))
    .sort(byKey)
    .map((key) => {
      const network = parseProperties(String(config[key.replace('net', 'ipconfig')] ?? ''));
      const { ip, ip6, gw, gw6 } = network;
      const fixed = [ip, ip6].filter((address): address is string => address?.includes('/') === true);
      return {
        mac: parseNic(String(config[key])).macaddr.toLowerCase(),
        addresses: fixed.length > 0 ? fixed : [`198.51.${(vmid >> 8) & 0xff}.${vmid & 0xff}/16`],
        gateways: [gw, gw6].filter((gateway) => gateway !== undefined),
      };
    });
}

/** Disks of the SCSI, SATA and VirtIO buses in the order of their slots, named as Linux does when nothing else is there. */
export function guestDisks({ config }: Vm): GuestDisk[] {
  const disks = [...disksOf(config, (key) => isDriveKey(key) && /^(scsi|sata|virtio)/.test(key))];
  const letters: Record<string, number> = {};
  return disks
    .sort(([a], [b]) => byKey(a, b))
    .map(([key, { options }]) => {
      const prefix = key.startsWith('virtio') ? 'vd' : 'sd';
      const index = letters[prefix] ?? 0;
      letters[prefix] = index + 1;
      return {
        name: `/dev/${prefix}${String.fromCharCode('a'.charCodeAt(0) + index)}`,
        size: parseSize(options['size'] ?? '') ?? 0,
        ...(options['serial'] === undefined ? {} : { serial: options['serial'] }),
      };
    });
}

/** SMBIOS UUID, as the configuration has it. */
export const guestUuid = ({ config }: Vm): string =>
  parseProperties(String(config['smbios1'] ?? ''))['uuid'] ?? '';
