import { PciMappings, type PciMappingTransform } from '../../../constructs/proxmox/pci-mappings';
import { ProxmoxServers } from '../../../constructs/proxmox/proxmox-servers';
import { BaseStack } from '../../../constructs/stacks/base-stack';
import type { PciMapping, Server } from '../../../model/cluster/cluster';
import {
  clusterProps, MAPPING, render, renderCluster, resource, resources, server, serverProps, testApp, VM, type Rendered,
} from '../../testing/synth'; // prettier-ignore

const alone1 = server('pve1');
const alone2 = server('pve2', { nodeName: 'minipc' });
const memberA = server('dc-a', { site: 'cluster dc', siteName: 'dc' });
const memberB = server('dc-b', { site: 'cluster dc', siteName: 'dc' });

const device = (on: Server, path = '0000:01:00') => ({ server: on, path, id: '10de:2204' });
const mapping = (...on: Server[]): PciMapping => ({
  name: 'rtx3090',
  mediatedDevices: false,
  devices: on.map((each) => device(each)),
});

function mappings(
  owned: readonly PciMapping[],
  hosting: readonly Server[],
  transform?: PciMappingTransform,
): { made: PciMappings; json: Rendered } {
  const stack = new BaseStack(testApp(), 'test');
  ProxmoxServers.of(stack).addServers(hosting);
  const made = new PciMappings(stack, 'pci-mappings', owned, hosting, transform);
  return { made, json: render(stack) };
}

test('defaults', () => {
  const { json } = mappings([mapping(alone1)], [alone1]);

  expect(resources(json, MAPPING)).toEqual({
    rtx3090_pve1: {
      provider: 'proxmox.pve1',
      name: 'rtx3090',
      map: [{ node: 'pve1', path: '0000:01:00', id: '10de:2204' }],
    },
  });
});

test('says all that the definition knows of a device', () => {
  const owned: PciMapping = {
    name: 'rtx3090',
    comment: 'for ${inference}',
    mediatedDevices: true,
    devices: [{ ...device(alone1), iommuGroup: 14, subsystemId: '10de:1454' }],
  };

  expect(resource(mappings([owned], [alone1]).json, MAPPING, 'rtx3090_pve1')).toMatchObject({
    comment: 'for $${inference}',
    mediated_devices: true,
    map: [{ node: 'pve1', path: '0000:01:00', id: '10de:2204', iommu_group: 14, subsystem_id: '10de:1454' }],
  });
});

test('is one per standalone server, with the devices of that server', () => {
  const { json } = mappings([mapping(alone1, alone2)], [alone1, alone2]);

  expect(Object.keys(resources(json, MAPPING))).toEqual(['rtx3090_pve1', 'rtx3090_pve2']);
  expect(resource(json, MAPPING, 'rtx3090_pve2')).toMatchObject({
    provider: 'proxmox.pve2',
    map: [{ node: 'minipc' }],
  });
});

test('is one per Proxmox cluster, with an entry for each node', () => {
  const { json } = mappings([mapping(memberA, memberB)], [memberA, memberB]);

  expect(Object.keys(resources(json, MAPPING))).toEqual(['rtx3090_dc']);
  expect(resource(json, MAPPING, 'rtx3090_dc')).toMatchObject({
    provider: 'proxmox.dc-a',
    map: [{ node: 'dc-a' }, { node: 'dc-b' }],
  });
});

test('goes through a server that hosts nodes, also where the device is on another member', () => {
  const { json } = mappings([mapping(memberB)], [memberA]);

  expect(resource(json, MAPPING, 'rtx3090_dc')).toMatchObject({
    provider: 'proxmox.dc-a',
    map: [{ node: 'dc-b' }],
  });
});

test('is not made where no node is', () => {
  expect(resources(mappings([mapping(alone2)], [alone1]).json, MAPPING)).toEqual({});
});

test('exists before a VM that uses it, and only before that one', () => {
  const { made } = mappings([mapping(alone1), { ...mapping(alone1), name: 'a2' }], [alone1, alone2]);

  expect(made.dependencies(['a2'], alone1)).toHaveLength(1);
  expect(made.dependencies(['rtx3090', 'a2'], alone1)).toHaveLength(2);
  expect(made.dependencies(['rtx3090'], alone2)).toEqual([]);
  expect(made.dependencies(['existing'], alone1)).toEqual([]);
});

test('in a cluster: depends_on for owned mappings, no resource for existing ones', () => {
  const { controlPlanes, workers } = clusterProps();
  const json = renderCluster({
    proxmoxServers: { pve1: serverProps('pve1'), pve2: serverProps('pve2') },
    pciMappings: {
      rtx3090: { devices: [{ proxmoxServer: 'pve1', path: '0000:01:00', id: '10de:2204', iommuGroup: 14 }] },
    },
    defaults: { ...clusterProps().defaults, gpuWorkers: { firstIp: '192.168.10.150', cpuType: 'host' } },
    controlPlanes,
    workers,
    gpuWorkers: [
      { name: 'g-1', proxmoxServer: 'pve1', gpuMappings: ['rtx3090'] },
      { name: 'g-2', proxmoxServer: 'pve2', gpuMappings: ['existing'] },
    ],
  });

  expect(Object.keys(resources(json, MAPPING))).toEqual(['rtx3090_pve1']);
  expect(resource(json, VM, 'g-1')['depends_on']).toEqual(['proxmox_hardware_mapping_pci.rtx3090_pve1']);
  expect(resource(json, VM, 'g-2')).not.toHaveProperty('depends_on');
  expect(resource(json, VM, 'g-2')['hostpci']).toMatchObject([{ mapping: 'existing' }]);
});

test('applies the transform last', () => {
  const { json } = mappings([mapping(alone1)], [alone1], (config, { name }) => ({
    ...config,
    comment: `of ${name}`,
  }));

  expect(resource(json, MAPPING, 'rtx3090_pve1')).toMatchObject({ name: 'rtx3090', comment: 'of rtx3090' });
});
