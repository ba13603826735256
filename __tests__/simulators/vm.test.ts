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
          { id: 'local-lvm', type: 'lvmthin', sizeGib: 10_000 },
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

describe('create', () => {
  it('stores normal forms', async () => {
    const { config, status } = await create();
    expect(status).toBe('stopped');
    expect(config).toMatchObject({
      efidisk0: `local-lvm:vm-${vmid}-disk-0,efitype=4m,pre-enrolled-keys=0,size=4M`,
      scsi0: `local-lvm:vm-${vmid}-disk-1,aio=io_uring,iothread=1,size=50G,ssd=1`,
      ide2: 'none,media=cdrom',
      net0: 'virtio=BC:24:11:00:00:01,bridge=vmbr0,firewall=0',
      boot: 'order=scsi0;ide2',
      tags: 'talos;b',
      cores: 4,
      memory: '8192',
    });
    expect(config['smbios1']).toMatch(/^uuid=[0-9a-f-]{36}$/);
    expect(config['vmgenid']).toMatch(/^[0-9a-f-]{36}$/);
    expect(config['meta']).toMatch(/^creation-qemu=10\.1\.2,ctime=\d+$/);
  });

  it('answers numbers where Proxmox answers numbers', async () => {
    await create({ onboot: 1, protection: 0 });
    const { data } = await api.get(`${QEMU}/${vmid}/config`);
    expect(data).toMatchObject({ cores: 4, onboot: 1, protection: 0, memory: '8192' });
    expect(data).toHaveProperty('digest');
  });

  it('names volumes by the kind of storage, at the lowest free number', async () => {
    const { config } = await create({
      scsi1: 'file=slow:10,format=qcow2',
      scsi2: 'file=fast:1,format=raw',
      scsi3: 'file=slow:1',
      tpmstate0: 'file=fast:1,version=v2.0',
      ide0: 'file=local-lvm:cloudinit,',
    });
    expect(config).toMatchObject({
      ide0: `local-lvm:vm-${vmid}-cloudinit,media=cdrom,size=4M`,
      scsi1: `slow:${vmid}/vm-${vmid}-disk-0.qcow2,size=10G`,
      scsi2: `fast:vm-${vmid}-disk-0,size=1G`,
      scsi3: `slow:${vmid}/vm-${vmid}-disk-1.raw,size=1G`,
      tpmstate0: `fast:vm-${vmid}-disk-1,size=4M,version=v2.0`,
    });
  });

  it.each([
    ['local-lvm', '4m', '4M'],
    ['local-lvm', '2m', '128K'],
    ['slow', '4m', '528K'],
  ])('makes an efidisk on %s of type %s with %s', async (storage, type, size) => {
    const { config } = await create({ efidisk0: `file=${storage}:1,efitype=${type}` });
    expect(config['efidisk0']).toMatch(new RegExp(`,size=${size}$`));
  });

  it('imports with the size of the image', async () => {
    const { config } = await create({
      scsi0: 'file=local-lvm:0,import-from=slow:import/talos.qcow2,size=21474836480',
    });
    expect(config['scsi0']).toBe(`local-lvm:vm-${vmid}-disk-1,size=10G`);
  });

  it('boots what is not told otherwise from its first disk, CD drive and NIC', async () => {
    const { boot: _boot, ...rest } = vmRequest(vmid, {
      ide0: 'file=none,media=cdrom',
      virtio0: 'file=fast:1',
    });
    expect(await api.task('POST', QEMU, rest)).toBe('OK');
    expect(vm().config['boot']).toBe('order=scsi0;ide0;net0');
    await api.task('POST', QEMU, { vmid: vmid + 5000 });
    expect(vm(vmid + 5000).config).not.toHaveProperty('boot');
  });

  it('adds a CD drive to the boot order, unless the order is told', async () => {
    await create({ boot: 'order=scsi0' });
    await put({ sata0: 'file=none,media=cdrom' });
    expect(vm().config['boot']).toBe('order=scsi0;sata0');
    await put({ sata1: 'file=none,media=cdrom', boot: 'order=scsi0' });
    expect(vm().config['boot']).toBe('order=scsi0');
  });

  it('takes a disk of nothing, with which the VM does not start', async () => {
    const { config } = await create({ scsi0: 'none', boot: 'order=ide2' });
    expect(config['scsi0']).toBe('none');
    expect(await api.task('POST', `${QEMU}/${vmid}/status/start`)).toBe("unable to parse volume ID 'none'");
  });

  it('takes an ISO for a CD drive only', async () => {
    expect(await api.post(QEMU, { vmid, ide0: 'local:iso/talos.iso' })).toMatchObject({
      status: 400,
      errors: { ide0: "explicit 'media=cdrom' is required for iso images" },
    });
  });

  it('refuses an id that is taken, on whatever node', async () => {
    await create();
    const { status, reason } = await api.post('/nodes/pve2/qemu', { vmid });
    expect({ status, reason }).toEqual({
      status: 500,
      reason: `unable to create VM ${vmid} - VM ${vmid} already exists on node 'pve1'`,
    });
  });

  it.each([
    [{ scsi0: 'file=local-lvm:1,format=qcow2' }, "unsupported format 'qcow2' at local-lvm"],
    [{ ide2: 'file=local:iso/none.iso,media=cdrom' }, "volume 'local:iso/none.iso' does not exist"],
    [{ boot: 'order=scsi9' }, "invalid bootorder: device 'scsi9' does not exist'"],
  ])('%p fails as a task, and leaves nothing', async (changes, text) => {
    expect(await api.task('POST', QEMU, vmRequest(vmid, changes as Sent))).toBe(
      `unable to create VM ${vmid} - ${text}`,
    );
    expect(api.site.state.vms.has(vmid)).toBe(false);
    expect(volids()).toEqual([]);
  });

  it('knows before the task that a storage does not exist', async () => {
    const sent = vmRequest(vmid, { scsi0: 'file=nope:10' });
    expect(await api.post(QEMU, sent)).toMatchObject({
      status: 500,
      reason: "storage 'nope' does not exist",
    });
    expect(api.site.state.vms.has(vmid)).toBe(false);
    expect(await api.post(QEMU, vmRequest(vmid, { scsi0: 'file=local:10' }))).toMatchObject({
      status: 400,
      errors: { storage: "storage 'local' does not support vm images" },
    });
    expect(await api.post(QEMU, vmRequest(vmid, { pool: 'nope' }))).toMatchObject({
      status: 403,
      reason: "Permission check failed (pool 'nope' does not exist)",
    });
  });

  it('puts the VM into its pool, which is no key of its configuration', async () => {
    await api.post('/pools', { poolid: `p${vmid}` });
    const { config } = await create({ pool: `p${vmid}` });
    expect(config).not.toHaveProperty('pool');
    expect(await api.get('/pools', { poolid: `p${vmid}` })).toMatchObject({
      data: [{ poolid: `p${vmid}`, members: [{ id: `qemu/${vmid}`, vmid, node: 'pve1', type: 'qemu' }] }],
    });
  });
});

