import type { PciFunction } from './answers';

/** What a mapping says of a device. */
export interface MappedDevice {
  /** `0000:01:00`: without function, all of them. */
  readonly path: string;
  readonly id: string;
  readonly iommuGroup?: number | undefined;
  readonly subsystemId?: string | undefined;
  /** Whether the mapping says that its devices can be split into mediated devices. */
  readonly mdev: boolean;
}

/** What of it a server has otherwise. Without `written`, the mapping leaves it out; without `actual`, the device has none. */
export interface Mismatch {
  readonly property: 'id' | 'iommu_group' | 'subsystem_id' | 'mediated_devices';
  readonly actual: string | number | boolean | undefined;
  readonly written: string | number | boolean | undefined;
}

/** `10de:2204` of `0x10de` and `0x2204`. */
export const idsOf = (vendor = '', device = ''): string => `${vendor}:${device}`.replaceAll('0x', '');

/** The function at an address; the first one where that names none. */
export const functionAt = (pci: readonly PciFunction[], path: string): PciFunction | undefined =>
  pci.find(({ id }) => id === path || id === `${path}.0`);

/** Proxmox compares as text all that the device has, and starts no VM while the mapping says less or something else. */
export function mismatches(device: MappedDevice, found: PciFunction): Mismatch[] {
  const subsystem =
    found.subsystem_vendor === undefined || found.subsystem_device === undefined
      ? undefined
      : idsOf(found.subsystem_vendor, found.subsystem_device);
  const compared: Mismatch[] = [
    { property: 'id', actual: idsOf(found.vendor, found.device), written: withoutPrefix(device.id) },
    { property: 'iommu_group', actual: found.iommugroup, written: device.iommuGroup },
    { property: 'subsystem_id', actual: subsystem, written: withoutPrefix(device.subsystemId) },
    { property: 'mediated_devices', actual: found.mdev, written: device.mdev },
  ];
  return compared.filter(({ actual, written }) => actual !== written);
}

const withoutPrefix = (id: string | undefined): string | undefined => id?.replaceAll('0x', '');
