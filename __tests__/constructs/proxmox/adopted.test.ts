import { clusterProps, renderCluster } from '../../testing/synth';

const controlPlanes = [{ name: 'cp-1', proxmoxServer: 'pve1', adopted: true, vmId: 100 }];

test('adopted VMs are imported by the server and the VMID that they have, others are not', () => {
  expect((renderCluster({ controlPlanes }) as { import?: unknown }).import).toEqual([
    { id: 'pve1/100', to: 'proxmox_virtual_environment_vm.cp-1' },
  ]);
  expect(renderCluster(clusterProps())).not.toHaveProperty('import');
});
