import { App } from 'cdktf';
import {
  BaseStack,
  ClusterStack,
  ProxmoxServers,
  ProxmoxVm,
  TalosVm,
  type ProxmoxVmProps,
  type VmArguments,
} from '../../../constructs';
import { VM_DEFAULTS } from '../../../model/cluster/vm';
import { failure, props, SERVERS, stackWithServers } from '../../testing/lone-vm';
import {
  clusterProps,
  problems,
  render,
  resource,
  testApp,
  VM,
  type Block,
  type Rendered,
} from '../../testing/synth';

function rendered(changes: Partial<ProxmoxVmProps> = {}): Block {
  const stack = stackWithServers();
  new ProxmoxVm(stack, 'dns', props(changes));
  return resource(render(stack), VM, 'dns');
}

describe('a VM by itself', () => {
  test('is made of five lines, with defaults that do no harm', () => {
    const stack = new BaseStack(testApp(), 'home');
    ProxmoxServers.of(stack).add({ pve1: { apiUrl: 'https://192.168.10.5:8006/', nodeName: 'pve1' } });
    new ProxmoxVm(stack, 'dns', {
      server: 'pve1', vmId: 200,
      disks: [{ storage: 'local-lvm', sizeGb: 20 }], nics: [{ bridge: 'vmbr0' }],
    }); // prettier-ignore

    expect(resource(render(stack), VM, 'dns')).toEqual({
      provider: 'proxmox.pve1',
      node_name: 'pve1',
      vm_id: 200,
      name: 'dns',
      description: 'Managed by Terraform',
      tags: [],
      smbios: {
        uuid: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-/) as unknown,
      },
      machine: 'q35',
      bios: 'ovmf',
      // 2m cannot hold Secure Boot keys.
      efi_disk: { datastore_id: 'local-lvm', type: '4m', file_format: 'raw', pre_enrolled_keys: false },
      cpu: { cores: 4, sockets: 1, type: 'x86-64-v2-AES' },
      // No ballooning.
      memory: { dedicated: 8192, floating: 0 },
      operating_system: { type: 'l26' },
      scsi_hardware: 'virtio-scsi-single',
      serial_device: [{ device: 'socket' }],
      // The disk before the network.
      boot_order: ['scsi0', 'net0'],
      disk: [
        {
          interface: 'scsi0',
          datastore_id: 'local-lvm',
          size: 20,
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
          mac_address: expect.stringMatching(/^02(:[0-9A-F]{2}){5}$/) as unknown,
          model: 'virtio',
          mtu: null,
          queues: null,
          rate_limit: null,
          trunks: null,
          vlan_id: null,
        },
      ],
      // No plan waits for an agent that is not there.
      agent: { enabled: false },
      on_boot: true,
      started: true,
      protection: false,
      // Nothing restarts or moves it unasked, and a destroy takes its own disks only.
      reboot_after_update: false,
      migrate: false,
      stop_on_destroy: true,
      purge_on_destroy: true,
      delete_unreferenced_disks_on_destroy: false,
      // Another VM is not taken over.
      lifecycle: {
        precondition: [
          {
            condition:
              '${length([for vm in data.proxmox_virtual_environment_vms.vms_pve1.vms : vm.name if vm.vm_id == 200 && vm.name != "dns"]) == 0}',
            error_message: expect.stringContaining('Give dns a free vmId') as unknown,
          },
        ],
      },
    });
  });

  test('says what it became', () => {
    const { vm, node } = new ProxmoxVm(stackWithServers(), 'dns', props());

    expect(vm).toMatchObject({ ...VM_DEFAULTS, name: 'dns', vmId: 200, server: { key: 'pve1' } });
    expect(node.path).toBe('home/dns');
  });

  test('is made from what another one became', () => {
    const { vm } = new ProxmoxVm(
      stackWithServers(),
      'dns',
      props({ tags: ['b', 'a'], startup: { order: 1 } }),
    );

    expect(new ProxmoxVm(stackWithServers(), 'dns', vm).vm).toEqual(vm);
  });

  test('takes an ISO into its drive, and a disk image onto its OS disk', () => {
    const iso = rendered({ bootFile: { fileId: 'local:iso/debian.iso', content: 'iso' } });
    const image = rendered({ bootFile: { fileId: 'local:import/debian.qcow2', content: 'import' } });

    expect(iso).toMatchObject({
      boot_order: ['scsi0', 'ide2'],
      cdrom: { interface: 'ide2', file_id: 'local:iso/debian.iso' },
    });
    expect(image).toMatchObject({
      boot_order: ['scsi0'],
      disk: [{ import_from: 'local:import/debian.qcow2' }],
      lifecycle: { ignore_changes: ['disk[0].import_from'] },
    });
    expect(rendered({ nics: [] })['boot_order']).toEqual(['scsi0']);
  });

  test('keeps its disks in their slots, whatever their order', () => {
    const disks = [
      { storage: 'local-lvm', sizeGb: 20 },
      { storage: 'tank', sizeGb: 200, slot: 10 },
      { storage: 'tank', sizeGb: 100, slot: 2, name: 'backup' },
    ];

    expect(rendered({ disks })['disk']).toMatchObject([
      { interface: 'scsi0', serial: 'os' },
      { interface: 'scsi2', serial: 'backup' },
      { interface: 'scsi10', serial: 'data-10' },
    ]);
  });

  test('stands on each server that a loop goes through', () => {
    const stack = stackWithServers();
    for (const server of ProxmoxServers.of(stack).servers)
      new ProxmoxVm(stack, `probe-${server.key}`, props({ server }));
    const vms = render(stack).resource[VM];

    expect(vms).toMatchObject({
      'probe-pve1': { provider: 'proxmox.pve1', node_name: 'pve1', vm_id: 200 },
      'probe-pve2': { provider: 'proxmox.pve2', node_name: 'pve2', vm_id: 200 },
    });
  });

  test('stands beside a cluster, on its servers', () => {
    const stack = new ClusterStack(testApp(), 'home', clusterProps());
    new ProxmoxVm(stack, 'dns', props());

    expect(Object.keys(render(stack).resource[VM] ?? {}).sort()).toEqual(['cp-1', 'dns', 'w-1']);
  });

  test('is told to Proxmox HA', () => {
    const stack = new BaseStack(testApp(), 'home');
    ProxmoxServers.of(stack).add({ pve1: { ...SERVERS.pve1, proxmoxCluster: 'dc' } });
    new ProxmoxVm(stack, 'dns', props({ ha: true }));
    const json = render(stack);

    expect(resource(json, 'proxmox_haresource', 'dns')).toMatchObject({
      resource_id: 'vm:200',
      depends_on: ['proxmox_virtual_environment_vm.dns'],
    });
    expect(resource(json, VM, 'dns')['lifecycle']).toMatchObject({ ignore_changes: ['node_name'] });
  });

  test('is imported where it exists, with the identity that it has', () => {
    const stack = stackWithServers();
    new ProxmoxVm(
      stack,
      'dns',
      props({ adopted: true, nics: [{ bridge: 'vmbr0', mac: 'bc:24:11:aa:bb:cc' }] }),
    );
    const json = render(stack) as Rendered & { readonly import: unknown };

    expect(json.import).toEqual([{ id: 'pve1/200', to: 'proxmox_virtual_environment_vm.dns' }]);
    expect(resource(json, VM, 'dns')).toMatchObject({
      network_device: [{ mac_address: 'BC:24:11:AA:BB:CC' }],
    });
    expect(resource(json, VM, 'dns')).not.toHaveProperty('smbios');
    expect(resource(json, VM, 'dns')).not.toHaveProperty('lifecycle');
  });

  test('asks nobody for its VMID where it is told not to', () => {
    const stack = stackWithServers();
    new ProxmoxVm(stack, 'dns', props({ guards: false }));

    expect(render(stack).data).toEqual({});
  });
});

