import type { DefinitionDraft } from '../../../model/cluster/definition/schema';
import { definitionOf, Scenario, serverOf } from '../../testing/scenario';
import { describeTerraform } from '../../testing/terraform';

const PUT = 'PUT qemu/1100/config';
const RESIZE = 'PUT qemu/1100/resize';
const RESTART = ['POST qemu/1100/status/stop', 'POST qemu/1100/status/start'];

const workers = (values: object) => (d: DefinitionDraft) =>
  void Object.assign(d.defaults?.workers ?? {}, values);

/** What a change of the definition does to a running worker, and that it is the same VM afterwards. */
describeTerraform('of a worker', () => {
  let scenario: Scenario;
  let born: unknown;

  beforeAll(async () => {
    const definition = definitionOf({ pve1: serverOf(11, 'pve1') }, { workers: 1 });
    scenario = await Scenario.start(definition);
    await scenario.apply();
    born = scenario.identities();
  });

  afterEach(() => {
    expect(scenario.identities()).toEqual(born);
    expect(scenario.vm('w-1').status).toBe('running');
  });

  it.each([
    ['cores', { cpu_cores: 8 }],
    ['memory', { memory_mb: 16384 }],
  ])('%s: written, and the VM waits for a reboot by hand, as a warning says', async (_, values) => {
    await scenario.change(workers(values));
    const { writes, text } = await scenario.apply();
    expect(writes).toEqual([PUT]);
    expect(text.replace(/[│\s]+/g, ' ')).toContain('a reboot is required to apply configuration changes');
  });

  it('cores with reboot_after_update: restarted', async () => {
    await scenario.change(workers({ cpu_cores: 6, reboot_after_update: true }));
    expect((await scenario.apply()).writes).toEqual([PUT, ...RESTART]);
  });

  it.each([
    ['tags', { tags: ['blue'] }],
    ['the start order', { startup: { order: 3, up_delay: 10 } }],
    ['the MAC', undefined],
  ])('%s: written, and the VM keeps running', async (_, values) => {
    const mac = (d: DefinitionDraft) =>
      void Object.assign(d.workers?.[0] ?? {}, { mac_address: 'BC:24:11:0A:0B:0C' });
    await scenario.change(values === undefined ? mac : workers(values));
    expect((await scenario.apply()).writes).toEqual([PUT]);
  });

  it('a data disk: added, then grown, without a restart', async () => {
    const disks = (size: number) =>
      workers({
        data_disk_size_gb: undefined,
        data_disks: [
          { name: 'data', slot: 1, size_gb: 50, serial: 'data-1' },
          { name: 'more', slot: 2, size_gb: size },
        ],
      });
    await scenario.change(disks(10));
    expect((await scenario.apply()).writes).toEqual([PUT]);
    await scenario.change(disks(30));
    expect((await scenario.apply()).writes).toEqual([PUT, RESIZE, PUT]);
    expect(scenario.vm('w-1').config['scsi2']).toContain('size=30G');
  });

  it('a storage network: a NIC with an address of its own', async () => {
    await scenario.change((d) => {
      d.storage_network = { subnet: '10.9.0.0/24', bridge: 'vmbr1', mtu: 9000 };
      workers({ storage_first_ip: '10.9.0.11' })(d);
    });
    await scenario.apply();
    const { config } = scenario.vm('w-1');
    expect(config['net1']).toMatch(/^virtio=BC:24:11:12:00:00,bridge=vmbr1,.*mtu=9000/);
    expect(config['ipconfig1']).toBe('ip=10.9.0.11/24');
    expect(scenario.vm('cp-1').config['net1']).toBeUndefined();
  });

  it('the address: on the cloud-init drive, with gateway and name servers', async () => {
    await scenario.change(workers({ first_ip: '10.1.2.7' }));
    await scenario.apply();
    const { config } = scenario.vm('w-1');
    expect(config['ipconfig0']).toBe('gw=10.1.0.1,ip=10.1.2.7/16');
    expect(config['nameserver']).toBe('10.1.0.1');
    expect(config['ide0']).toContain('cloudinit');
  });

  it('the image version: downloaded beside, and no VM is replaced or restarted', async () => {
    await scenario.change((d) => {
      d.images = { talos: { url: 'https://images.example.com/talos-v1.11.6-nocloud-amd64.iso' } };
      d.talos_version = 'v1.11.6';
    });
    const { writes, text } = await scenario.apply();
    expect(text).toContain('1 added, 2 changed, 1 destroyed');
    expect(writes.filter((write) => write.includes('/status/'))).toEqual([]);
    expect(scenario.vm('w-1').config['ide2']).toContain('v1.11.6');
  });
});

