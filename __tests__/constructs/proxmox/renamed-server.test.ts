import { renderCluster, serverProps } from '../../testing/synth';

const image = { url: 'https://images.example.com/talos-v1.11.5-nocloud-amd64.iso' };
const mapping = { devices: [{ proxmoxServer: 'pve1', path: '0000:01:00', id: '10de:2204' }] };

const moved = (server: object): unknown =>
  renderCluster({
    proxmoxServers: { pve1: { ...serverProps('pve1'), ...server } },
    images: { talos: image },
    pciMappings: { gpu0: mapping },
    resourcePool: { id: 'talos', create: true },
  }).moved;

test('a renamed server takes along what is named by it', () => {
  expect(moved({ renamedFrom: 'old' })).toEqual([
    { from: 'proxmox_download_file.talos_old', to: 'proxmox_download_file.talos_pve1' },
    { from: 'proxmox_hardware_mapping_pci.gpu0_old', to: 'proxmox_hardware_mapping_pci.gpu0_pve1' },
    { from: 'proxmox_virtual_environment_pool.talos_old', to: 'proxmox_virtual_environment_pool.talos_pve1' },
  ]);
});

test('mappings and pools of a Proxmox cluster are not named by its servers', () => {
  expect(moved({ renamedFrom: 'old', proxmoxCluster: 'dc' })).toEqual([
    { from: 'proxmox_download_file.talos_old', to: 'proxmox_download_file.talos_pve1' },
  ]);
});

test('nothing moves otherwise', () => {
  expect(moved({})).toBeUndefined();
});
