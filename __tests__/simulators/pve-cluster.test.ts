import { startPve } from '../../simulators/pve';
import { Client, startSite, vmRequest } from './client';

const CEPH = { id: 'ceph', type: 'rbd' as const };
const VERSIONS = ['8.4.10', '9.2.6'] as const;

/** A VM with four volumes on shared storage. */
const onCeph = (vmid: number) =>
  vmRequest(vmid, {
    efidisk0: 'file=ceph:1,efitype=4m',
    scsi0: 'file=ceph:10',
    scsi1: 'file=ceph:10',
    ide2: 'file=ceph:cloudinit',
  });

describe.each(VERSIONS)('the lock of a shared storage in %s', (version) => {
  const start = (storageLock = { timeoutMs: 2000, pollMs: 40 }) =>
    startSite({ version, storageLock, nodes: [{ name: 'pve1', storages: [{ ...CEPH, allocateMs: 20 }] }] });

  const createAtOnce = (api: Client, count: number): Promise<string[]> =>
    Promise.all(
      Array.from({ length: count }, (_, index) => api.task('POST', '/nodes/pve1/qemu', onCeph(100 + index))),
    );

  it('is given to a few VMs at once', async () => {
    const api = await start();
    expect(await createAtOnce(api, 4)).toEqual(['OK', 'OK', 'OK', 'OK']);
  });

  it('is not given to many, and leaves nothing of those that do not get it', async () => {
    const api = await start({ timeoutMs: 100, pollMs: 20 });
    const results = await createAtOnce(api, 20);
    const failed = results.filter((result) => result !== 'OK');
    expect(failed.length).toBeGreaterThan(0);
    expect(new Set(failed.map((text) => text.replace(/\d+/, 'N')))).toEqual(
      new Set(["unable to create VM N - cfs-lock 'storage-ceph' error: got lock request timeout"]),
    );
    const made = results.length - failed.length;
    expect(api.site.state.vms.size).toBe(made);
    expect(api.site.state.volumes()).toHaveLength(made * 4);
  });

  const FULL_HANDS = 60_000;

  /** Two nodes; the first one makes a volume on a storage, and does not come to an end. */
  async function startBusy(storage: string): Promise<Client> {
    const storages = [CEPH, { id: 'local-lvm', type: 'lvmthin' as const }];
    const nodes = ['a', 'b'].map((name) => ({ name, storages }));
    const api = await startSite({ name: 'dc', version, nodes, storageLock: { timeoutMs: 60, pollMs: 20 } });
    await api.task('POST', '/nodes/b/qemu', { vmid: 200 });
    const busy = api.site.state.storage('a', storage);
    busy.allocateMs = FULL_HANDS;
    await api.post('/nodes/a/qemu', { vmid: 100, scsi0: `file=${storage}:1` });
    busy.allocateMs = 0;
    return api;
  }

  it('is one for all nodes, and for changes of VMs too', async () => {
    const api = await startBusy('ceph');
    const text = "cfs-lock 'storage-ceph' error: got lock request timeout";
    expect(await api.task('POST', '/nodes/b/qemu', { vmid: 101, scsi0: 'file=ceph:1' })).toBe(
      `unable to create VM 101 - ${text}`,
    );
    expect(await api.put('/nodes/b/qemu/200/config', { scsi0: 'file=ceph:1' })).toMatchObject({
      status: 500,
      reason: text,
    });
    expect(await api.put('/nodes/b/qemu/200/config', { cores: 2 })).toMatchObject({ status: 200 });
  });

  it('of a local storage is one per node, and times out with a text of its own', async () => {
    const api = await startBusy('local-lvm');
    const make = (node: string, vmid: number) =>
      api.task('POST', `/nodes/${node}/qemu`, { vmid, scsi0: 'file=local-lvm:1' });
    expect(await make('a', 101)).toBe(
      "unable to create VM 101 - can't lock file '/var/lock/pve-manager/pve-storage-local-lvm' - got timeout",
    );
    expect(await make('b', 102)).toBe('OK');
  });
});

