import type { ClusterDraft, PciMappingDraft } from '../cluster/definition/draft';
import type { Path } from '../diagnostics/source';
import { error, runRule, type Finding } from './lib/rule';

const ADDRESS = /^[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}(\.[0-7])?$/i;
const ID = /^[0-9a-f]{4}:[0-9a-f]{4}$/i;

export const pciDeviceForm = runRule(
  'pci-device-form',
  'Devices of PCI mappings have a full address and ids, and each belongs to one mapping',
  function* (clusters) {
    const owners = new Map<string, { cluster: ClusterDraft; mapping: string; function: string }[]>();
    for (const cluster of clusters) {
      for (const mapping of cluster.pciMappings) {
        for (const finding of formProblems(mapping)) yield { ...finding, cluster };
        for (const [i, { server, path }] of mapping.devices.entries()) {
          if (!server || !ADDRESS.test(path)) continue;
          const [slot = '', number = ''] = path.toLowerCase().split('.');
          const id = [server.site, server.nodeName, slot].join('\n');
          const others = owners.get(id) ?? [];
          owners.set(id, others);
          // An address without function means all functions of the device. There are eight at most.
          const other = others.find((o) => o.function === '' || number === '' || o.function === number);
          others.push({ cluster, mapping: mapping.name, function: number });
          // One name in two definitions is told by another rule.
          if (!other || (other.cluster !== cluster && other.mapping === mapping.name)) continue;
          const where = other.cluster === cluster ? '' : ` of cluster "${other.cluster.name}"`;
          const message = `${path} on "${server.key}" is in mapping "${other.mapping}"${where} already; remove one of the two`;
          yield { ...error([...mapping.path, 'devices', i, 'path'], message), cluster };
        }
      }
    }
  },
);

function* formProblems({ name, path, devices }: PciMappingDraft): Generator<Finding> {
  if (!/^[a-z][a-z0-9_-]+$/i.test(name)) {
    const message = `"${name}" cannot be the name of a mapping; start with a letter, then letters, digits, "_" and "-"`;
    yield { ...error(path, message), atKey: true };
  }
  for (const [i, device] of devices.entries()) {
    const at = (key: string): Path => [...path, 'devices', i, key];
    if (device.path !== '' && !ADDRESS.test(device.path)) {
      const full = `0000:${device.path}`;
      yield error(
        at('path'),
        `"${device.path}" is not a PCI address; write it like ${ADDRESS.test(full) ? full : '0000:01:00'}`,
      );
    }
    for (const [key, value] of [
      ['id', device.id],
      ['subsystem_id', device.subsystemId ?? ''],
    ] as const) {
      if (value === '' || ID.test(value)) continue;
      const plain = value.replace(/0x/gi, '');
      yield error(
        at(key),
        `"${value}" is not of the form vendor:device; write it like ${ID.test(plain) ? plain : '10de:2204'}`,
      );
    }
    const { iommuGroup: group } = device;
    if (group !== undefined && (!Number.isSafeInteger(group) || group < 0)) {
      yield error(
        at('iommu_group'),
        `${group} is not an IOMMU group; use a whole number from 0, see /sys/kernel/iommu_groups`,
      );
    }
  }
}
