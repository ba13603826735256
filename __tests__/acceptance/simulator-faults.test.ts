import type { Site } from '../../simulators/pve';
import { describeTerraform } from '../testing/terraform';
import { startServer } from '../simulators/site';
import { disk, nic, Terraform, vm, VM, type Resources } from '../simulators/terraform';

const ONE: Resources = { [VM]: { one: vm() } };
const ISO: Resources = {
  proxmox_download_file: {
    iso: {
      node_name: 'pve1',
      datastore_id: 'local',
      content_type: 'iso',
      url: 'https://example.com/x.iso',
      file_name: 'x.iso',
    },
  },
};

const CONFIG = '/nodes/{node}/qemu/1000/config';
/** What the real provider makes of servers that refuse, or are read badly. Faults of a whole run: reliability.test.ts. */
describeTerraform('a fault', () => {
  const seen: Site[] = [];

  afterAll(() => {
    expect(seen.flatMap((site) => site.violations)).toEqual([]);
  });

  /** A server of its own, with one VM unless told otherwise. */
  async function start(resources: Resources = ONE): Promise<[site: Site, terraform: Terraform]> {
    const site = await startServer();
    seen.push(site);
    const terraform = await Terraform.of(site, resources);
    return [site, terraform];
  }

  async function applied(resources: Resources = ONE): Promise<[site: Site, terraform: Terraform]> {
    const [site, terraform] = await start(resources);
    await terraform.apply();
    return [site, terraform];
  }

  describe('at creation', () => {
    it.concurrent.each<[string, Record<string, unknown>, string]>([
      ['a node that does not exist', { node_name: 'pve7' }, "hostname lookup 'pve7' failed"],
      [
        'a storage that does not exist',
        { disk: [disk('scsi0', { datastore_id: 'nope' })] },
        "storage 'nope' does not exist",
      ],
      [
        'an ISO that does not exist',
        { cdrom: { file_id: 'local:iso/no.iso', interface: 'ide2' } },
        "volume 'local:iso/no.iso' does not exist",
      ],
      [
        'an ISO on ide3 of q35',
        { cdrom: { file_id: 'none', interface: 'ide3' }, boot_order: ['scsi0'] },
        'start failed: QEMU exited with code 1',
      ],
      [
        'a bridge that does not exist',
        { network_device: [nic({ bridge: 'vmbr9' })] },
        "bridge 'vmbr9' does not exist",
      ],
      ['arguments of QEMU', { kvm_arguments: '-no-reboot' }, "only root can set 'args' config"],
      [
        'a GPU by its address',
        { network_device: undefined, hostpci: [{ device: 'hostpci0', id: '0000:01:00', pcie: true }] },
        "only root can set 'hostpci0' config for non-mapped devices",
      ],
    ])('%s', async (_, changes, text) => {
      const [, terraform] = await start({ [VM]: { one: vm(changes) } });
      expect(await terraform.refused()).toContain(text);
    });
  });

  describe('at a change', () => {
    it.concurrent('the move of a disk takes its time: waited for', async () => {
      const [site, terraform] = await applied();
      site.taskMs = { qmmove: 1500 };
      const moved = { [VM]: { one: vm({ disk: [disk('scsi0'), disk('scsi1', { datastore_id: 'fast' })] }) } };
      await terraform.change(site, moved).apply();
      expect((await terraform.plan()).code).toBe(0);
    });
  });

  describe('while a task runs', () => {
    it.concurrent('its status is not there yet: asked again', async () => {
      const [site, terraform] = await start();
      site.faults.add({
        method: 'GET',
        path: '/nodes/{node}/tasks/*/status',
        status: 400,
        message: 'no such task',
        times: 2,
      });
      await terraform.apply();
      expect((await terraform.plan()).code).toBe(0);
    });

    it.concurrent('its status cannot be read: given up', async () => {
      const [site, terraform] = await start();
      site.faults.add({ method: 'GET', path: '/nodes/{node}/tasks/*/status', status: 500, message: 'oops' });
      expect(await terraform.refused()).toContain('error while waiting for task');
    });

    it.concurrent('takes its time: a new file meets the one that is being deleted', async () => {
      const [site, terraform] = await applied(ISO);
      site.taskMs = { imgdel: 60_000 };
      await terraform.destroy();
      expect(await terraform.refused()).toContain('File already exists in the datastore');
    });
  });

  describe('at a plan', () => {
    it.concurrent('the connection breaks twice: asked again', async () => {
      const [site, terraform] = await applied();
      const fault = site.faults.add({ method: 'GET', path: CONFIG, drop: true, times: 2 });
      expect((await terraform.plan()).code).toBe(0);
      expect(fault.hits).toBe(2);
    });

    it.concurrent('403 for a VM', async () => {
      const [site, terraform] = await applied();
      site.faults.add({ method: 'GET', path: CONFIG, status: 403, message: 'Permission check failed' });
      expect(await terraform.refused('plan')).toContain(
        'error retrieving VM 1000: received an HTTP 403 response - Reason: Permission check failed',
      );
    });

    it.concurrent('another secret: an error for VMs', async () => {
      const [site, terraform] = await applied();
      for (const account of site.state.accounts.values()) account.secret = 'changed';
      expect(await terraform.refused('plan')).toContain('invalid token value!');
    });

    it.concurrent('no right to see VMs: they look as if they were gone', async () => {
      const [site, terraform] = await applied();
      for (const account of site.state.accounts.values()) {
        account.acl['/'] = account.acl['/']?.filter((privilege) => privilege !== 'VM.Audit') ?? [];
      }
      const { code, text } = await terraform.plan();
      expect(code).toBe(2);
      expect(text).toContain('1 to add');
    });

    it.concurrent('no right to see files: a warning, and a planned download', async () => {
      const [site, terraform] = await applied(ISO);
      for (const account of site.state.accounts.values()) {
        account.acl['/'] = account.acl['/']?.filter((privilege) => !privilege.startsWith('Datastore.')) ?? [];
      }
      const { code, text } = await terraform.plan();
      expect(code).toBe(2);
      expect(text).toContain('1 to add');
    });
  });

  it.concurrent('a token with too few rights is told which', async () => {
    const [site, terraform] = await start();
    const [account] = site.state.accounts.values();
    if (account) account.acl['/'] = account.acl['/']?.filter((privilege) => privilege !== 'SDN.Use') ?? [];
    expect(await terraform.refused()).toContain(
      'Permission check failed (/sdn/zones/localnetwork/vmbr0, SDN.Use)',
    );
    expect(site.state.vms.size).toBe(0);
  });

  it.concurrent('protection keeps a VM, but not from being stopped', async () => {
    const [site, terraform] = await applied({ [VM]: { one: vm({ protection: true }) } });
    expect(await terraform.refused('destroy')).toContain("can't remove VM 1000 - protection mode enabled");
    expect(site.state.vms.get(1000)).toMatchObject({ status: 'stopped' });
  });
});