describe('update', () => {
  it('keeps a volume, takes its options and its size', async () => {
    const { config } = await create();
    const volume = String(config['scsi0']).split(',')[0] ?? '';
    expect(await put({ scsi0: `file=${volume},ssd=0,discard=on` })).toMatchObject({
      status: 200,
      data: null,
    });
    expect(vm().config['scsi0']).toBe(`${volume},discard=on,size=50G,ssd=0`);
  });

  it('detaches disks to unused, and drops cdroms and cloud-init drives', async () => {
    const { config } = await create({ ide0: 'file=local-lvm:cloudinit,' });
    const volume = String(config['scsi0']).split(',')[0] ?? '';
    await put({ delete: 'scsi0,ide2,ide0,scsi9' });
    expect(vm().config).toMatchObject({ unused0: volume });
    expect(vm().config).not.toHaveProperty('boot');
    expect(Object.keys(vm().config)).not.toEqual(expect.arrayContaining(['ide2']));
    expect(volids()).not.toContain(`local-lvm:vm-${vmid}-cloudinit`);

    await put({ scsi3: `file=${volume}` });
    expect(vm().config).toMatchObject({ scsi3: `${volume},size=50G` });
    expect(vm().config).not.toHaveProperty('unused0');

    await put({ delete: 'scsi3' });
    await put({ delete: 'unused0' });
    expect(volids()).not.toContain(volume);
  });

  it('changes nothing if it is refused', async () => {
    const { config } = await create();
    const before = volids();
    const answer = await put({
      scsi5: 'file=local-lvm:5',
      scsi6: 'file=local-lvm:vm-9-disk-0',
      delete: 'ide2',
    });
    expect(answer).toMatchObject({ status: 500, reason: "volume 'local-lvm:vm-9-disk-0' does not exist" });
    expect(vm().config).toEqual(config);
    expect(volids()).toEqual(before);
  });

  it.each<[Sent, string, string]>([
    [{ scsi31: 'file=local-lvm:1' }, 'scsi31', 'property is not defined in schema'],
    [{ tags: 'a;-b' }, 'tags', 'invalid characters in tag'],
    [
      { net0: 'model=virtio,macaddr=BD:24:11:00:00:01' },
      'net0',
      'does not look like a valid unicast MAC address',
    ],
    [{ name: 'talos_cp_1' }, 'name', 'value does not look like a valid DNS name'],
  ])('%p is refused', async (sent, key, text) => {
    await create();
    const { status, reason, errors } = await put(sent);
    expect({ status, reason }).toEqual({ status: 400, reason: 'Parameter verification failed.' });
    expect(errors?.[key]).toContain(text);
  });

  it('refuses a boot order with a device that is not there', async () => {
    await create();
    expect(await put({ boot: 'order=scsi0;scsi5' })).toMatchObject({
      reason: "invalid bootorder: device 'scsi5' does not exist'",
    });
  });

  it('drops empty tags and descriptions', async () => {
    await create({ description: 'x' });
    await put({ tags: '', description: '' });
    expect(vm().config).not.toHaveProperty('tags');
    expect(vm().config).not.toHaveProperty('description');
  });

  it('refuses a digest that is not the current one', async () => {
    await create();
    expect(await put({ cores: 2, digest: 'a'.repeat(40) })).toMatchObject({
      reason: 'detected modified configuration - file changed by other user? Try again.',
    });
  });

  it('waits for a restart with what is not hot-pluggable', async () => {
    await create();
    await api.task('POST', `${QEMU}/${vmid}/status/start`);
    await put({ cores: 8, name: 'other' });
    expect(await api.get(`${QEMU}/${vmid}/config`)).toMatchObject({ data: { cores: 8, name: 'other' } });
    expect(await api.get(`${QEMU}/${vmid}/config`, { current: 1 })).toMatchObject({
      data: { cores: 4, name: 'other' },
    });
    const { data } = await api.get<{ key: string }[]>(`${QEMU}/${vmid}/pending`);
    expect(data.find(({ key }) => key === 'cores')).toEqual({ key: 'cores', value: 4, pending: 8 });
  });

  it('works as a task too', async () => {
    await create();
    expect(await api.task('POST', `${QEMU}/${vmid}/config`, { cores: 2 })).toBe('OK');
    expect(vm().config['cores']).toBe(2);
  });
});
