import type { BootFile } from '../../../constructs/proxmox/proxmox-vm';
import { disk, nic, renderCluster, renderVm, resource, VM, type Block } from '../../testing/synth';

const IMPORT: BootFile = { fileId: 'local:import/talos.qcow2', content: 'import', dependsOn: [] };

describe('disks', () => {
  const data = disk({
    purpose: 'data', name: 'longhorn', slot: 2, interface: 'scsi2', storage: 'tank', sizeGb: 500, format: 'qcow2', serial: 'longhorn',
  }); // prettier-ignore
  const common = {
    aio: 'io_uring',
    backup: true,
    cache: 'none',
    discard: 'on',
    iothread: true,
    replicate: true,
    ssd: true,
  };

  test('have every attribute, data disks too', () => {
    expect(renderVm({ disks: [disk(), data] })['disk']).toEqual([
      {
        interface: 'scsi0',
        datastore_id: 'local-lvm',
        size: 100,
        file_format: 'raw',
        serial: 'os',
        ...common,
      },
      {
        interface: 'scsi2',
        datastore_id: 'tank',
        size: 500,
        file_format: 'qcow2',
        serial: 'longhorn',
        ...common,
      },
    ]);
  });

  test('are sorted by slot, however the definition lists them, and an empty one is left out', () => {
    const disks = [
      { name: 'late', slot: 10, sizeGb: 3 },
      { name: 'none', slot: 1, sizeGb: 0 },
      { name: 'early', slot: 2, sizeGb: 2, serial: 'early-serial', storage: 'nvme' },
    ];
    const json = renderCluster({ workers: [{ name: 'w-1', proxmoxServer: 'pve1', dataDisks: disks }] });

    expect(resource(json, VM, 'w-1')['disk']).toMatchObject([
      { interface: 'scsi0', datastore_id: 'local-lvm', size: 100, serial: 'os' },
      { interface: 'scsi2', datastore_id: 'nvme', size: 2, serial: 'early-serial' },
      { interface: 'scsi10', datastore_id: 'tank', size: 3, serial: 'late' },
    ]);
  });

  test.each([
    [0, ['scsi0']],
    [50, ['scsi0', 'scsi1']],
  ])('data_disk_size_gb %i gives %j', (dataDiskSizeGb, interfaces) => {
    const json = renderCluster({ workers: [{ name: 'w-1', proxmoxServer: 'pve1', dataDiskSizeGb }] });

    const disks = resource(json, VM, 'w-1')['disk'] as Block[];
    expect(disks.map((made) => made['interface'])).toEqual(interfaces);
  });
});

describe('boot', () => {
  test('imports a disk image as OS disk, and only as that one', () => {
    const disks = [disk(), disk({ purpose: 'data', slot: 1, interface: 'scsi1', serial: 'data-1' })];
    const made = renderVm({ disks }, { bootFile: IMPORT });

    const [os, data] = made['disk'] as Block[];
    expect(os).toMatchObject({ interface: 'scsi0', import_from: 'local:import/talos.qcow2' });
    expect(data).not.toHaveProperty('import_from');
    expect(made).not.toHaveProperty('cdrom');
    expect(made['boot_order']).toEqual(['scsi0']);
    expect(made['lifecycle']).toEqual({ ignore_changes: ['disk[0].import_from'] });
  });

  test('falls back to the network with PXE', () => {
    const made = renderVm({}, { bootFile: undefined });

    expect(made['boot_order']).toEqual(['scsi0', 'net0']);
    expect(made).not.toHaveProperty('cdrom');
    expect(made).not.toHaveProperty('lifecycle');
  });

  test('leaves the cloud-init drive out where DHCP gives the address', () => {
    expect(renderVm({ nocloud: false })).not.toHaveProperty('initialization');
  });

  test('gives the storage NIC an address, too, but no gateway', () => {
    const storage = nic({ network: 'storage', ip: '172.31.250.21', prefix: 20, gateway: undefined });

    expect(renderVm({ nics: [nic(), storage] })['initialization']).toMatchObject({
      ip_config: [
        { ipv4: { address: '192.168.10.100/24', gateway: '192.168.10.1' } },
        { ipv4: { address: '172.31.250.21/20' } },
      ],
    });
    const { ip_config } = renderVm({ nics: [nic(), storage] })['initialization'] as {
      ip_config: { ipv4: object }[];
    };
    expect(ip_config[1]?.ipv4).not.toHaveProperty('gateway');
  });

  test('writes IPv6 addresses as such', () => {
    const six = nic({ version: 6, ip: 'fd50::10', prefix: 64, gateway: 'fd50::1' });

    const { ip_config } = renderVm({ nics: [six] })['initialization'] as { ip_config: object[] };
    expect(ip_config).toEqual([{ ipv6: { address: 'fd50::10/64', gateway: 'fd50::1' } }]);
  });
});
