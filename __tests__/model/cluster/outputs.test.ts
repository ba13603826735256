import fc from 'fast-check';
import type { Cluster, Node } from '../../../model/cluster/cluster';
import * as outputs from '../../../model/cluster/outputs';
import { machineInventory } from '../../../model/inventory/machine';
import { ROLES } from '../../../model/cluster/roles';
import { cluster, disk, managedBy, network, nic, node, server } from '../../testing/synth';

const pve2 = server('pve2', { nodeName: 'minipc' });
const data = (slot: number, sizeGb: number, name = `data-${slot}`) =>
  disk({ purpose: 'data', slot, interface: `scsi${slot}`, name, serial: name, sizeGb, storage: 'tank' });

const control = node({ name: 'talos-control-1', role: 'control-plane', vmId: 1000 });
const worker = node({
  name: 'talos-worker-1',
  server: pve2,
  disks: [disk(), data(1, 200), data(2, 50, 'longhorn')],
  nics: [
    nic({ mac: 'BC:24:11:02:00:00', ip: '192.168.10.9', vlanId: 20 }),
    nic({ network: 'storage', bridge: 'vmbr2', vlanId: 250, mtu: 9000, mac: 'BC:24:11:12:00:00', ip: '172.31.250.21', gateway: undefined }),
  ],
}); // prettier-ignore
const gpu = node({
  name: 'talos-gpu-1',
  role: 'gpu-worker',
  vmId: 1900,
  nics: [nic({ mac: 'BC:24:11:03:00:00', ip: '192.168.10.130' })],
  gpuPciId: '01:00',
  gpuMappings: ['rtx3090'],
});

const home = cluster([control, worker, gpu], { servers: [server('idle'), server('pve1'), pve2] });

describe('machine_inventory', () => {
  test('defaults: the fourteen keys of the starter, and ours', () => {
    expect(machineInventory(cluster([control]))).toEqual({
      'talos-control-1': {
        hostname: 'talos-control-1',
        proxmox_server: 'pve1',
        proxmox_node: 'pve1',
        role: 'control-plane',
        ip_address: '192.168.10.100',
        gateway: '192.168.10.1',
        mac_address: 'BC:24:11:01:00:00',
        cpu_cores: 4,
        memory_mb: 8192,
        os_disk_gb: 100,
        data_disk_gb: 0,
        has_data_disk: false,
        dns_servers: ['192.168.10.1', '1.1.1.1'],
        gpu_pci_id: '',

        format_version: 1,
        cluster: 'home',
        index: 0,
        vm_id: 1000,
        smbios_uuid: '11111111-2222-5333-8444-555555555555',
        gpu_mappings: [],
        nics: [
          {
            network: 'management', mac_address: 'BC:24:11:01:00:00', ip_address: '192.168.10.100', prefix: 24,
            gateway: '192.168.10.1', bridge: 'vmbr0', vlan_id: 0, mtu: 0,
          },
        ],
        disks: [{ name: 'os', purpose: 'os', interface: 'scsi0', serial: 'os', size_gb: 100, storage: 'local-lvm' }],
      },
    }); // prettier-ignore
  });

  test('adds up the data disks, and names each', () => {
    expect(machineInventory(home)['talos-worker-1']).toMatchObject({
      proxmox_server: 'pve2',
      proxmox_node: 'minipc',
      os_disk_gb: 100,
      data_disk_gb: 250,
      has_data_disk: true,
      disks: [
        { serial: 'os', size_gb: 100 },
        { serial: 'data-1', size_gb: 200, interface: 'scsi1', storage: 'tank', purpose: 'data' },
        { name: 'longhorn', size_gb: 50, interface: 'scsi2' },
      ],
    });
  });

  test('has the address of the first NIC, and all NICs', () => {
    expect(machineInventory(home)['talos-worker-1']).toMatchObject({
      ip_address: '192.168.10.9',
      mac_address: 'BC:24:11:02:00:00',
      nics: [
        { network: 'management', vlan_id: 20, mtu: 0, gateway: '192.168.10.1' },
        { network: 'storage', vlan_id: 250, mtu: 9000, gateway: '', mac_address: 'BC:24:11:12:00:00' },
      ],
    });
  });

  test('says what is known of a GPU, and "" for the UUID of an adopted VM', () => {
    const adopted = machineInventory(cluster([node({ uuid: undefined })]))['w-1'];

    expect(machineInventory(home)['talos-gpu-1']).toMatchObject({
      gpu_pci_id: '01:00',
      gpu_mappings: ['rtx3090'],
    });
    expect(adopted?.smbios_uuid).toBe('');
  });
});

test('mac_to_ip_mapping', () => {
  expect(outputs.macToIpMapping(home)).toEqual({
    'BC:24:11:01:00:00': { ip_address: '192.168.10.100', hostname: 'talos-control-1', role: 'control-plane' },
    'BC:24:11:02:00:00': { ip_address: '192.168.10.9', hostname: 'talos-worker-1', role: 'worker' },
    'BC:24:11:03:00:00': { ip_address: '192.168.10.130', hostname: 'talos-gpu-1', role: 'gpu-worker' },
  });
});

