import { ClusterStack, type TalosClusterProps } from '../../constructs';
import { checkDefinitions } from '../../model/load/load';
import { parseYaml } from '../../model/cluster/definition/yaml';
import { render, resources, testApp, VM } from '../testing/synth';

const YAML = `
cluster_name: full
talos_version: v1.11.5
kubernetes_version: v1.34.1
proxmox_servers:
  Pve_One: { api_url: 'https://10.0.0.5:8006/', node_name: nodeOne, proxmox_cluster: DC_1, network_bridge: vmbr0, storage_os: local_LVM, storage_gpu_worker_os: fast, storage_worker_data: Tank_1, storage_data: tank }
  pve-two: { api_url: 'https://10.0.0.6:8006/', api_token_id: 'me@pve!iac', tls_min_version: '1.2', node_name: two, proxmox_cluster: DC_1, network_bridge: vmbr0, storage_bridge: vmbr9, storage_os: aa, storage_data: bb }
network_config: { subnet: 10.0.0.0/24, gateway: 10.0.0.1, dns_servers: [10.0.0.1], vlan_id: 20, mtu: 1400 }
storage_network: { subnet: 172.16.0.0/24, bridge: vmbr2, roles: [worker] }
mac_address_prefix: 02:AB:07
uuid_namespace: 5f0c5a52-9d5b-4f0e-8a44-7c1f6a1b2d33
images:
  talos: { iso: 'local:iso/talos-v1.11.5-nocloud-amd64.iso' }
  gpu: { url_variable: gpu_url, file_name: talos-v1.11.5-Nvidia_A-nocloud-amd64.iso }
  My_Image: { url: 'https://factory.talos.dev/image/376567988ad370138ad8b2698212367b8edcb69b5fd68c80be1f2ec7d603b4ba/v1.11.5/nocloud-amd64.qcow2' }
system_extensions: [siderolabs/qemu-guest-agent]
vm_qemu_agent: true
pci_mappings:
  RTX_3090: { comment: camelCase stays, devices: [{ proxmox_server: Pve_One, path: '0000:01:00', id: 10de:2204, iommu_group: 3, subsystem_id: 10de:1454 }] }
resource_pool: { id: Pool_A, create: true, comment: c }
backend: { type: s3, config: { bucket: b, use_lockfile: true, key: k, assume_role: { role_arn: s, tags: { camelCase: r } } } }
omni: { endpoint: 'https://omni.example.com/' }
post_apply: { command: echo }
defaults:
  all: { tags: [t], cpu_type: host }
  control_planes: { first_ip: 10.0.0.11, vm_id_range: 2000-2009, startup: { order: 1, up_delay: 30, down_delay: 5 } }
  workers: { first_ip: 10.0.0.21, storage_first_ip: 172.16.0.21, vm_id_range: 2010-2099, data_disks: [{ name: longhorn, slot: 2, size_gb: 5, serial: Long_Horn }, { slot: 1, size_gb: 6, storage: ss }] }
  gpu_workers: { first_ip: 10.0.0.51, gpu_mappings: [RTX_3090], os_disk_size_gb: 200, system_extensions: [siderolabs/qemu-guest-agent, siderolabs/nonfree-kmod-nvidia-production, siderolabs/nvidia-container-toolkit-production] }
control_planes: [{ name: cp-1, proxmox_server: Pve_One, vm_protection: false, reboot_after_update: true }]
workers: [{ name: w-1, proxmox_server: pve-two, storage_mac_address: '02:00:00:00:00:aa', image: My_Image, vm_started: false }]
gpu_workers: [{ name: g-1, proxmox_server: Pve_One, gpu_pci_id: '01:00', memory_mb: 65536 }]
node_pools: [{ name: pool, role: worker, count: 3, first_index: 40, skip: [2], proxmox_server: Pve_One }]
`;

