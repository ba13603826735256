import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { addVolume } from '../../simulators/pve';
import { startSite, type Client } from './client';

let api: Client;

beforeAll(async () => {
  api = await startSite({
    agent: 'up',
    nodes: [
      {
        name: 'pve1',
        storages: [
          { id: 'local', content: ['iso', 'vztmpl', 'backup', 'snippets', 'import'] },
          { id: 'local-lvm', type: 'lvmthin' },
          { id: 'isos', content: ['iso'] },
          { id: 'nfs', type: 'nfs' },
          { id: 'off', type: 'nfs', active: false },
          { id: 'out', enabled: false },
        ],
        pci: [{ path: '0000:01:00.0', id: '10de:2204', subsystemId: '10de:1454', iommuGroup: 14 }],
      },
      { name: 'pve2', storages: [{ id: 'local' }, { id: 'nfs', type: 'nfs' }] },
    ],
    web: {
      files: {
        'https://example.com/gone.iso': { status: 404 },
        'https://example.com/small.iso': { size: 7, checksums: { sha256: 'AB12' } },
      },
    },
  });
});

describe('storages', () => {
  it('have a status, and a list by content', async () => {
    expect(await api.get('/nodes/pve1/storage/local/status')).toMatchObject({
      data: { type: 'dir', active: 1, enabled: 1, shared: 0, content: 'iso,vztmpl,backup,snippets,import' },
    });
    const { data } = await api.get<{ storage: string }[]>('/nodes/pve1/storage', { content: 'images' });
    expect(data.map(({ storage }) => storage)).toEqual(['local-lvm', 'nfs', 'off', 'out']);
    expect(await api.get('/storage/nope')).toMatchObject({ reason: "storage 'nope' does not exist" });
    expect(await api.get('/nodes/pve2/storage/isos/status')).toMatchObject({
      reason: "storage 'isos' is not available on node 'pve2'",
    });
  });

  it('are shared by nodes, or not', () => {
    const { state } = api.site;
    expect(state.storage('pve1', 'nfs')).toBe(state.storage('pve2', 'nfs'));
    expect(state.storage('pve1', 'local')).not.toBe(state.storage('pve2', 'local'));
  });

  it('list contents by type', async () => {
    addVolume(api.site.state.storage('pve1', 'local'), { name: 'iso/listed.iso', size: 9 });
    expect(await api.get('/nodes/pve1/storage/local/content', { content: 'iso' })).toMatchObject({
      data: [{ volid: 'local:iso/listed.iso', content: 'iso', format: 'iso', size: 9 }],
    });
    expect(await api.get('/nodes/pve1/storage/local/content', { content: 'backup' })).toMatchObject({
      data: [],
    });
  });
});

it('local holds what the installer leaves', async () => {
  const fresh = await startSite();
  expect(await fresh.get('/nodes/pve1/storage/local/status')).toMatchObject({
    data: { content: 'iso,vztmpl,backup' },
  });
});

describe.each(['9.1.1', '9.2.6'])('LVM with snapshots as a chain of volumes in %s', (version) => {
  it('takes qcow2, whose size is known while it is in use', async () => {
    const storages = [{ id: 'san', type: 'lvm' as const, snapshotAsVolumeChain: true, shared: true }];
    const lvm = await startSite({ version, nodes: [{ name: 'pve1', storages }] });
    const sent = { vmid: 100, scsi0: 'file=san:2', scsi1: 'file=san:1,format=raw' };
    expect(await lvm.task('POST', '/nodes/pve1/qemu', sent)).toBe('OK');
    expect(lvm.site.state.vms.get(100)?.config).toMatchObject({
      scsi0: 'san:vm-100-disk-0.qcow2,size=2G',
      scsi1: 'san:vm-100-disk-1,size=1G',
    });
    const path = '/nodes/pve1/storage/san/content';
    const sizes = async (): Promise<unknown> =>
      (await lvm.get<Record<string, unknown>[]>(path)).data.map(({ size, 'approximate-size': estimate }) => [
        size,
        estimate,
      ]);
    const estimate = version.startsWith('9.2') ? 2 * 1024 ** 3 : undefined;
    expect(await sizes()).toEqual([
      [undefined, estimate],
      [1024 ** 3, undefined],
    ]);
    expect(await lvm.get(`${path}/san:vm-100-disk-0.qcow2`)).toMatchObject({ status: 500 });
    await lvm.task('POST', '/nodes/pve1/qemu/100/status/start');
    expect(await sizes()).toEqual([
      [2 * 1024 ** 3, undefined],
      [1024 ** 3, undefined],
    ]);
  });
});

