import { cloudInitAddress, isoOf, nodeValues } from '../../../../model/migrate/adopt/vm';

const values = (config: Record<string, string>) =>
  nodeValues({
    name: 'w-1',
    role: 'worker',
    index: 0,
    server: 'pve1',
    vmId: 110,
    running: false,
    agent: false,
    config,
  });

it('describes a VM that says nothing as Proxmox runs it', () => {
  expect(values({ scsi0: 'local-lvm:vm-110-disk-0,size=20G' })).toMatchObject({
    adopted: true,
    vm_id: 110,
    cpu_cores: 1,
    memory_mb: 512,
    bios: 'seabios',
    machine: 'pc',
    scsi_hardware: 'lsi',
    os_disk_size_gb: 20,
    storage_os_override: 'local-lvm',
    data_disks: [],
    vm_start_on_boot: false,
    vm_started: false,
  });
});

it('takes the disk that the VM boots for that of the system, and keeps each other at its place', () => {
  const disks = {
    sata0: 'a:1,size=10G',
    scsi5: 'b:2,size=20G',
    virtio0: 'c:3,size=1536M',
    ide2: 'local:iso/x.iso,media=cdrom',
  };
  expect(values({ ...disks, boot: 'order=ide2;scsi5;sata0' })).toMatchObject({
    os_disk_interface: 'scsi5',
    os_disk_size_gb: 20,
    data_disks: [
      { slot: 1, interface: 'sata0', size_gb: 10, storage: 'a', volume: false },
      { slot: 2, interface: 'virtio0', size_gb: 2, storage: 'c', volume: false },
    ],
  });
});

it('writes no CPU type that Talos does not run on', () => {
  expect(values({ cpu: 'kvm64' })).not.toHaveProperty('cpu_type');
  expect(values({ cpu: 'cputype=host,flags=+aes' })).toHaveProperty('cpu_type', 'host');
});

it('reads the ISO and the static address, where there are any', () => {
  expect(isoOf({ ide2: 'local:iso/x.iso,media=cdrom,size=1M' })).toBe('local:iso/x.iso');
  expect(isoOf({ ide2: 'none,media=cdrom' })).toBeUndefined();
  expect(cloudInitAddress({ ipconfig0: 'ip=10.0.0.5/24,gw=10.0.0.1' })).toBe('10.0.0.5');
  expect(cloudInitAddress({ ipconfig0: 'ip=dhcp' })).toBeUndefined();
});