const PROPS: TalosClusterProps = {
  clusterName: 'full',
  talosVersion: 'v1.11.5',
  kubernetesVersion: 'v1.34.1',
  proxmoxServers: {
    Pve_One: {
      apiUrl: 'https://10.0.0.5:8006/', nodeName: 'nodeOne', proxmoxCluster: 'DC_1', networkBridge: 'vmbr0',
      storageOs: 'local_LVM', storageGpuWorkerOs: 'fast', storageWorkerData: 'Tank_1', storageData: 'tank',
    },
    'pve-two': {
      apiUrl: 'https://10.0.0.6:8006/', apiTokenId: 'me@pve!iac', tlsMinVersion: '1.2', nodeName: 'two', proxmoxCluster: 'DC_1',
      networkBridge: 'vmbr0', storageBridge: 'vmbr9', storageOs: 'aa', storageData: 'bb',
    },
  },
  networkConfig: { subnet: '10.0.0.0/24', gateway: '10.0.0.1', dnsServers: ['10.0.0.1'], vlanId: 20, mtu: 1400 },
  storageNetwork: { subnet: '172.16.0.0/24', bridge: 'vmbr2', roles: ['worker'] },
  macAddressPrefix: '02:AB:07',
  uuidNamespace: '5f0c5a52-9d5b-4f0e-8a44-7c1f6a1b2d33',
  images: {
    talos: { iso: 'local:iso/talos-v1.11.5-nocloud-amd64.iso' },
    gpu: { urlVariable: 'gpu_url', fileName: 'talos-v1.11.5-Nvidia_A-nocloud-amd64.iso' },
    My_Image: {
      url: 'https://factory.talos.dev/image/376567988ad370138ad8b2698212367b8edcb69b5fd68c80be1f2ec7d603b4ba/v1.11.5/nocloud-amd64.qcow2',
    },
  },
  systemExtensions: ['siderolabs/qemu-guest-agent'],
  vmQemuAgent: true,
  pciMappings: {
    RTX_3090: {
      comment: 'camelCase stays',
      devices: [{ proxmoxServer: 'Pve_One', path: '0000:01:00', id: '10de:2204', iommuGroup: 3, subsystemId: '10de:1454' }],
    },
  },
  resourcePool: { id: 'Pool_A', create: true, comment: 'c' },
  backend: { type: 's3', config: { bucket: 'b', use_lockfile: true, key: 'k', assume_role: { role_arn: 's', tags: { camelCase: 'r' } } } },
  omni: { endpoint: 'https://omni.example.com/' },
  postApply: { command: 'echo' },
  defaults: {
    all: { tags: ['t'], cpuType: 'host' },
    controlPlanes: { firstIp: '10.0.0.11', vmIdRange: '2000-2009', startup: { order: 1, upDelay: 30, downDelay: 5 } },
    workers: {
      firstIp: '10.0.0.21', storageFirstIp: '172.16.0.21', vmIdRange: '2010-2099',
      dataDisks: [{ name: 'longhorn', slot: 2, sizeGb: 5, serial: 'Long_Horn' }, { slot: 1, sizeGb: 6, storage: 'ss' }],
    },
    gpuWorkers: {
      firstIp: '10.0.0.51', gpuMappings: ['RTX_3090'], osDiskSizeGb: 200,
      systemExtensions: [
        'siderolabs/qemu-guest-agent', 'siderolabs/nonfree-kmod-nvidia-production', 'siderolabs/nvidia-container-toolkit-production',
      ],
    },
  },
  controlPlanes: [{ name: 'cp-1', proxmoxServer: 'Pve_One', vmProtection: false, rebootAfterUpdate: true, uuid: undefined }],
  workers: [
    { name: 'w-1', proxmoxServer: 'pve-two', storageMacAddress: '02:00:00:00:00:aa', image: 'My_Image', vmStarted: false },
  ],
  gpuWorkers: [{ name: 'g-1', proxmoxServer: 'Pve_One', gpuPciId: '01:00', memoryMb: 65536 }],
  nodePools: [{ name: 'pool', role: 'worker', count: 3, firstIndex: 40, skip: [2], proxmoxServer: 'Pve_One' }],
}; // prettier-ignore

test('props in TypeScript and a definition in YAML give the same Terraform', () => {
  const { clusters, diagnostics } = checkDefinitions([parseYaml('full.yaml', YAML)]);
  const [checked] = clusters;
  if (!checked) throw new Error(JSON.stringify(diagnostics, null, 2));
  const fromYaml = render(new ClusterStack(testApp(), 'full', checked));
  const fromProps = render(new ClusterStack(testApp(), 'full', PROPS));

  expect(fromProps).toEqual(fromYaml);
  expect(Object.keys(resources(fromProps, VM)).sort()).toEqual(['cp-1', 'g-1', 'pool-1', 'pool-3', 'w-1']);
  expect(fromProps.provider['proxmox']).toMatchObject([
    { alias: 'Pve_One' },
    { alias: 'pve-two', min_tls: '1.2' },
  ]);
  expect(fromProps.terraform['backend']).toEqual({ s3: PROPS.backend?.config });
  expect(Object.keys(fromProps.resource['proxmox_hardware_mapping_pci'] ?? {})).toEqual(['RTX_3090_DC_1']);
  expect(Object.keys(fromProps.resource['proxmox_download_file'] ?? {}).sort()).toEqual([
    'My_Image_pve-two',
    'gpu_Pve_One',
  ]);
});
