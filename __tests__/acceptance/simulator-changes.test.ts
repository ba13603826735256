import type { Site, Vm } from '../../simulators/pve';
import { pendingKeys } from '../../simulators/pve/vm/config';
import { describeTerraform } from '../testing/terraform';
import { startServer } from '../simulators/site';
import { disk, nic, Terraform, vm, VM, writesOf } from '../simulators/terraform';

const STOP = 'POST qemu/1000/status/stop';
const START = 'POST qemu/1000/status/start';
const PUT = 'PUT qemu/1000/config';

/** What the real provider does for each change of a running VM: the calls, and that nothing is left to do. */
describeTerraform('a change of', () => {
  let site: Site;
  let terraform: Terraform;
  let now: Record<string, unknown> = { reboot_after_update: true };

  const state = (): Vm => {
    const found = site.state.vms.get(1000);
    if (!found) throw new Error('VM 1000 is gone');
    return found;
  };

  const set = (changes: Readonly<Record<string, unknown>>): Terraform => {
    now = { ...now, ...changes };
    return terraform.change(site, { [VM]: { one: vm(now) } });
  };

  const restore = (before: Record<string, unknown>): void => {
    now = {};
    set(before);
  };

  /** Applies, and gives the requests that changed something. */
  async function applied(changes: Readonly<Record<string, unknown>>): Promise<string[]> {
    const since = site.requests.length;
    await set(changes).apply();
    const writes = writesOf(site, since);
    expect((await terraform.plan()).code).toBe(0);
    return writes;
  }

  beforeAll(async () => {
    site = await startServer();
    terraform = await Terraform.of(site, {});
  });

  afterAll(() => {
    expect(site.violations).toEqual([]);
  });

  it('nothing to a VM: created and started', async () => {
    expect(await applied({})).toEqual(['POST qemu', START]);
    expect(state()).toMatchObject({ status: 'running' });
  });

  it.each([
    ['tags', { tags: ['b', 'c', 'talos'] }],
    ['description', { description: 'new' }],
    ['name', { name: 'talos-x' }],
    ['on_boot', { on_boot: false }],
    ['MAC', { network_device: [nic({ mac_address: 'BC:24:11:00:00:02' })] }],
    ['a second NIC', { network_device: [nic(), nic({ mac_address: 'BC:24:11:00:00:03' })] }],
    ['a disk more', { disk: [disk('scsi0'), disk('scsi1'), disk('scsi2')] }],
    ['the ISO', { cdrom: { file_id: 'none', interface: 'ide2' } }],
  ])('%s: written, and the VM keeps running', async (_, changes) => {
    expect(await applied(changes)).toEqual([PUT]);
  });

  it('a disk less: detached at once, and its volume stays', async () => {
    expect(await applied({ disk: [disk('scsi0'), disk('scsi1')] })).toEqual([PUT]);
    expect(site.requests.filter(({ method }) => method === 'PUT').at(-1)?.parameters['delete']).toBe('scsi2');
    expect(state().config['unused0']).toMatch(/^local-lvm:vm-1000-disk-/);
  });

  it('the size of a disk: grown without a restart', async () => {
    const writes = await applied({ disk: [disk('scsi0'), disk('scsi1', { size: 30 })] });
    expect(writes).toEqual([PUT, 'PUT qemu/1000/resize', PUT]);
    expect(site.requests.find(({ path }) => path.endsWith('/resize'))?.parameters).toMatchObject({
      disk: 'scsi1',
      size: String(30 * 1024 ** 3),
    });
    expect(state().config['scsi1']).toContain('size=30G');
  });

  it('the size of a disk to less: refused at apply, and still to do', async () => {
    const before = now;
    const text = await set({ disk: [disk('scsi0'), disk('scsi1', { size: 10 })] }).refused();
    expect(text).toMatch(/[Cc]annot shrink .* in VM 1000, it is not supported/);
    expect((await terraform.plan()).code).toBe(2);
    restore(before);
    expect((await terraform.plan()).code).toBe(0);
  });

  it('the storage of a disk: moved between stop and start', async () => {
    const writes = await applied({
      disk: [disk('scsi0'), disk('scsi1', { size: 30, datastore_id: 'fast' })],
    });
    expect(writes.filter((write) => write !== PUT)).toEqual([STOP, 'POST qemu/1000/move_disk', START]);
    expect(state().config['scsi1']).toMatch(/^fast:vm-1000-disk-0,/);
    expect(site.state.volumes(1000).map(({ volid }) => volid)).not.toContain('local-lvm:vm-1000-disk-2');
  });

  it.each([
    ['cores', { cpu: { cores: 4, type: 'host' } }],
    ['memory', { memory: { dedicated: 8192 } }],
    ['boot order', { boot_order: ['ide2', 'scsi0'] }],
  ])('%s: written, and the VM restarts', async (_, changes) => {
    expect(await applied(changes)).toEqual([PUT, STOP, START]);
    expect(pendingKeys(state())).toEqual([]);
  });

  it('cores without reboot_after_update: a warning, and the VM waits for a restart', async () => {
    await applied({ reboot_after_update: false });
    const since = site.requests.length;
    const text = await set({ cpu: { cores: 6, type: 'host' } }).apply();
    expect(text.replace(/\s+/g, ' ')).toContain('a reboot is required to apply configuration changes');
    expect(writesOf(site, since)).toEqual([PUT]);
    expect((await terraform.plan()).code).toBe(0);
    expect(pendingKeys(state())).toEqual(['cores']);
  });

  it('the boot disk to none: refused', async () => {
    const before = now;
    expect(await set({ disk: [disk('scsi1', { size: 30, datastore_id: 'fast' })] }).refused()).toContain(
      'cannot delete boot disk "scsi0"',
    );
    restore(before);
  });

  it.each([
    ['vm_id', { vm_id: 1001 }],
    [
      'efi type',
      { efi_disk: { datastore_id: 'local-lvm', type: '2m', file_format: 'raw', pre_enrolled_keys: false } },
    ],
  ])('%s: planned as a replacement', async (_, changes) => {
    const before = now;
    const { code, text } = await set(changes).plan();
    expect(code).toBe(2);
    expect(text).toContain('must be replaced');
    restore(before);
  });

  it('a MAC to lower case: never done', async () => {
    await set({ network_device: [nic({ mac_address: 'bc:24:11:00:00:09' })] }).apply();
    expect((await terraform.plan()).code).toBe(2);
    await applied({ network_device: [nic()] });
  });

  it('all to nothing: stopped and destroyed with its volumes', async () => {
    const since = site.requests.length;
    await terraform.destroy();
    expect(writesOf(site, since)).toEqual([STOP, 'DELETE qemu/1000']);
    expect(site.state.volumes(1000)).toEqual([]);
  });
});