describe('identity', () => {
  const identityOf = (changes: Partial<ProxmoxVmProps>) => {
    const { uuid, nics } = new ProxmoxVm(stackWithServers(), 'dns', props(changes)).vm;
    return [uuid, ...nics.map(({ mac }) => mac)];
  };
  const two = [{ bridge: 'vmbr0' }, { bridge: 'vmbr1' }];

  test('is the same at each synthesis, and each NIC has its own', () => {
    expect(identityOf({ nics: two })).toEqual([
      '2335447f-ef48-598e-a799-27f1cfe52c06',
      '02:F5:30:22:F8:F7',
      '02:D1:8B:48:BB:1A',
    ]);
  });

  test('stays with a new name, hardware or NIC, and is another on another server or by another VMID', () => {
    const before = identityOf({});

    expect(identityOf({ name: 'ns1', cpuCores: 8, nics: two }).slice(0, 2)).toEqual(before);
    for (const changes of [{ server: 'pve2' }, { vmId: 201 }])
      expect(identityOf(changes).filter((one) => before.includes(one))).toEqual([]);
  });

  test('is what is written', () => {
    const uuid = 'AAAAAAAA-2222-5333-8444-555555555555';

    expect(identityOf({ uuid, nics: [{ bridge: 'vmbr0', mac: '02:ab:cd:ef:00:01' }] })).toEqual([
      'aaaaaaaa-2222-5333-8444-555555555555',
      '02:AB:CD:EF:00:01',
    ]);
  });

  test('belongs to one VM of an app', () => {
    const app = testApp();
    const [one, two] = ['one', 'two'].map((id) => new BaseStack(app, id));
    for (const stack of [one, two] as BaseStack[]) {
      ProxmoxServers.of(stack).add(SERVERS);
      new ProxmoxVm(stack, 'dns', props({ nics: [] }));
    }

    expect(problems(one as BaseStack)).toEqual([
      'two/dns and one/dns both have the VMID 200; change one of them',
      expect.stringMatching(/^two\/dns and one\/dns both have the SMBIOS UUID /),
    ]);
  });

  test('is not that of a node either', () => {
    const stack = new ClusterStack(testApp(), 'home', clusterProps());
    new ProxmoxVm(stack, 'dns', props({ nics: [{ bridge: 'vmbr0', mac: '02:AB:01:02:00:00' }] }));

    expect(problems(stack)).toEqual([
      'home/dns and home/cluster/nodes/w-1 both have the MAC address 02:AB:01:02:00:00; change one of them',
    ]);
  });
});

