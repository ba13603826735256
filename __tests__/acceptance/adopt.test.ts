import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ISO, Lab } from '../testing/adoption';
import { starterVm, telmateState } from '../testing/starter-vms';
import { describeTerraform } from '../testing/terraform';
import { disk, nic, Terraform, vm, VM } from '../simulators/terraform';

const tfvarsNode = (name: string, server: string, ip: string, data: number): string =>
  `{ name = "${name}", proxmox_server = "${server}", ip_address = "${ip}", mac_address = "", cpu_cores = 4, memory_mb = 8192, os_disk_size_gb = 60, data_disk_size_gb = ${data} }`;

const tfvars = (endpoint: string): string => `
proxmox_servers = {
  "pve1" = {
    api_url = "${endpoint}api2/json", api_token_id = "terraform@pve!test", api_token_secret = "not-used"
    node_name = "pve1", tls_insecure = true, network_bridge = "vmbr0"
    storage_control_plane_os = "local-lvm", storage_control_plane_data = "tank"
    storage_worker_os = "local-lvm", storage_worker_data = "tank"
    storage_gpu_worker_os = "local-lvm", storage_gpu_worker_data = "tank"
  }
}
network_config = { subnet = "192.168.10.0/24", gateway = "192.168.10.1", dns_servers = ["1.1.1.1"], vlan_id = 0 }
talos_iso = "${ISO}"
talos_version = "v1.11.5"
cluster_name = "home"
control_planes = [${tfvarsNode('talos-control-1', 'pve1', '192.168.10.100', 50)}]
workers = [
  ${tfvarsNode('talos-worker-1', 'pve1', '192.168.10.110', 50)},
  ${tfvarsNode('talos-worker-2', 'pve1', '192.168.10.111', 50)},
]
`;

/** Applies what was adopted: each VM is the same one afterwards, was not touched but for `writes`, and nothing is left to do. */
async function expectAdopted(
  lab: Lab,
  writes: readonly string[],
  change: (configs: ReturnType<Lab['identities']>) => void = () => undefined,
): Promise<Terraform> {
  const before = lab.identities();
  change(before);
  const marks = lab.marks();
  const terraform = await lab.stack();
  const text = await terraform.apply();
  expect(text).toMatch(/Plan: \d+ to import, 0 to add, \d+ to change, 0 to destroy\./);
  expect(lab.identities()).toEqual(before);
  expect(lab.writesSince(marks).sort()).toEqual(writes);
  expect((await terraform.plan()).code).toBe(0);
  expect(await terraform.apply()).toContain('0 added, 0 changed, 0 destroyed');
  expect(lab.sites.flatMap(({ violations }) => violations)).toEqual([]);
  return terraform;
}