describe.each(VERSIONS)('a node that is off in %s', (version) => {
  const nodes = ['a', 'b', 'c'].map((name) => ({ name, storages: [CEPH, { id: 'local' }] }));

  it('answers 595, is told as offline by the others, and its guests are unknown', async () => {
    const api = await startSite({ name: 'dc', version, nodes });
    const { site } = api;
    await api.task('POST', '/nodes/b/qemu', { vmid: 100, name: 'one', tags: 'talos', scsi0: 'file=ceph:1' });
    await api.task('POST', '/nodes/b/qemu/100/status/start');
    const stopped: number[] = [];
    site.state.power.on('change', ({ vm, to }) => {
      if (to === 'stopped') stopped.push(vm.vmid);
    });
    await site.nodeDown('b');
    expect(stopped).toEqual([100]);

    for (const path of ['/nodes/b/qemu', '/nodes/b/qemu/100/config', '/nodes/b/storage/ceph/content']) {
      expect(await api.get(path)).toMatchObject({ status: 595, reason: 'No route to host' });
    }
    expect(await api.get('/nodes')).toMatchObject({
      data: [{ node: 'a', status: 'online' }, { node: 'b', status: 'offline' }, { node: 'c' }],
    });
    const { data: vms } = await api.get<object[]>('/cluster/resources', { type: 'vm' });
    expect(vms).toMatchObject([{ id: 'qemu/100', node: 'b', status: 'unknown', tags: 'talos' }]);
    expect(vms[0]).not.toHaveProperty('name');
    const { data: all } = await api.get<{ id: string; status: string }[]>('/cluster/resources');
    expect(all.filter(({ status }) => status === 'offline').map(({ id }) => id)).toEqual(['node/b']);
    expect(all.filter(({ status }) => status === 'unknown').map(({ id }) => id)).toEqual([
      ...['qemu/100', 'storage/b/ceph', 'storage/b/local'],
    ]);
    expect(await api.get('/cluster/status')).toMatchObject({
      data: [{ quorate: 1 }, { name: 'a', online: 1 }, { name: 'b', online: 0 }, { name: 'c' }],
    });
    // Two of three go on.
    expect(await api.task('POST', '/nodes/a/qemu', { vmid: 101 })).toBe('OK');

    await site.nodeUp('b');
    expect(await api.get('/nodes/b/qemu/100/status/current')).toMatchObject({
      data: { name: 'one', status: 'stopped' },
    });
  });

  it('cannot be asked itself', async () => {
    const pve = await startPve({ sites: [{ name: 'dc', version, nodes }], strict: false });
    const site = pve.site('dc');
    await site.nodeDown('b');
    const api = new Client(pve, { ...site, endpoint: site.endpoints['b'] ?? '' });
    await expect(api.get('/version')).rejects.toThrow('ECONNREFUSED');
    await pve.close();
  });

  it('leaves one of two that can be read only', async () => {
    const api = await startSite({ name: 'dc', version, nodes: nodes.slice(0, 2) });
    await api.task('POST', '/nodes/a/qemu', { vmid: 100 });
    await api.task('POST', '/nodes/a/qemu/100/status/start');
    await api.site.nodeDown('b');
    const refusal = { status: 500, reason: 'cluster not ready - no quorum?' };
    expect(await api.post('/nodes/a/qemu', { vmid: 101 })).toMatchObject(refusal);
    expect(await api.put('/nodes/a/qemu/100/config', { cores: 2 })).toMatchObject(refusal);
    expect(await api.get('/nodes/a/qemu/100/config')).toMatchObject({ status: 200 });
    expect(await api.get('/cluster/status')).toMatchObject({ data: [{ quorate: 0 }, {}, {}] });
    expect(await api.task('POST', '/nodes/a/qemu/100/status/stop')).toBe('OK');
  });

  it('can be off from the start', async () => {
    const api = await startSite({
      name: 'dc',
      version,
      nodes: nodes.map((node) => ({ ...node, offline: node.name === 'c' })),
    });
    expect(await api.get('/nodes/c/qemu')).toMatchObject({ status: 595 });
  });
});