describe('a full storage', () => {
  const GIB = 1024 ** 3;

  it.each([
    [
      'lvmthin',
      "lvcreate 'pve/vm-100-disk-1' error:   Cannot create new thin volume, free space in thin pool pve/data reached threshold.",
    ],
    [
      'lvm',
      `lvcreate 'pve/vm-100-disk-1' error:   Volume group "pve" has insufficient free space (1279 extents): 1536 required.`,
    ],
    ['zfspool', "zfs error: cannot create 'rpool/data/vm-100-disk-1': out of space"],
    ['rbd', "rbd create 'vm-100-disk-1' error: rbd: create error: (28) No space left on device"],
    ['dir', "unable to create image: '100/vm-100-disk-1.raw': No space left on device"],
  ] as const)('%s: takes no disk that is too big, and one that fits', async (type, text) => {
    const full = await startSite({
      nodes: [{ name: 'pve1', storages: [{ id: 'local-lvm', type, sizeGib: 10 }] }],
    });
    const sent = { vmid: 100, efidisk0: 'file=local-lvm:1,efitype=4m', scsi0: 'file=local-lvm:5' };
    expect(await full.task('POST', '/nodes/pve1/qemu', { ...sent, scsi0: 'file=local-lvm:11' })).toContain(
      'unable to create VM 100 - ',
    );
    expect(full.site.state.volumes()).toEqual([]);
    expect(await full.task('POST', '/nodes/pve1/qemu', sent)).toBe('OK');
    const { data } = await full.get<{ avail: number }>('/nodes/pve1/storage/local-lvm/status');
    expect(Math.ceil(data.avail / GIB)).toBe(5);
    expect(await full.task('PUT', '/nodes/pve1/qemu/100/resize', { disk: 'scsi0', size: '+6G' })).toBe(text);
    expect(await full.task('PUT', '/nodes/pve1/qemu/100/resize', { disk: 'scsi0', size: '+4G' })).toBe('OK');
  });

  it('takes no file', async () => {
    const full = await startSite({ nodes: [{ name: 'pve1', storages: [{ id: 'local', sizeGib: 0 }] }] });
    const sent = { content: 'iso', filename: 'x.iso', url: 'https://example.com/x.iso' };
    expect(await full.task('POST', '/nodes/pve1/storage/local/download-url', sent)).toBe(
      "'local:iso/x.iso': No space left on device",
    );
  });
});