describeTerraform('VMs of the starter', () => {
  let lab: Lab;
  const args = () => ['--from', lab.path('terraform.tfvars'), '--from', lab.path('terraform.tfstate')];

  beforeAll(async () => {
    lab = await Lab.start();
    await lab.make('pve1', 100, starterVm('talos-control-1', 'control-plane'));
    await lab.make('pve1', 110, starterVm('talos-worker-1', 'worker'));
    await lab.make('pve1', 111, starterVm('talos-worker-2', 'worker'));
    lab.write('terraform.tfvars', tfvars(lab.site('pve1').endpoint));
    lab.write(
      'terraform.tfstate',
      telmateState([
        { name: 'talos-control-1', vmid: 100, group: 'control_planes' },
        { name: 'talos-worker-1', vmid: 110, group: 'workers' },
        { name: 'talos-worker-2', vmid: 111, group: 'workers' },
      ]),
    );
  });

  it('become a definition with their identity, which a plan proves', async () => {
    const marks = lab.marks();
    const { code, stdout, stderr } = await lab.adopt(...args(), '--removed', lab.path('removed.tf'));
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(lab.writesSince(marks)).toEqual([]);
    expect(stdout).toContain('home: 3 VMs adopted\n');
    expect(stdout).toContain('Plan: 3 to import, 0 to destroy, 0 to replace.\n');
    expect(stdout).toContain("  terraform state rm 'proxmox_vm_qemu.control_planes[0]'\n");
    expect(readFileSync(lab.path('removed.tf'), 'utf8')).toContain(
      'removed {\n  from = proxmox_vm_qemu.workers\n\n  lifecycle {\n    destroy = false\n  }\n}\n',
    );
    expect(lab.definition().control_planes).toEqual([
      expect.objectContaining({
        name: 'talos-control-1',
        adopted: true,
        vm_id: 100,
        mac_address: 'BC:24:11:01:00:00',
        ip_address: '192.168.10.100',
        bios: 'seabios',
        machine: 'q35',
        cpu_type: 'host',
        uuid: lab.uuid(100),
      }),
    ]);
    expect(stdout + stderr).not.toContain('not-used');
  });

  it('are imported unchanged and keep running, and nothing is left to do', async () => {
    await expectAdopted(lab, ['PUT qemu/100/config', 'PUT qemu/110/config', 'PUT qemu/111/config']);
  });

  it('are adopted again with the same result', async () => {
    const before = readFileSync(lab.path('clusters/home.yaml'), 'utf8');
    const { code, stdout, stderr } = await lab.adopt(...args(), '--force');
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stdout).toContain('Plan: 0 to import, 0 to destroy, 0 to replace.\n');
    expect(readFileSync(lab.path('clusters/home.yaml'), 'utf8')).toBe(before);
  });
});

describeTerraform('VMs of many makers', () => {
  it('keep hardware that this project would not have given them', async () => {
    const lab = await Lab.start();
    await lab.make('pve1', 300, {
      name: 'cp-a',
      cores: 2,
      sockets: 2,
      memory: 4096,
      balloon: 2048,
      numa: 1,
      net0: 'e1000=BC:24:11:AA:00:01,bridge=vmbr1,firewall=1',
      virtio0: 'local-lvm:60',
      scsi10: 'tank:20',
      scsi2: 'tank:30',
      net1: 'virtio=BC:24:11:AA:00:02,bridge=vmbr0',
      sata3: `${ISO},media=cdrom`,
      boot: 'order=virtio0',
      vga: 'std,memory=32',
      smbios1: 'uuid=0c9df1b2-0000-4000-8000-0000000000aa,serial=U04=,base64=1',
    });
    await lab.make('pve2', 300, {
      name: 'db-b',
      cores: 2,
      memory: 4096,
      cpu: 'kvm64',
      bios: 'ovmf',
      machine: 'pc-q35-9.0',
      startup: 'order=3,up=20',
      efidisk0: 'local-lvm:1,efitype=4m,pre-enrolled-keys=1',
      tpmstate0: 'local-lvm:1,version=v2.0',
      scsi0: 'files:60,format=qcow2',
      scsihw: 'virtio-scsi-pci',
      net0: 'virtio=BC:24:11:AA:00:03,bridge=vmbr0,tag=7,mtu=1400',
      ide0: 'local-lvm:cloudinit',
      ipconfig0: 'ip=198.51.7.7/16,gw=198.51.0.1',
      nameserver: '9.9.9.9',
      protection: 1,
    });
    const nodes = { control_planes: [{ name: 'cp-a', ip_address: '198.51.7.1' }] };
    const base = lab.base(nodes);
    const { code, stdout, stderr } = await lab.adopt(
      '--from',
      base,
      '--control-plane',
      'cp-a',
      '--worker',
      'db-b',
    );
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stdout).toContain('Plan: 2 to import, 0 to destroy, 0 to replace.\n');
    const [cp] = lab.definition().control_planes ?? [];
    expect(cp).toMatchObject({
      os_disk_interface: 'virtio0',
      ip_address: '198.51.7.1',
      data_disks: [{ slot: 2 }, { slot: 10 }],
    });
    expect(lab.definition().workers?.[0]).toMatchObject({
      vm_id: 300,
      ip_address: '198.51.7.7',
      disk_format: 'qcow2',
      vm_protection: true,
    });
    await expectAdopted(lab, ['PUT qemu/300/config', 'PUT qemu/300/config'], (vms) => {
      // Where nothing is written, Proxmox has lsi.
      Object.assign(vms['cp-a 300']?.config ?? {}, { scsihw: 'lsi' });
    });
  });
});

