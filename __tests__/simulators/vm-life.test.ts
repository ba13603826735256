import { setTimeout as sleep } from 'node:timers/promises';
import type { Vm } from '../../simulators/pve';
import { startSite, vmRequest, type Client, type Sent } from './client';

const QEMU = '/nodes/pve1/qemu';

let api: Client;
let vmid = 1000;

const start = () =>
  startSite({
    nodes: [
      {
        name: 'pve1',
        storages: [
          {
            id: 'local',
            content: ['iso', 'snippets', 'import'],
            volumes: [{ name: 'iso/talos.iso', size: 100 }],
          },
          { id: 'local-lvm', type: 'lvmthin' },
          { id: 'fast', type: 'zfspool' },
          { id: 'slow', volumes: [{ name: 'import/talos.qcow2', size: 1000, virtualSize: 10737418240 }] },
        ],
      },
      { name: 'pve2' },
    ],
  });

beforeAll(async () => {
  api = await start();
});

beforeEach(() => {
  vmid++;
});

/** A new VM; the answer is its state. */
async function create(changes: Sent = {}): Promise<Vm> {
  expect(await api.task('POST', QEMU, vmRequest(vmid, changes))).toBe('OK');
  return vm();
}

function vm(id = vmid): Vm {
  const found = api.site.state.vms.get(id);
  if (!found) throw new Error(`no VM ${id}`);
  return found;
}

const put = (sent: Sent) => api.put(`${QEMU}/${vmid}/config`, sent);
const volids = (id = vmid): string[] => api.site.state.volumes(id).map(({ volid }) => volid);

describe('disks', () => {
  it('grow, absolutely and relatively, and never shrink', async () => {
    await create();
    const resize = (size: string | number) => api.put(`${QEMU}/${vmid}/resize`, { disk: 'scsi0', size });
    expect(await resize(161061273600)).toMatchObject({ status: 200 });
    expect(vm().config['scsi0']).toContain('size=150G');
    await resize('+10G');
    expect(vm().config['scsi0']).toContain('size=160G');
    expect(await resize('20G')).toMatchObject({ status: 500, reason: 'shrinking disks is not supported' });
    expect(await api.put(`${QEMU}/${vmid}/resize`, { disk: 'scsi7', size: '1G' })).toMatchObject({
      reason: "disk 'scsi7' does not exist",
    });
  });

  it('move with their size and options, and leave a copy or not', async () => {
    await create();
    const move = (sent: Sent) => api.task('POST', `${QEMU}/${vmid}/move_disk`, { disk: 'scsi0', ...sent });
    expect(await move({ storage: 'fast', delete: 1 })).toBe('OK');
    expect(vm().config['scsi0']).toBe(`fast:vm-${vmid}-disk-0,aio=io_uring,iothread=1,size=50G,ssd=1`);
    expect(volids()).not.toContain(`local-lvm:vm-${vmid}-disk-1`);
    expect(await move({ storage: 'slow', format: 'qcow2' })).toBe('OK');
    expect(vm().config).toMatchObject({ unused0: `fast:vm-${vmid}-disk-0` });
    await expect(move({ storage: 'slow' })).rejects.toThrow(
      "you can't move to the same storage with same format",
    );
    expect(await move({ storage: 'local' })).toBe("storage 'local' does not support content-type 'images'");
  });
});