describe('downloads', () => {
  const url = 'https://example.com/small.iso';
  const download = (sent: Record<string, string>, storage = 'local') =>
    api.call<string>('POST', `/nodes/pve1/storage/${storage}/download-url`, {
      content: 'iso',
      filename: 'small.iso',
      url,
      ...sent,
    });
  const outcome = async (sent: Record<string, string>, storage?: string): Promise<string> =>
    (await download(sent, storage)).reason;

  /** Downloads with a checksum are async even with tasks that take no time. */
  const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

  it('make a file of the size of what is downloaded, once', async () => {
    expect(await api.get('/nodes/pve1/query-url-metadata', { url })).toMatchObject({
      data: { filename: 'small.iso', size: 7 },
    });
    await download({});
    await settled();
    expect(api.site.state.volume('pve1', 'local:iso/small.iso').volume).toMatchObject({ size: 7 });
    expect(await outcome({})).toBe("refusing to override existing file 'small.iso'");
  });

  it.each([
    [{ url: 'https://example.com/gone.iso', filename: 'gone.iso' }, 'download failed: HTTP 404'],
    [
      { filename: 'sum.iso', checksum: 'cd', 'checksum-algorithm': 'sha256' },
      "checksum mismatch: got 'AB12' != expect 'cd'",
    ],
    [{ filename: 'right.iso', checksum: 'ab12', 'checksum-algorithm': 'sha256' }, 'OK'],
  ])('%p', async (sent, text) => {
    const { data } = await download(sent);
    await settled();
    expect(api.site.state.tasks.get(data)?.exitstatus).toBe(text);
  });

  it('go only where the storage takes the content, under a name that fits', async () => {
    expect(await outcome({ content: 'import', filename: 'x.qcow2' }, 'isos')).toBe(
      "storage 'isos' is not configured for content-type 'import'",
    );
    expect(await download({ filename: 'x.qcow2' })).toMatchObject({
      errors: { filename: 'wrong file extension' },
    });
  });

  it('are named with what a file name may hold', async () => {
    await download({ filename: 'talos+a b=1.iso' });
    await settled();
    expect(api.site.state.storage('pve1', 'local').volumes.has('local:iso/talos_a_b_1.iso')).toBe(true);
  });

  it.each(['x.ovf', 'x.QCOW2', 'x.img'])('for import take no %s', async (filename) => {
    expect(await download({ content: 'import', filename })).toMatchObject({
      errors: { filename: 'invalid filename or wrong extension' },
    });
  });

  it('go to storages that are there and hold files', async () => {
    expect(await outcome({}, 'off')).toBe("storage 'off' is not online");
    expect(await outcome({}, 'out')).toBe("storage 'out' is disabled");
    expect(await outcome({}, 'local-lvm')).toBe(
      "can't upload to storage type 'lvmthin', not a file based storage!",
    );
    expect(await api.get('/nodes/pve1/storage/off/content')).toMatchObject({
      reason: "storage 'off' is not online",
    });
  });

  describe('from loopback', () => {
    let server: Server;
    let local: string;

    beforeAll(async () => {
      server = createServer((_, response) => response.setHeader('content-length', 5).end('hello'));
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      local = `http://127.0.0.1:${(server.address() as AddressInfo).port}/x.iso`;
    });

    afterAll(() => server.close());

    it('are real', async () => {
      expect(await api.get('/nodes/pve1/query-url-metadata', { url: local })).toMatchObject({
        data: { size: 5 },
      });
      const sha256 = '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824';
      const sent = { url: local, filename: 'real.iso', checksum: sha256, 'checksum-algorithm': 'sha256' };
      expect(
        await api.task('POST', '/nodes/pve1/storage/local/download-url', { content: 'iso', ...sent }),
      ).toBe('OK');
      expect(api.site.state.volume('pve1', 'local:iso/real.iso').volume.size).toBe(5);
    });
  });
});

it('uploads arrive as multipart', async () => {
  const lines = (name: string, head: string, value: string) =>
    `--xyz\r\nContent-Disposition: form-data; name="${name}"${head}\r\n\r\n${value}\r\n`;
  const body = `${lines('content', '', 'iso')}${lines('filename', '; filename="up.iso"', 'bytes')}--xyz--\r\n`;
  const url = `${api.site.endpoint}api2/json/nodes/pve1/storage/local/upload`;
  const { data } = await api.send<string>(
    'POST',
    url,
    Buffer.from(body),
    'multipart/form-data; boundary=xyz',
  );
  expect(api.site.state.tasks.get(data)).toMatchObject({ type: 'imgcopy', exitstatus: 'OK' });
  expect(api.site.state.volume('pve1', 'local:iso/up.iso').volume.size).toBe(5);
});
