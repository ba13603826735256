/*
 * What a person writes with cdktf alone: the same providers, VMs and inventory as ours for the same nodes, in a loop.
 * `bench.ts` compares the resources of both, so that the two programs stay comparable.
 */
import { App, LocalBackend, TerraformOutput, TerraformStack, TerraformVariable } from 'cdktf';
import { ProxmoxProvider } from '../.gen/providers/proxmox/provider';
import { VirtualEnvironmentVm } from '../.gen/providers/proxmox/virtual-environment-vm';
import { v5 } from 'uuid';
import { UUID_NAMESPACE } from '../model/cluster/identity/smbios-uuid';
import { benchNodes } from './definition';

const nodes = benchNodes(Number(process.argv[2])).map(({ name, role, server, index }) => {
  const control = role === 'control-plane';
  const host = (control ? 257 : 513) + index;
  const hex = (value: number) => value.toString(16).toUpperCase().padStart(2, '0');
  return {
    name,
    role,
    server,
    index,
    vmId: (control ? 1000 : 2000) + index,
    ip: `10.0.${host >> 8}.${host & 0xff}`,
    mac: `BC:24:11:${control ? '01' : '02'}:${hex(index >> 8)}:${hex(index & 0xff)}`,
    uuid: v5(`bench/${name}`, UUID_NAMESPACE),
    disks: [
      { name: 'os', interface: 'scsi0', storage: 'local-lvm', size: 100, serial: 'os' },
      ...(control
        ? []
        : [{ name: 'data-1', interface: 'scsi1', storage: 'tank', size: 200, serial: 'data-1' }]),
    ],
  };
});

const app = new App();
const stack = new TerraformStack(app, 'bench');
new LocalBackend(stack, { path: '../../../state/bench.tfstate' });
const providers = new Map<string, ProxmoxProvider>();
for (const [i, server] of ['pve1', 'pve2', 'pve3'].entries()) {
  const token = new TerraformVariable(stack, `proxmox_${server}_api_token`, {
    type: 'string',
    sensitive: true,
  });
  const provider = new ProxmoxProvider(stack, `proxmox_${server}`, {
    alias: server,
    endpoint: `https://10.0.0.${i + 1}:8006/`,
    apiToken: token.stringValue,
    insecure: false,
    minTls: '1.3',
  });
  providers.set(server, provider);
}
const dns = ['10.0.255.254'];
for (const node of nodes) {
  const unset = null as unknown as undefined;
  new VirtualEnvironmentVm(stack, node.name, {
    provider: providers.get(node.server),
    nodeName: node.server,
    vmId: node.vmId,
    name: node.name,
    description: `Talos ${node.role} of cluster bench, managed by Terraform`,
    tags: ['bench', node.role, 'talos', 'terraform-managed'].sort(),
    machine: 'q35',
    bios: 'ovmf',
    efiDisk: { datastoreId: 'local-lvm', type: '4m', fileFormat: 'raw', preEnrolledKeys: false },
    cpu: { cores: 4, sockets: 1, type: 'x86-64-v2-AES' },
    memory: { dedicated: 8192, floating: 0 },
    operatingSystem: { type: 'l26' },
    scsiHardware: 'virtio-scsi-single',
    serialDevice: [{ device: 'socket' }],
    smbios: { uuid: node.uuid },
    agent: { enabled: false },
    bootOrder: ['scsi0', 'ide2'],
    cdrom: { interface: 'ide2', fileId: 'local:iso/talos-v1.11.5-nocloud-amd64.iso' },
    disk: node.disks.map((disk) => ({
      interface: disk.interface,
      datastoreId: disk.storage,
      size: disk.size,
      fileFormat: 'raw',
      serial: disk.serial,
      aio: 'io_uring',
      backup: true,
      cache: 'none',
      discard: 'on',
      iothread: true,
      replicate: true,
      ssd: true,
    })),
    networkDevice: [
      {
        bridge: 'vmbr0',
        disconnected: unset,
        enabled: unset,
        firewall: false,
        macAddress: node.mac,
        model: 'virtio',
        mtu: unset,
        queues: unset,
        rateLimit: unset,
        trunks: unset,
        vlanId: unset,
      },
    ],
    initialization: {
      datastoreId: 'local-lvm',
      interface: 'ide0',
      type: 'nocloud',
      dns: { servers: dns },
      ipConfig: [{ ipv4: { address: `${node.ip}/16`, gateway: '10.0.255.254' } }],
    },
    onBoot: true,
    started: true,
    protection: node.role === 'control-plane',
    rebootAfterUpdate: false,
    stopOnDestroy: true,
    deleteUnreferencedDisksOnDestroy: false,
    purgeOnDestroy: true,
    migrate: false,
  });
}
const inventory = nodes.map((node) => [
  node.name,
  {
    format_version: 1,
    hostname: node.name,
    cluster: 'bench',
    proxmox_server: node.server,
    proxmox_node: node.server,
    role: node.role,
    index: node.index,
    vm_id: node.vmId,
    smbios_uuid: node.uuid,
    ip_address: node.ip,
    gateway: '10.0.255.254',
    mac_address: node.mac,
    cpu_cores: 4,
    memory_mb: 8192,
    os_disk_gb: 100,
    data_disk_gb: node.disks.length > 1 ? 200 : 0,
    has_data_disk: node.disks.length > 1,
    dns_servers: dns,
    gpu_pci_id: '',
    gpu_mappings: [],
    nics: [
      { network: 'management', mac_address: node.mac, ip_address: node.ip, prefix: 16, bridge: 'vmbr0' },
    ],
    disks: node.disks,
  },
]);
new TerraformOutput(stack, 'machine_inventory', {
  value: Object.fromEntries(inventory) as unknown,
  staticId: true,
});
app.synth();