describe('power', () => {
  const power = (verb: string) => api.task('POST', `${QEMU}/${vmid}/status/${verb}`);

  it('starts, reboots, stops', async () => {
    await create();
    expect(await power('start')).toBe('OK');
    expect(await api.get(`${QEMU}/${vmid}/status/current`)).toMatchObject({
      data: { status: 'running', qmpstatus: 'running', vmid, cpus: 4, ha: { managed: 0 } },
    });
    await expect(power('start')).rejects.toThrow(`VM ${vmid} already running`);
    expect(await power('reboot')).toBe('OK');
    expect(await power('shutdown')).toBe('OK');
    expect(await power('stop')).toBe('OK');
    expect(vm().status).toBe('stopped');
  });

  it.each<[Sent, string]>([
    [{ ide3: 'file=none,media=cdrom' }, 'start failed: QEMU exited with code 1'],
    [{ ide1: 'file=none,media=cdrom', machine: 'pc-q35-9.2' }, 'start failed: QEMU exited with code 1'],
    [{ memory: 1048576 }, 'start failed: QEMU exited with code 1'],
    [{ net0: 'virtio,bridge=vmbr9' }, "bridge 'vmbr9' does not exist"],
  ])('%p does not start', async (changes, text) => {
    await create(changes);
    expect(await power('start')).toBe(text);
    expect(vm().status).toBe('stopped');
  });

  it('does not start without its ISO', async () => {
    await create({ ide2: 'file=local:iso/talos.iso,media=cdrom,' });
    const { volumes } = api.site.state.storage('pve1', 'local');
    const iso = volumes.get('local:iso/talos.iso');
    volumes.delete('local:iso/talos.iso');
    expect(await power('start')).toBe("volume 'local:iso/talos.iso' does not exist");
    if (iso) volumes.set(iso.volid, iso);
  });
});

describe('destroy', () => {
  const destroy = () => api.delete(`${QEMU}/${vmid}`, { purge: 1 });

  it('refuses what is protected, running or managed by HA', async () => {
    await create({ protection: 1 });
    expect(await destroy()).toMatchObject({ reason: `can't remove VM ${vmid} - protection mode enabled` });
    await put({ protection: 0 });
    await api.task('POST', `${QEMU}/${vmid}/status/start`);
    expect(await destroy()).toMatchObject({ reason: `VM ${vmid} is running - destroy failed` });
    await api.task('POST', `${QEMU}/${vmid}/status/stop`);
    await api.post('/cluster/ha/resources', { sid: `vm:${vmid}` });
    expect(await api.delete(`${QEMU}/${vmid}`)).toMatchObject({
      reason: `unable to remove VM ${vmid} - used in HA resources and purge parameter not set.`,
    });
    expect(await destroy()).toMatchObject({ status: 200 });
    expect(api.site.state.ha.resources.size).toBe(0);
  });

  it('takes all volumes along, and the membership of a pool', async () => {
    await api.post('/pools', { poolid: `d${vmid}` });
    await create({ pool: `d${vmid}`, scsi1: 'file=fast:1' });
    await put({ delete: 'scsi1' });
    expect(volids()).toHaveLength(3);
    await destroy();
    expect(volids()).toEqual([]);
    expect(api.site.state.pools.get(`d${vmid}`)?.vms.size).toBe(0);
    expect(await api.delete('/pools', { poolid: `d${vmid}` })).toMatchObject({ status: 200 });
  });
});

describe('clone', () => {
  it('copies disks, and gives new addresses and ids', async () => {
    const source = await create();
    const newid = vmid + 5000;
    expect(
      await api.task('POST', `${QEMU}/${vmid}/clone`, { newid, name: 'copy', full: 1, storage: 'fast' }),
    ).toBe('OK');
    const copy = vm(newid);
    expect(copy.config['scsi0']).toBe(`fast:vm-${newid}-disk-1,aio=io_uring,iothread=1,size=50G,ssd=1`);
    for (const key of ['net0', 'smbios1', 'vmgenid']) expect(copy.config[key]).not.toBe(source.config[key]);
    expect(copy.lock).toBeUndefined();
  });

  it('of a template shares its disks, which keeps the template from going', async () => {
    await create();
    expect(await api.task('POST', `${QEMU}/${vmid}/template`)).toBe('OK');
    expect(vm().config).toMatchObject({ template: 1 });
    expect(vm().config['scsi0']).toMatch(new RegExp(`^local-lvm:base-${vmid}-disk-1,`));
    await expect(api.task('POST', `${QEMU}/${vmid}/status/start`)).resolves.toBe(
      "you can't start a vm if it's a template",
    );

    const newid = vmid + 5000;
    expect(await api.task('POST', `${QEMU}/${vmid}/clone`, { newid })).toBe('OK');
    expect(vm(newid).config['scsi0']).toMatch(`local-lvm:base-${vmid}-disk-1/vm-${newid}-disk-`);
    expect(await api.task('DELETE', `${QEMU}/${vmid}`)).toMatch(
      /^base volume '.*' is still in use by linked clones$/,
    );
    expect(await api.task('DELETE', `${QEMU}/${newid}`)).toBe('OK');
    expect(await api.task('DELETE', `${QEMU}/${vmid}`)).toBe('OK');
  });

  it('refuses an id that is taken', async () => {
    await create();
    expect(await api.post(`${QEMU}/${vmid}/clone`, { newid: vmid })).toMatchObject({ status: 500 });
  });
});

