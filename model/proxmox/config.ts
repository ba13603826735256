import type { Guest, GuestConfig } from './answers';

/** A disk as a VM has it. */
export interface AttachedDisk {
  /** `scsi1` */
  readonly interface: string;
  /** `local-lvm:vm-1100-disk-1` */
  readonly volume: string;
  readonly sizeGb: number | undefined;
}

/** Disks of a VM: no CD drives, cloud-init drives, EFI variables or TPM state. */
export function disksOf(config: GuestConfig): AttachedDisk[] {
  return Object.entries(config).flatMap(([key, value]) => {
    if (!/^(ide|sata|scsi|virtio)\d+$/.test(key)) return [];
    const { first, media, size } = properties(value);
    if (media === 'cdrom' || first === undefined) return [];
    return [{ interface: key, volume: first, sizeGb: gib(size ?? '') }];
  });
}

const UNITS: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };

function gib(size: string): number | undefined {
  const [, amount, unit = ''] = /^(\d+(?:\.\d+)?)([KMGT]?)$/.exec(size) ?? [];
  return amount === undefined ? undefined : (Number(amount) * (UNITS[unit] ?? 1)) / 2 ** 30;
}

/** MAC addresses of a VM or a container, in upper case. */
export const macsOf = (config: GuestConfig): string[] =>
  Object.entries(config).flatMap(([key, value]) =>
    /^net\d+$/.test(key)
      ? (value.match(/\b([0-9a-f]{2}:){5}[0-9a-f]{2}\b/gi) ?? []).map((mac) => mac.toUpperCase())
      : [],
  );

/** SMBIOS UUID in lower case. */
export const uuidOf = (config: GuestConfig): string | undefined =>
  properties(config['smbios1'] ?? '')['uuid']?.toLowerCase();

/** Whether the guest agent is switched on: `1`, or `enabled=1,…`. */
export function hasAgent(config: GuestConfig): boolean {
  const { first, enabled } = properties(config['agent'] ?? '');
  return (enabled ?? first) === '1';
}

/** What a VM passes through: names of mappings, and PCI addresses without mapping. */
export function passthroughOf(config: GuestConfig): { mappings: string[]; paths: string[] } {
  const entries = Object.entries(config)
    .filter(([key]) => /^hostpci\d+$/.test(key))
    .map(([, value]) => properties(value));
  return {
    mappings: entries.flatMap(({ mapping }) => mapping ?? []),
    paths: entries.flatMap(({ first, host }) => (first ?? host)?.split(';') ?? []),
  };
}

/** `first,key=value`: the value without key is `first`. */
export function properties(value: string): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(
    value
      .split(',')
      .filter((part) => part !== '')
      .map((part): [string, string] => {
        const at = part.indexOf('=');
        return at < 0 ? ['first', part] : [part.slice(0, at), part.slice(at + 1)];
      }),
  );
}

/** `"nas" (VM 100 on pve1)` */
export const guestName = ({ name, type, vmid, node }: Guest): string =>
  `"${name ?? vmid}" (${type === 'lxc' ? 'container' : 'VM'} ${vmid} on ${node})`;
