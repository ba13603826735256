import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { addVolume, DEFAULT_SECRET, DEFAULT_TOKEN, type Site } from '../../simulators/pve';
import { describeTerraform, temporaryFolder } from '../testing/terraform';
import { certificateOf, SERVER, startServer, startServers } from '../simulators/site';
import { disk, nic, Terraform, vm, VM, writesOf, type Resources } from '../simulators/terraform';

const GIB = 1024 ** 3;

/** Everything that is made of more than one VM with a disk: images, clones, pools, mappings, HA, networks. */
describeTerraform('the real provider', () => {
  const seen: Site[] = [];

  afterAll(() => {
    expect(seen.flatMap((site) => site.violations)).toEqual([]);
  });

  async function server(changes: Parameters<typeof startServer>[0] = {}): Promise<Site> {
    const site = await startServer(changes);
    seen.push(site);
    return site;
  }

  /** Applies, plans to nothing, and gives the requests that changed something. */
  async function settled(terraform: Terraform, site: Site): Promise<string[]> {
    const since = site.requests.length;
    await terraform.apply();
    const writes = writesOf(site, since);
    expect((await terraform.plan()).code).toBe(0);
    return writes;
  }

  it.concurrent('verifies the certificate of the server', async () => {
    const site = await server();
    const file = join(temporaryFolder(), 'ca.pem');
    writeFileSync(file, certificateOf(site));
    const provider = {
      proxmox: { endpoint: site.endpoint, api_token: `${DEFAULT_TOKEN}=${DEFAULT_SECRET}` },
    };
    const pool = { proxmox_virtual_environment_pool: { talos: { pool_id: 'talos' } } };
    const unknown = await Terraform.of(site, pool, { provider });
    expect(await unknown.refused()).toContain('certificate signed by unknown authority');
    const known = await Terraform.of(site, pool, { provider }, { SSL_CERT_FILE: file });
    await settled(known, site);
  });

  it.concurrent('logs in as root@pam with a password, who may do what no token may', async () => {
    const site = await server({ users: [{ id: 'root@pam', password: 'not-a-secret' }] });
    const provider = {
      proxmox: { endpoint: site.endpoint, insecure: true, username: 'root@pam', password: 'not-a-secret' },
    };
    const terraform = await Terraform.of(
      site,
      { [VM]: { one: vm({ kvm_arguments: '-no-reboot' }) } },
      { provider },
    );
    await settled(terraform, site);
    expect(site.state.vms.get(1000)?.config['args']).toBe('-no-reboot');
    await terraform.destroy();
  });

  it.concurrent('takes the next free id if there is none', async () => {
    const site = await server();
    const { vm_id: _id, ...rest } = vm();
    await settled(await Terraform.of(site, { [VM]: { one: rest } }), site);
    expect([...site.state.vms.keys()]).toEqual([100]);
  });

  it.concurrent('has the same id on two servers', async () => {
    const sites = await startServers(SERVER, { ...SERVER, name: 'other' });
    seen.push(...sites);
    const resources = { [VM]: { one: vm(), two: vm({ provider: 'proxmox.other', name: 'talos-2' }) } };
    const terraform = await Terraform.of(sites, resources);
    await terraform.apply();
    expect((await terraform.plan()).code).toBe(0);
    expect(sites.map(({ state }) => state.vms.get(1000)?.config['name'])).toEqual(['talos-1', 'talos-2']);
    await terraform.destroy();
    expect(sites.flatMap(({ state }) => [...state.vms.keys()])).toEqual([]);
  });

  it.concurrent('downloads another ISO under another name without a restart', async () => {
    const site = await server();
    const resources = (name: string): Resources => ({
      proxmox_download_file: {
        iso: {
          node_name: 'pve1',
          datastore_id: 'local',
          content_type: 'iso',
          url: 'https://example.com/x.iso',
          file_name: name,
        },
      },
      [VM]: { one: vm({ cdrom: { file_id: '${proxmox_download_file.iso.id}', interface: 'ide2' } }) },
    });
    const terraform = await Terraform.of(site, resources('a.iso'));
    await settled(terraform, site);
    terraform.change(site, resources('b.iso'));
    const writes = await settled(terraform, site);
    expect(writes).toEqual([
      'DELETE storage/local/content/local:iso/a.iso',
      'POST storage/local/download-url',
      'PUT qemu/1000/config',
    ]);
    await terraform.destroy();
    expect(site.state.storage('pve1', 'local').volumes.has('local:iso/b.iso')).toBe(false);
  });

  it.concurrent('imports a disk image, and gives an address by cloud-init', async () => {
    const site = await server();
    addVolume(site.state.storage('pve1', 'local'), {
      name: 'import/talos.qcow2',
      size: 1e8,
      virtualSize: 10 * GIB,
    });
    const one = vm({
      cdrom: undefined,
      boot_order: ['scsi0'],
      disk: [disk('scsi0', { import_from: 'local:import/talos.qcow2' })],
      initialization: {
        datastore_id: 'local-lvm',
        interface: 'ide0',
        dns: { servers: ['192.0.2.1', '192.0.2.2'] },
        ip_config: [{ ipv4: { address: '192.0.2.7/24', gateway: '192.0.2.1' } }],
      },
    });
    const terraform = await Terraform.of(site, { [VM]: { one } });
    const writes = await settled(terraform, site);
    expect(writes).toEqual(['POST qemu', 'PUT qemu/1000/resize', 'POST qemu/1000/status/start']);
    expect(
      site.requests.find(({ method, path }) => method === 'POST' && path.endsWith('/qemu'))?.parameters,
    ).toMatchObject({
      scsi0: expect.stringContaining('file=local-lvm:0,import-from=local:import/talos.qcow2') as string,
    });
    expect(site.requests.find(({ path }) => path.endsWith('/resize'))?.parameters).toMatchObject({
      size: String(20 * GIB),
    });
    expect(site.state.vms.get(1000)?.config).toMatchObject({
      ide0: 'local-lvm:vm-1000-cloudinit,media=cdrom,size=4M',
      ipconfig0: 'gw=192.0.2.1,ip=192.0.2.7/24',
      nameserver: '192.0.2.1 192.0.2.2',
    });
    await terraform.destroy();
    expect(site.state.volumes(1000)).toEqual([]);
  });

  it.concurrent('uploads a file', async () => {
    const site = await server();
    const path = join(temporaryFolder(), 'small.iso');
    writeFileSync(path, 'bytes');
    const iso = { node_name: 'pve1', datastore_id: 'local', content_type: 'iso', source_file: { path } };
    const terraform = await Terraform.of(site, { proxmox_virtual_environment_file: { iso } });
    expect(await settled(terraform, site)).toEqual(['POST storage/local/upload']);
    expect(site.state.volume('pve1', 'local:iso/small.iso').volume.size).toBe(5);
    await terraform.destroy();
    expect(site.state.storage('pve1', 'local').volumes.has('local:iso/small.iso')).toBe(false);
  });

  it.concurrent('reads what there is', async () => {
    const site = await server({ pools: ['existing'] });
    const node = { node_name: 'pve1' };
    const data = {
      proxmox_datastores: { all: node },
      proxmox_hardware_pci: { all: node },
      proxmox_virtual_environment_node: { one: node },
      proxmox_virtual_environment_nodes: { all: {} },
      proxmox_virtual_environment_pools: { all: {} },
      proxmox_virtual_environment_pool: { one: { pool_id: 'existing' } },
    };
    const terraform = await Terraform.of(site, {}, { data });
    await terraform.apply();
    expect(await terraform.attribute('data.proxmox_datastores.all', 'datastores')).toHaveLength(4);
    expect(await terraform.attribute('data.proxmox_virtual_environment_nodes.all', 'names')).toEqual([
      'pve1',
    ]);
    expect(await terraform.attribute('data.proxmox_virtual_environment_pools.all', 'pool_ids')).toEqual([
      'existing',
    ]);
    expect(await terraform.attribute('data.proxmox_hardware_pci.all', 'devices')).toMatchObject([
      { id: '0000:01:00.0' },
    ]);
  });

  it.concurrent('maps USB devices and folders', async () => {
    const site = await server();
    const terraform = await Terraform.of(site, {
      proxmox_hardware_mapping_usb: { stick: { name: 'stick', map: [{ node: 'pve1', id: '8087:0a2b' }] } },
      proxmox_hardware_mapping_dir: { data: { name: 'data', map: [{ node: 'pve1', path: '/srv' }] } },
    });
    await settled(terraform, site);
    expect(site.state.mappings.usb.get('stick')?.map).toEqual(['id=8087:0a2b,node=pve1']);
    await terraform.destroy();
    expect(site.state.mappings.dir.size).toBe(0);
  });

  it.concurrent('clones a template', async () => {
    const site = await server();
    const template = vm({ vm_id: 900, name: 'template', template: true, started: false });
    const clone = {
      node_name: 'pve1',
      vm_id: 901,
      name: 'clone',
      agent: { enabled: false },
      stop_on_destroy: true,
      clone: { vm_id: `\${${VM}.template.vm_id}`, full: true, datastore_id: 'fast' },
      cpu: { cores: 2, type: 'host' },
      memory: { dedicated: 2048 },
      machine: 'q35',
      bios: 'ovmf',
    };
    const terraform = await Terraform.of(site, { [VM]: { template, clone } });
    const writes = await settled(terraform, site);
    expect(writes).toEqual(
      expect.arrayContaining(['POST qemu/900/clone', 'PUT qemu/901/config', 'POST qemu/901/status/start']),
    );
    expect(site.state.vms.get(901)?.config['scsi0']).toMatch(/^fast:vm-901-disk-/);
    await terraform.destroy();
    expect(site.state.vms.size).toBe(0);
  });

  it.concurrent(
    'waits for an agent that is there, and only as long as it is told for one that is not',
    async () => {
      const site = await server({ agent: 'up' });
      const one = vm({ agent: { enabled: true, timeout: '2s' } });
      const terraform = await Terraform.of(site, { [VM]: { one } });
      await settled(terraform, site);
      expect(await terraform.attribute(`${VM}.one`, 'mac_addresses')).toEqual([
        '00:00:00:00:00:00',
        'BC:24:11:00:00:01',
      ]);
      site.state.agent = 'none';
      const start = Date.now();
      const { code, text } = await terraform.plan();
      expect({ code, isSlow: Date.now() - start >= 2000 }).toEqual({ code: 0, isSlow: true });
      expect(text).toContain('error waiting for network interfaces from QEMU agent');
    },
  );

  it.concurrent('imports a VM that exists', async () => {
    const site = await server();
    const first = await Terraform.of(site, { [VM]: { one: vm() } });
    await first.apply();
    const { agent: _agent, ...rest } = vm();
    const terraform = await Terraform.of(site, { [VM]: { one: rest } });
    await terraform.must('import', `${VM}.one`, 'pve1/1000');
    expect((await terraform.plan()).code).toBe(2);
    const since = site.requests.length;
    await terraform.apply();
    expect(writesOf(site, since).filter((write) => write.includes('status'))).toEqual([]);
    expect((await terraform.plan()).code).toBe(0);
  });

  it.concurrent('makes pools, mappings and VMs in them', async () => {
    const site = await server();
    const device = {
      node: 'pve1',
      id: '10de:2204',
      path: '0000:01:00',
      iommu_group: 14,
      subsystem_id: '10de:1454',
    };
    const resources = (comment: string): Resources => ({
      proxmox_virtual_environment_pool: { talos: { pool_id: 'talos', comment } },
      proxmox_hardware_mapping_pci: { gpu: { name: 'gpu', comment, map: [device] } },
      [VM]: {
        one: vm({
          pool_id: '${proxmox_virtual_environment_pool.talos.id}',
          hostpci: [
            {
              device: 'hostpci0',
              mapping: '${proxmox_hardware_mapping_pci.gpu.name}',
              pcie: true,
              rombar: true,
              xvga: false,
            },
          ],
        }),
      },
    });
    const terraform = await Terraform.of(site, resources('a'));
    await settled(terraform, site);
    expect(site.state.poolOf(1000)?.poolid).toBe('talos');
    expect(site.state.vms.get(1000)?.config['hostpci0']).toBe('mapping=gpu,pcie=1,rombar=1,x-vga=0');
    terraform.change(site, resources('b'));
    expect(await settled(terraform, site)).toEqual(
      expect.arrayContaining(['PUT /cluster/mapping/pci/gpu', 'PUT /pools']),
    );
    await terraform.destroy();
    expect([site.state.pools.size, site.state.mappings.pci.size, site.state.vms.size]).toEqual([0, 0, 0]);
  });

  it.concurrent.each([
    [
      '9.1.1',
      {
        proxmox_harule: {
          near: {
            rule: 'near',
            type: 'node-affinity',
            resources: ['vm:1000'],
            nodes: { pve1: 1 },
            depends_on: ['proxmox_haresource.one'],
          },
        },
      },
    ],
    ['8.4.1', { proxmox_hagroup: { near: { group: 'near', nodes: { pve1: 1 } } } }],
  ])('has HA, bridges and the version of Proxmox VE %s', async (version, more) => {
    const site = await server({ version });
    const resources = {
      proxmox_network_linux_bridge: {
        two: { node_name: 'pve1', name: 'vmbr2', address: '10.0.0.1/24', mtu: 9000, comment: 'x' },
      },
      proxmox_haresource: {
        one: { resource_id: `vm:\${${VM}.one.vm_id}`, state: 'started', max_restart: 2 },
      },
      [VM]: {
        one: vm({
          network_device: [nic(), nic({ mac_address: 'BC:24:11:00:00:02', bridge: 'vmbr2' })],
          depends_on: ['proxmox_network_linux_bridge.two'],
        }),
      },
      ...more,
    };
    const data = {
      proxmox_version: { this: {} },
      proxmox_virtual_environment_vms: { all: { depends_on: [`${VM}.one`] } },
    };
    const terraform = await Terraform.of(site, resources, { data });
    await settled(terraform, site);
    expect(site.state.ha.resources.get('vm:1000')).toMatchObject({ max_restart: 2 });
    expect(await terraform.attribute('data.proxmox_version.this', 'version')).toBe(version);
    await terraform.destroy();
    expect(site.state.ha.resources.size).toBe(0);
  });
});