test('dhcp_reservations_table: by name, in columns, without a newline at the end', () => {
  expect(outputs.dhcpReservationsTable(home)).toBe(
    [
      '# DHCP Reservations for Talos Cluster',
      '# MAC Address       | IP Address      | Hostname',
      '#-------------------+-----------------+---------------------------',
      'BC:24:11:01:00:00   | 192.168.10.100  | talos-control-1',
      'BC:24:11:03:00:00   | 192.168.10.130  | talos-gpu-1',
      'BC:24:11:02:00:00   | 192.168.10.9    | talos-worker-1',
    ].join('\n'),
  );
});

test('vms_by_server: by name, also servers without a VM', () => {
  expect(outputs.vmsByServer(home)).toEqual({
    idle: [],
    pve1: [
      { name: 'talos-control-1', role: 'control-plane', ip: '192.168.10.100' },
      { name: 'talos-gpu-1', role: 'gpu-worker', ip: '192.168.10.130' },
    ],
    pve2: [{ name: 'talos-worker-1', role: 'worker', ip: '192.168.10.9' }],
  });
});

test('counts and endpoints', () => {
  expect(outputs.roleCounts(home)).toEqual({ 'control-plane': 1, worker: 1, 'gpu-worker': 1 });
  expect(outputs.roleCounts(cluster([worker]))).toEqual({ 'control-plane': 0, worker: 1, 'gpu-worker': 0 });
  expect(outputs.controlPlaneEndpoints(home)).toEqual(['192.168.10.100']);
});

test('cluster_summary', () => {
  expect(
    outputs.clusterSummary({ ...home, network: network({ subnet: '10.0.0.0/8', gateway: '10.0.0.1' }) }),
  ).toEqual({
    cluster_name: 'home',
    total_vms: 3,
    control_plane_count: 1,
    worker_count: 1,
    gpu_worker_count: 1,
    proxmox_servers: ['idle', 'pve1', 'pve2'],
    network_subnet: '10.0.0.0/8',
    network_gateway: '10.0.0.1',
  });
});

describe('gpu_configuration_needed', () => {
  test('is empty where a mapping attaches the GPU, or where nobody knows of one', () => {
    expect(outputs.gpuConfigurationNeeded(home)).toEqual([]);
    expect(outputs.gpuConfigurationNeeded(cluster([{ ...gpu, gpuMappings: [], gpuPciId: '' }]))).toEqual([]);
    expect(outputs.gpuConfigurationNeeded(cluster([{ ...gpu, gpuMappings: [], role: 'worker' }]))).toEqual(
      [],
    );
  });

  test('says what a person must do', () => {
    expect(outputs.gpuConfigurationNeeded(cluster([{ ...gpu, server: pve2, gpuMappings: [] }]))).toEqual([
      {
        hostname: 'talos-gpu-1',
        server: 'pve2',
        node: 'minipc',
        gpu_pci_id: '01:00',
        instructions: '1. SSH to minipc, 2. Run: qm set 1900 -hostpci0 01:00,pcie=1',
      },
    ]);
  });
});

test('omnictl_ready', () => {
  const next = [
    '  npm run discover -- home --wait 10m    # until every VM has registered in Omni',
    '  npm run generate -- home',
    '  npm run apply -- home',
  ];
  const head = 'home has 3 VMs. Next:';

  expect(outputs.omnictlReady(home).split('\n')).toEqual([head, ...next]);
  expect(
    outputs.omnictlReady({ ...home, management: managedBy('https://omni.example.com') }).split('\n'),
  ).toEqual([head, '  export OMNI_ENDPOINT=https://omni.example.com', ...next]);
});

/** Paths of values that cdktf or Terraform would trip over. */
function absent(value: unknown, path = ''): string[] {
  if (value === null || value === undefined) return [path];
  if (typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, item]) => absent(item, `${path}/${key}`));
}

test('no output of any cluster has a null or a hole', () => {
  const optional = <T>(value: T): fc.Arbitrary<T | undefined> => fc.constantFrom(value, undefined);
  const anyNode = fc.record({
    name: fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/),
    role: fc.constantFrom(...ROLES),
    server: fc.constantFrom(server('pve1'), pve2),
    uuid: optional('11111111-2222-5333-8444-555555555555'),
    disks: fc.constantFrom([disk()], [disk(), data(1, 5)]),
    nics: fc
      .tuple(optional('192.168.10.1'), optional(9000))
      .map(([gateway, mtu]) => [nic(), nic({ gateway, mtu })]),
    gpuPciId: fc.constantFrom('', '01:00'),
    gpuMappings: fc.constantFrom([], ['a']),
  });
  const anyCluster: fc.Arbitrary<Cluster> = fc
    .tuple(fc.array(anyNode, { maxLength: 6 }), optional('https://omni.example.com'))
    .map(([nodes, omniEndpoint]) =>
      cluster(
        nodes.map((changes): Node => node(changes)),
        { management: managedBy(omniEndpoint) },
      ),
    );

  fc.assert(
    fc.property(anyCluster, (any) => {
      for (const make of [machineInventory, ...Object.values(outputs)]) expect(absent(make(any))).toEqual([]);
    }),
  );
});