/** What somebody changed on the server, by hand. */
describeTerraform('out of band', () => {
  let site: Site;
  let terraform: Terraform;

  beforeAll(async () => {
    site = await startServer();
    terraform = await Terraform.of(site, { [VM]: { one: vm() } });
    await terraform.apply();
  });

  it.each<[string, (one: Vm) => void]>([
    ['a stopped VM', (one) => (one.status = 'stopped')],
    ['other cores', ({ config }) => (config['cores'] = 8)],
    ['another NIC', ({ config }) => (config['net0'] = 'virtio=BC:24:11:00:00:77,bridge=vmbr0,firewall=0')],
    ['other tags', ({ config }) => (config['tags'] = 'else')],
    ['another ISO', ({ config }) => (config['ide2'] = 'none,media=cdrom')],
    ['a VM that is gone', ({ vmid }) => site.state.vms.delete(vmid)],
  ])('%s is seen and repaired', async (_, change) => {
    const one = site.state.vms.get(1000);
    if (!one) throw new Error('no VM');
    change(one);
    expect((await terraform.plan()).code).toBe(2);
    await terraform.apply();
    expect((await terraform.plan()).code).toBe(0);
    expect(site.state.vms.get(1000)).toMatchObject({
      status: 'running',
      config: { cores: 2, tags: 'b;talos' },
    });
  });

  it('a foreign disk is not seen, and detached at the next change of a disk', async () => {
    const one = site.state.vms.get(1000);
    if (!one) throw new Error('no VM');
    const { volumes } = site.state.storage('pve1', 'fast');
    volumes.set('fast:vm-1000-pvc', {
      volid: 'fast:vm-1000-pvc',
      content: 'images',
      format: 'raw',
      size: 5,
      vmid: 1000,
    });
    one.config['scsi5'] = 'fast:vm-1000-pvc,size=5';
    expect((await terraform.plan()).code).toBe(0);
    const disks = [disk('scsi0'), disk('scsi1'), disk('scsi2')];
    await terraform.change(site, { [VM]: { one: vm({ disk: disks }) } }).apply();
    expect(site.state.vms.get(1000)?.config).toMatchObject({ unused0: 'fast:vm-1000-pvc' });
    expect(site.violations).toEqual([]);
  });
});
