import { renderCluster, resource, serverProps, VM } from '../../testing/synth';

const json = renderCluster({
  proxmoxServers: { pve1: { ...serverProps('pve1'), proxmoxCluster: 'dc' } },
  workers: [{ name: 'w-1', ha: true }, { name: 'w-2', ha: true, vmStarted: false }, { name: 'w-3' }],
});

test('exist for the nodes that ask for it', () => {
  expect(json.resource['proxmox_haresource']).toEqual({
    'w-1': {
      provider: 'proxmox.pve1',
      resource_id: 'vm:1100',
      state: 'started',
      depends_on: ['proxmox_virtual_environment_vm.w-1'],
    },
    'w-2': {
      provider: 'proxmox.pve1',
      resource_id: 'vm:1101',
      state: 'stopped',
      depends_on: ['proxmox_virtual_environment_vm.w-2'],
    },
  });
});

test('let Proxmox move the VM', () => {
  expect(resource(json, VM, 'w-1')['lifecycle']).toMatchObject({ ignore_changes: ['node_name'] });
  expect(resource(json, VM, 'w-3')['lifecycle']).not.toHaveProperty('ignore_changes');
});
