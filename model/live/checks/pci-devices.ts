import type { Path, PciMappingDraft } from '../../draft';
import { error, type Finding } from '../../rules/rule';
import { list } from '../../text';
import type { PciFunction } from '../answers';
import { liveCheck, need } from '../check';

type Device = PciMappingDraft['devices'][number];

export const pciDevices = liveCheck(
  'live-object-missing',
  'PCI devices',
  function* ({ cluster, server, live }) {
    for (const mapping of cluster.pciMappings) {
      for (const [i, device] of mapping.devices.entries()) {
        if (device.server?.key !== server.key) continue;
        yield* deviceProblems(device, need(live.pci), [...mapping.path, 'devices', i], server.key);
      }
    }
  },
);

/** `10de:2204` of `0x10de` and `0x2204`. */
const ids = (vendor = '', device = ''): string => `${vendor}:${device}`.replaceAll('0x', '').toLowerCase();

/** Display controllers and accelerators: what people pass through. */
const isLikely = (candidate: PciFunction): boolean => /^0x(03|12)/.test(candidate.class);

function* deviceProblems(
  device: Device,
  all: readonly PciFunction[],
  path: Path,
  key: string,
): Generator<Finding> {
  const wanted = device.path.toLowerCase();
  // An address without function means all functions; the first one has the ids.
  const found = all.find(({ id }) => id === wanted || id === `${wanted}.0`);
  if (!found) {
    const same = all.filter(({ vendor, device: number }) => ids(vendor, number) === device.id.toLowerCase());
    const offers = (same.length > 0 ? same : all.filter(isLikely)).map(
      ({ id, vendor, device: number }) => `${id} (${ids(vendor, number)})`,
    );
    yield error([...path, 'path'], `no PCI device ${device.path} on "${key}"; found ${list(offers)}`);
    return;
  }
  const id = ids(found.vendor, found.device);
  if (id !== device.id.toLowerCase())
    yield error([...path, 'id'], `${device.path} on "${key}" is ${id}, not ${device.id}; write ${id}`);
  if (found.iommugroup < 0) {
    yield error(
      [...path, 'path'],
      `${device.path} on "${key}" has no IOMMU group; switch on VT-d or AMD-Vi in its firmware`,
    );
  } else if (device.iommuGroup !== found.iommugroup) {
    yield error(
      [...path, 'iommu_group'],
      property(device, key, 'iommu_group', found.iommugroup, device.iommuGroup),
    );
  }
  const subsystem =
    found.subsystem_device === undefined ? undefined : ids(found.subsystem_vendor, found.subsystem_device);
  if (subsystem !== undefined && subsystem !== device.subsystemId?.toLowerCase())
    yield error(
      [...path, 'subsystem_id'],
      property(device, key, 'subsystem_id', subsystem, device.subsystemId),
    );
}

/** Proxmox compares all that the device has, and starts no VM while the mapping says less or something else. */
const property = (
  { path }: Device,
  key: string,
  name: string,
  actual: string | number,
  written: string | number | undefined,
): string =>
  `${path} on "${key}" has ${name} ${actual}, ${written === undefined ? 'which is missing here' : `not ${written}`}, and no VM starts with it; write ${name}: ${actual}`;