describeTerraform('VMs of a cluster with a state per server', () => {
  it('are imported by the stack of their server', async () => {
    const lab = await Lab.start();
    await lab.make('pve1', 100, starterVm('talos-control-1', 'control-plane'));
    await lab.make('pve2', 110, starterVm('talos-worker-1', 'worker'));
    const base = lab.base({ state_split: 'server' });
    const { code, stdout, stderr } = await lab.adopt(
      '--from',
      base,
      '--worker',
      '110',
      '--control-plane',
      '100',
    );
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stdout).toContain('Plan: 2 to import, 0 to destroy, 0 to replace.\n');
    expect(stdout.match(/stacks\/[a-z0-9-]+/g)).toEqual([
      'stacks/home',
      'stacks/home-pve1',
      'stacks/home-pve2',
    ]);
    const before = lab.identities();
    await (await lab.stack()).apply();
    for (const stack of ['home-pve1', 'home-pve2']) {
      const terraform = await lab.stack(stack);
      expect(await terraform.apply()).toContain('1 imported, 0 added, 1 changed, 0 destroyed');
      expect((await terraform.plan()).code).toBe(0);
    }
    expect(lab.identities()).toEqual(before);
  });
});

describeTerraform('VMs of an HCL project with for_each', () => {
  it('leave its state and are adopted; it has nothing to say any more', async () => {
    const lab = await Lab.start();
    const [site] = lab.sites;
    if (!site) throw new Error('no site');
    const key = (name: string) => `\${each.value.${name}}`;
    const nodes = {
      'm-1': { id: 500, mac: 'BC:24:11:BB:00:01', ip: '198.51.5.1/16' },
      'n-1': { id: 501, mac: 'BC:24:11:BB:00:02', ip: '198.51.5.2/16' },
      'n-2': { id: 502, mac: 'BC:24:11:BB:00:03', ip: '198.51.5.3/16' },
    };
    const foreign = {
      ...vm({
        vm_id: key('id'),
        name: '${each.key}',
        cdrom: { file_id: ISO, interface: 'ide2' },
        tags: ['k8s'],
      }),
      for_each: nodes,
      disk: [disk('scsi0', { size: 60 }), disk('scsi1')],
      network_device: [nic({ mac_address: key('mac') })],
      initialization: {
        datastore_id: 'local-lvm',
        interface: 'ide0',
        ip_config: { ipv4: { address: key('ip'), gateway: '198.51.0.1' } },
      },
    };
    const old = await Terraform.of(site, { [VM]: { node: foreign } });
    await old.apply();
    const state = lab.write('state.json', await old.plain('show', '-json'));
    const { code, stdout, stderr } = await lab.adopt(
      '--from',
      lab.base(),
      '--from',
      state,
      '--control-plane',
      'm-*',
      '--worker',
      'n-*',
    );
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stdout).toContain('Plan: 3 to import, 0 to destroy, 0 to replace.\n');

    await expectAdopted(
      lab,
      [500, 501, 502].map((id) => `PUT qemu/${id}/config`),
    );
    const before = lab.identities();
    for (const [, command = ''] of stdout.matchAll(/^ {2}terraform (state rm '.*')$/gm)) {
      const [first = '', second = '', address = ''] = command.split(' ');
      await old.plain(first, second, address.slice(1, -1));
    }
    expect(await old.addresses()).toEqual([]);
    rmSync(join(old.dir, 'main.tf.json'));
    old.change(site, {});
    await old.apply();
    expect(lab.identities()).toEqual(before);
  });
});
