import type { PciMappingDraft } from '../../cluster/definition/draft';
import type { Path } from '../../diagnostics/source';
import { error, type Finding } from '../../rules/lib/rule';
import { list } from '../../support/text';
import type { PciFunction } from '../../proxmox/answers';
import { liveCheck, need } from '../lib/check';
import { functionAt, idsOf, mismatches, type Mismatch } from '../../proxmox/pci';

type Device = PciMappingDraft['devices'][number];

export const pciDevices = liveCheck(
  'live-object-missing',
  'PCI devices',
  function* ({ cluster, server, live }) {
    for (const mapping of cluster.pciMappings) {
      for (const [i, device] of mapping.devices.entries()) {
        if (device.server?.key !== server.key) continue;
        yield* deviceProblems(mapping, device, need(live.pci), [...mapping.path, 'devices', i], server.key);
      }
    }
  },
);

/** Display controllers and accelerators: what people pass through. */
const isLikely = (candidate: PciFunction): boolean => /^0x(03|12)/.test(candidate.class);

function* deviceProblems(
  mapping: PciMappingDraft,
  device: Device,
  all: readonly PciFunction[],
  path: Path,
  key: string,
): Generator<Finding> {
  const found = functionAt(all, device.path);
  if (!found) {
    const same = all.filter(({ vendor, device: number }) => idsOf(vendor, number) === device.id);
    const offers = (same.length > 0 ? same : all.filter(isLikely)).map(
      ({ id, vendor, device: number }) => `${id} (${idsOf(vendor, number)})`,
    );
    yield error([...path, 'path'], `no PCI device ${device.path} on "${key}"; found ${list(offers)}`);
    return;
  }
  for (const mismatch of mismatches({ ...device, mdev: mapping.mediatedDevices }, found)) {
    const { property } = mismatch;
    const at = property === 'mediated_devices' ? mapping.path : path;
    if (property === 'iommu_group' && found.iommugroup < 0) {
      yield error(
        [...path, 'path'],
        `${device.path} on "${key}" has no IOMMU group; switch on VT-d or AMD-Vi in its firmware`,
      );
    } else yield error([...at, property], mismatchText(device, mismatch, key));
  }
}

function mismatchText({ path }: Device, { property, actual, written }: Mismatch, key: string): string {
  if (property === 'id') return `${path} on "${key}" is ${actual}, not ${written}; write ${actual}`;
  const starts = 'and no VM starts with it';
  if (property === 'mediated_devices')
    return actual === true
      ? `${path} on "${key}" can be split into mediated devices, which the mapping does not say, ${starts}; write mediated_devices: true`
      : `${path} on "${key}" cannot be split into mediated devices as the mapping says, ${starts}; remove mediated_devices`;
  if (actual === undefined) return `${path} on "${key}" has no ${property}, ${starts}; remove it`;
  const difference = written === undefined ? 'which is missing here' : `not ${written}`;
  return `${path} on "${key}" has ${property} ${actual}, ${difference}, ${starts}; write ${property}: ${actual}`;
}