describe('tasks and locks', () => {
  let slow: Client;

  beforeAll(async () => {
    slow = await startSite({ taskMs: { qmcreate: 600, qmstop: 100, imgdel: 600 }, lockMs: 20 });
  });

  const ended = async (upid: string): Promise<void> => {
    while (slow.site.state.tasks.get(upid)?.status === 'running') await sleep(10);
  };

  it('change the state when they end', async () => {
    const { data: upid } = await slow.post<string>(QEMU, vmRequest(100));
    const status = () => slow.get(`/nodes/pve1/tasks/${encodeURIComponent(upid)}/status`);
    expect(await status()).toMatchObject({ data: { status: 'running', type: 'qmcreate', id: '100' } });
    expect((await status()).data).not.toHaveProperty('exitstatus');
    expect(await slow.get(`${QEMU}/100/status/current`)).toMatchObject({ data: { lock: 'create' } });
    expect(await slow.put(`${QEMU}/100/config`, { cores: 1 })).toMatchObject({
      status: 500,
      reason: "can't lock file '/var/lock/qemu-server/lock-100.conf' - got timeout",
    });
    await ended(upid);
    expect(await status()).toMatchObject({ data: { status: 'stopped', exitstatus: 'OK' } });
    expect(await slow.get(`/nodes/pve1/tasks/${encodeURIComponent(upid)}/log`)).toMatchObject({
      data: [{ n: 1, t: 'TASK OK' }],
    });
  });

  it('of one VM come one after the other', async () => {
    const first = slow.task('POST', `${QEMU}/100/status/stop`);
    const second = slow.task('POST', `${QEMU}/100/status/start`);
    expect(await Promise.all([first, second])).toEqual(['OK', 'OK']);
    expect(slow.site.state.vms.get(100)?.status).toBe('running');
  });

  it('that fail say why at the end of their log', async () => {
    const { data: upid } = await slow.post<string>(
      QEMU,
      vmRequest(101, { scsi0: 'file=local-lvm:1,format=qcow2' }),
    );
    await ended(upid);
    expect(await slow.get(`/nodes/pve1/tasks/${encodeURIComponent(upid)}/log`)).toMatchObject({
      data: [
        {
          n: 1,
          t: "TASK ERROR: unable to create VM 101 - unsupported format 'qcow2' at local-lvm",
        },
      ],
    });
  });

  it('leave a file where it is until they end', async () => {
    const { volumes } = slow.site.state.storage('pve1', 'local');
    volumes.set('local:iso/a.iso', { volid: 'local:iso/a.iso', content: 'iso', format: 'iso', size: 1 });
    const { data: upid } = await slow.delete<string>('/nodes/pve1/storage/local/content/local:iso%2Fa.iso');
    const again = { content: 'iso', filename: 'a.iso', url: 'https://example.com/a.iso' };
    expect(await slow.post('/nodes/pve1/storage/local/download-url', again)).toMatchObject({
      reason: "refusing to override existing file 'a.iso'",
    });
    await ended(upid);
    expect(volumes.size).toBe(0);
  });
});
