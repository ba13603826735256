import type { TalosVmProps } from '../../../constructs/proxmox/talos-vm';
import { clusterProps, nic, disk, renderCluster, renderVm, resource, VM } from '../../testing/synth';

test('defaults', () => {
  expect(renderVm()).toEqual({
    provider: 'proxmox.pve1',
    node_name: 'pve1',
    vm_id: 1100,
    name: 'w-1',
    description: 'Talos worker of cluster home, managed by Terraform',
    tags: ['home', 'talos'],
    smbios: { uuid: '11111111-2222-5333-8444-555555555555' },
    machine: 'q35',
    bios: 'ovmf',
    efi_disk: { datastore_id: 'local-lvm', type: '4m', file_format: 'raw', pre_enrolled_keys: false },
    cpu: { cores: 4, sockets: 1, type: 'x86-64-v2-AES' },
    memory: { dedicated: 8192, floating: 0 },
    operating_system: { type: 'l26' },
    scsi_hardware: 'virtio-scsi-single',
    serial_device: [{ device: 'socket' }],
    boot_order: ['scsi0', 'ide2'],
    cdrom: { interface: 'ide2', file_id: 'local:iso/talos.iso' },
    initialization: {
      datastore_id: 'local-lvm',
      interface: 'ide0',
      type: 'nocloud',
      dns: { servers: ['192.168.10.1', '1.1.1.1'] },
      ip_config: [{ ipv4: { address: '192.168.10.100/24', gateway: '192.168.10.1' } }],
    },
    disk: [
      {
        interface: 'scsi0',
        datastore_id: 'local-lvm',
        size: 100,
        file_format: 'raw',
        serial: 'os',
        aio: 'io_uring',
        backup: true,
        cache: 'none',
        discard: 'on',
        iothread: true,
        replicate: true,
        ssd: true,
      },
    ],
    network_device: [
      {
        bridge: 'vmbr0',
        disconnected: null,
        enabled: null,
        firewall: false,
        mac_address: 'BC:24:11:01:00:00',
        model: 'virtio',
        mtu: null,
        queues: null,
        rate_limit: null,
        trunks: null,
        vlan_id: null,
      },
    ],
    agent: { enabled: false },
    on_boot: true,
    started: true,
    protection: false,
    reboot_after_update: false,
    stop_on_destroy: true,
    delete_unreferenced_disks_on_destroy: false,
    purge_on_destroy: true,
    migrate: false,
  });
});

describe('hardware', () => {
  test('takes size and CPU type from the node', () => {
    const made = renderVm({ cpuCores: 12, cpuType: 'host', memoryMb: 65536 });

    expect(made['cpu']).toEqual({ cores: 12, sockets: 1, type: 'host' });
    expect(made['memory']).toEqual({ dedicated: 65536, floating: 0 });
  });

  test('has the keys enrolled and a TPM for Secure Boot', () => {
    const made = renderVm({ secureBoot: true, disks: [disk({ storage: 'zfs' })] });

    expect(made['efi_disk']).toEqual({
      datastore_id: 'zfs',
      type: '4m',
      file_format: 'raw',
      pre_enrolled_keys: true,
    });
    expect(made['tpm_state']).toEqual({ datastore_id: 'zfs', version: 'v2.0' });
  });

  test('has no EFI disk with seabios', () => {
    const made = renderVm({ bios: 'seabios', machine: 'pc' });

    expect(made).toMatchObject({ bios: 'seabios', machine: 'pc' });
    expect(made).not.toHaveProperty('efi_disk');
  });

  test('passes GPUs through mappings, with the ROM bar that the provider would leave out', () => {
    expect(renderVm({ gpuMappings: ['rtx3090', 'a2'] })['hostpci']).toEqual([
      { device: 'hostpci0', mapping: 'rtx3090', pcie: true, rombar: true, xvga: false },
      { device: 'hostpci1', mapping: 'a2', pcie: true, rombar: true, xvga: false },
    ]);
  });

  test('keeps the SMBIOS UUID of an adopted VM', () => {
    expect(renderVm({ adopted: true, uuid: undefined })).not.toHaveProperty('smbios');
    expect(renderVm({ adopted: true })).not.toHaveProperty('smbios');
  });

  test('leaves of an adopted VM what it is told to, by the place of each disk', () => {
    const disks = [
      disk({ interface: 'virtio0' }),
      disk({ interface: 'scsi10', slot: 10 }),
      disk({ interface: 'scsi2', slot: 2 }),
    ];
    const vm = renderVm({ adopted: true, disks, ignoreChanges: ['cpu.type', 'disk.virtio0.serial'] });
    expect((vm['disk'] as { interface: string }[]).map((one) => one.interface)).toEqual([
      'scsi2',
      'scsi10',
      'virtio0',
    ]);
    expect(vm['lifecycle']).toMatchObject({ ignore_changes: ['cpu[0].type', 'disk[2].serial'] });
    expect(vm['boot_order']).toEqual(expect.arrayContaining(['virtio0']));
  });
});