describeTerraform('an image that was imported as OS disk', () => {
  it('is for new nodes when its version changes: no VM is touched', async () => {
    const images = (version: string) => ({
      talos: { url: `https://images.example.com/talos-${version}-nocloud-amd64.qcow2` },
    });
    const servers = { pve1: serverOf(11, 'pve1') };
    const scenario = await Scenario.start(
      definitionOf(servers, { workers: 1 }, { images: images('v1.11.5') }),
    );
    await scenario.apply();
    const before = scenario.identities();
    await scenario.change((d) => {
      d.images = images('v1.11.6');
      d.talos_version = 'v1.11.6';
    });
    const { text, writes } = await scenario.apply();
    expect(text).toContain('1 added, 0 changed, 1 destroyed');
    expect(writes.filter((write) => write.includes('qemu'))).toEqual([]);
    expect(scenario.identities()).toEqual(before);
  });
});

describeTerraform('changed behind the back of Terraform', () => {
  let scenario: Scenario;

  beforeAll(async () => {
    scenario = await Scenario.start(definitionOf({ pve1: serverOf(11, 'pve1') }, { workers: 2 }));
    await scenario.apply();
  });

  it.each<[string, (vm: ReturnType<Scenario['vm']>) => void]>([
    ['stopped', (vm) => void (vm.status = 'stopped')],
    ['with other cores', (vm) => void (vm.config['cores'] = 1)],
    ['with other tags', (vm) => void (vm.config['tags'] = 'mine')],
    [
      'on another bridge',
      (vm) => void (vm.config['net0'] = String(vm.config['net0']).replace('vmbr0', 'vmbr1')),
    ],
  ])('a VM %s is as the definition says again', async (_, harm) => {
    const before = scenario.identities();
    const config = { ...scenario.vm('w-1').config };
    harm(scenario.vm('w-1'));
    expect((await scenario.terraform.plan()).code).toBe(2);
    await scenario.apply();
    expect(scenario.identities()).toEqual(before);
    expect(scenario.vm('w-1')).toMatchObject({ status: 'running', config });
  });

  it('a VM that was deleted is made anew, and only that one', async () => {
    const { 'w-1': gone, ...others } = scenario.identities();
    const { state } = scenario.sites[0] ?? {};
    state?.vms.delete(1100);
    for (const { storage } of state?.storages() ?? [])
      for (const { volid, vmid } of [...storage.volumes.values()])
        if (vmid === 1100) storage.volumes.delete(volid);
    await scenario.apply();
    expect(scenario.identities()).toMatchObject(others);
    expect(scenario.identities()['w-1']).not.toBe(gone);
  });
});

describeTerraform('moving a node to another list', () => {
  it.each<[string, (d: DefinitionDraft) => void, RegExp]>([
    [
      'a pool that gives it the same name and index: nothing to do',
      (d) => {
        d.workers = d.workers?.slice(1);
        d.node_pools = [{ name: 'w', role: 'worker', count: 1, first_index: 0, proxmox_server: 'pve1' }];
      },
      /^$/,
    ],
    [
      'another role with its identity written down: changed in place',
      (d) => {
        const frozen = { vm_id: 1100, mac_address: 'BC:24:11:02:00:00', ip_address: '10.1.2.1' };
        const [first, ...others] = d.workers ?? [];
        d.workers = others;
        d.gpu_workers = [{ ...first, ...frozen, data_disk_size_gb: 50, gpu_mappings: [] }];
      },
      /^update proxmox_virtual_environment_vm\.w-1$/,
    ],
  ])('%s', async (_, edit, expected) => {
    const scenario = await Scenario.start(definitionOf({ pve1: serverOf(11, 'pve1') }, { workers: 2 }));
    await scenario.apply();
    const before = scenario.identities();
    await scenario.change(edit);
    expect((await scenario.planned()).join('\n')).toMatch(expected);
    await scenario.apply();
    expect(scenario.identities()).toEqual(before);
  });

  it('another role without that: refused, because it would be another VM', async () => {
    const scenario = await Scenario.start(definitionOf({ pve1: serverOf(11, 'pve1') }, { workers: 1 }));
    await scenario.apply();
    await scenario.change((d) => {
      d.gpu_workers = (d.workers ?? []).map((node) => ({ ...node, gpu_mappings: [] }));
      d.workers = [];
    });
    expect(await scenario.terraform.refused()).toContain('set vm_id to 1100 to keep it');
  });
});
