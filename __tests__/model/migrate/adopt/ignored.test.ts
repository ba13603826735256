import { byInterface, ignoredPath } from '../../../../model/cluster/adopted';

const node = { disks: ['virtio0', 'scsi10', 'scsi2'].map((name) => ({ interface: name })) };

test.each([
  ['boot_order', 'boot_order'],
  ['cpu.type', 'cpu[0].type'],
  ['network_device', 'network_device'],
  ['network_device.net1.model', 'network_device[1].model'],
  ['disk.scsi2.serial', 'disk[0].serial'],
  ['disk.virtio0.serial', 'disk[2].serial'],
])('%s is %s for Terraform', (entry, path) => {
  expect(ignoredPath(entry, node)).toBe(path);
});

test.each([
  'vm_id',
  'node_name',
  'disk',
  'disk.scsi2',
  'disk.scsi3.serial',
  'vga.type',
  'cpu[0].type',
  'network_device.net0.mac_address',
  '',
])('"%s" cannot be ignored', (entry) => {
  expect(ignoredPath(entry, node)).toBeUndefined();
});

test('disks come in the order that the provider reads them in', () => {
  expect(['virtio0', 'scsi10', 'sata1', 'scsi2'].sort(byInterface)).toEqual([
    'sata1',
    'scsi2',
    'scsi10',
    'virtio0',
  ]);
});