describe('network', () => {
  test('has the storage NIC second, with its VLAN and MTU', () => {
    const storage = nic({
      network: 'storage',
      bridge: 'vmbr2',
      vlanId: 250,
      mtu: 9000,
      mac: 'BC:24:11:12:00:00',
    });

    expect(renderVm({ nics: [nic(), storage] })['network_device']).toMatchObject([
      { bridge: 'vmbr0', mac_address: 'BC:24:11:01:00:00', vlan_id: null, mtu: null },
      { bridge: 'vmbr2', mac_address: 'BC:24:11:12:00:00', vlan_id: 250, mtu: 9000 },
    ]);
  });

  test('writes a MAC address in upper case, whoever wrote it in lower case', () => {
    const json = renderCluster({
      workers: [{ name: 'w-1', proxmoxServer: 'pve1', macAddress: '02:ab:cd:ef:00:1a' }],
    });

    expect(resource(json, VM, 'w-1')['network_device']).toMatchObject([{ mac_address: '02:AB:CD:EF:00:1A' }]);
  });
});

describe('power', () => {
  test('waits a minute for an agent, not fifteen', () => {
    expect(renderVm({ agent: true })['agent']).toEqual({
      enabled: true,
      timeout: '60s',
      trim: true,
      type: 'virtio',
    });
  });

  test('takes switches and start order from the node', () => {
    const startup = { order: 1, upDelay: 30, downDelay: 60 };
    const made = renderVm({
      startup,
      startOnBoot: false,
      started: false,
      protection: true,
      rebootAfterUpdate: true,
    });

    expect(made).toMatchObject({
      startup: { order: 1, up_delay: 30, down_delay: 60 },
      on_boot: false,
      started: false,
      protection: true,
      reboot_after_update: true,
    });
  });

  test('protects control planes unless told otherwise', () => {
    const json = renderCluster();

    expect(resource(json, VM, 'cp-1')['protection']).toBe(true);
    expect(resource(json, VM, 'w-1')['protection']).toBe(false);
    const off = renderCluster({ vmProtection: false });
    expect(resource(off, VM, 'cp-1')['protection']).toBe(false);
  });
});

test('escapes every text, since all come from a definition', () => {
  const bootFile = { fileId: 'local:iso/${a}.iso', content: 'iso' as const, dependsOn: [] };
  const changes = { cpuType: '${b}', nics: [nic({ bridge: '%{c}' })], disks: [disk({ storage: '${d}' })] };

  expect(renderVm({ ...changes, gpuMappings: ['${e}'] }, { bootFile, poolId: '%{f}' })).toMatchObject({
    cdrom: { file_id: 'local:iso/$${a}.iso' },
    cpu: { type: '$${b}' },
    network_device: [{ bridge: '%%{c}', vlan_id: null }],
    disk: [{ datastore_id: '$${d}' }],
    hostpci: [{ mapping: '$${e}' }],
    pool_id: '%%{f}',
  });
});

test('joins a pool', () => {
  expect(renderVm({}, { poolId: 'talos' })['pool_id']).toBe('talos');
});

test('has sorted tags, those of the definition among them', () => {
  const json = renderCluster({
    defaults: { ...clusterProps().defaults, all: { tags: ['zeta', 'alpha', 'talos'] } },
  });

  expect(resource(json, VM, 'w-1')['tags']).toEqual([
    'alpha',
    'home',
    'talos',
    'terraform-managed',
    'worker',
    'zeta',
  ]);
});

test('applies the transform last', () => {
  const transform: TalosVmProps['transform'] = (config, { name }) => ({
    ...config,
    stopOnDestroy: false,
    description: `${name} had ${(config.bootOrder ?? []).join()}`,
  });

  expect(renderVm({}, { transform })).toMatchObject({
    stop_on_destroy: false,
    description: 'w-1 had scsi0,ide2',
    bios: 'ovmf',
  });
});