describe('a subclass', () => {
  const renderedAs = (
    Class: typeof ProxmoxVm<ProxmoxVmProps>,
    changes: Partial<ProxmoxVmProps> = {},
  ): Block => {
    const stack = stackWithServers();
    new Class(stack, 'dns', props(changes));
    return resource(render(stack), VM, 'dns');
  };

  test('changes each part through its method', () => {
    class Special extends ProxmoxVm {
      protected override identity(): VmArguments {
        return { ...super.identity(), description: 'DNS for ${all}' };
      }
      protected override hardware(): VmArguments {
        return { ...super.hardware(), vga: { type: 'serial0' } };
      }
      protected override boot(): VmArguments {
        return { ...super.boot(), initialization: { datastoreId: this.osDisk.storage, type: 'nocloud' } };
      }
      protected override power(): VmArguments {
        return { ...super.power(), timeoutShutdownVm: 60 };
      }
      protected override disks(): VmArguments {
        return {
          disk: (super.disks().disk as object[]).map((disk) => ({ ...disk, backup: false })) as never,
        };
      }
      protected override network(): VmArguments {
        const { networkDevice } = super.network();
        return { networkDevice: (networkDevice as object[]).map((nic) => ({ ...nic, firewall: true })) };
      }
      protected override lifecycle() {
        return { ...super.lifecycle(), preventDestroy: true };
      }
    }
    const plain = renderedAs(ProxmoxVm);

    expect(renderedAs(Special)).toEqual({
      ...plain,
      description: 'DNS for $${all}',
      vga: { type: 'serial0' },
      initialization: { datastore_id: 'local-lvm', type: 'nocloud' },
      timeout_shutdown_vm: 60,
      disk: [{ ...(plain['disk'] as Block[])[0], backup: false }],
      network_device: [{ ...(plain['network_device'] as Block[])[0], firewall: true }],
      lifecycle: { ...(plain['lifecycle'] as Block), prevent_destroy: true },
    });
  });

  test('has problems of its own', () => {
    class Small extends ProxmoxVm {
      protected override problems() {
        const { memoryMb } = this.vm;
        const problem = { file: this.node.path, severity: 'error', rule: 'small', path: 'memoryMb' } as const;
        return [...super.problems(), ...(memoryMb > 1024 ? [{ ...problem, message: 'too much' }] : [])];
      }
    }

    expect(failure(() => renderedAs(Small, { cpuCores: 0 }))).toMatch(
      /cpuCores: 0 is below 1.*\n {2}home\/dns: error\[small\] memoryMb: too much$/,
    );
    expect(renderedAs(Small, { memoryMb: 512 })).toMatchObject({ memory: { dedicated: 512 } });
  });

  test('comes before the transform', () => {
    const transform: ProxmoxVmProps['transform'] = (config, { name }) => ({
      ...config,
      description: `my ${name}`,
    });

    expect(rendered({ transform })['description']).toBe('my dns');
  });
});

describe('a Talos node by itself', () => {
  const talos = (nics: ConstructorParameters<typeof TalosVm>[2]['nics'], changes: object = {}): Block => {
    const stack = stackWithServers();
    new TalosVm(stack, 'w-1', { ...props(), nics, ...changes });
    return resource(render(stack), VM, 'w-1');
  };
  const address = { ip: '192.168.10.110', prefix: 24, gateway: '192.168.10.1' };

  test('finds its addresses on the cloud-init drive', () => {
    expect(talos([{ bridge: 'vmbr0', ...address }], { dnsServers: ['192.168.10.1'] })).toMatchObject({
      description: 'Talos worker, managed by Terraform',
      initialization: {
        dns: { servers: ['192.168.10.1'] },
        ip_config: [{ ipv4: { address: '192.168.10.110/24', gateway: '192.168.10.1' } }],
      },
    });
    expect(talos([{ bridge: 'vmbr0', ip: 'fd00::1', prefix: 64 }])).toMatchObject({
      initialization: { ip_config: [{ ipv6: { address: 'fd00::1/64' } }] },
    });
  });

  test('asks DHCP where it has none', () => {
    expect(talos([{ bridge: 'vmbr0' }])).not.toHaveProperty('initialization');
    expect(talos([])).not.toHaveProperty('initialization');
    expect(talos([{ bridge: 'vmbr0', ...address }], { nocloud: false })).not.toHaveProperty('initialization');
  });

  test('says what is missing', () => {
    expect(failure(() => talos([{ bridge: 'vmbr0' }], { nocloud: true, cpuCores: 0 }))).toMatch(
      /cpuCores: 0 is below 1.*\n.*error\[ip-missing\] nics\[0\]: with nocloud each NIC has ip and prefix; write them, or nocloud: false$/,
    );
  });
});

test('an app writes it', () => {
  const stack = stackWithServers();
  new ProxmoxVm(stack, 'dns', props());

  expect(() => App.of(stack).synth()).not.toThrow();
});
