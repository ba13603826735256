import { addVolume } from '../../simulators/pve';
import { startSite, authorization, vmRequest, type Client } from './client';

const VERSIONS = ['8.4.10', '9.1.1', '9.2.6'] as const;

const STORAGES = [
  { id: 'local', volumes: [{ name: 'iso/talos.iso', size: 100 }] },
  { id: 'local-lvm', type: 'lvmthin' as const },
];

/** A server, and a token that has only what is said by path. */
async function start(version: string, acl: Readonly<Record<string, readonly string[]>>): Promise<Client[]> {
  const api = await startSite({
    version,
    nodes: [{ name: 'pve1', storages: STORAGES }],
    pools: ['team'],
    tokens: [{ id: 'terraform@pve!test' }, { id: 'weak@pve!test', privileges: [], acl }],
  });
  return [api, api.as({ authorization: authorization('weak@pve!test') })];
}

const CONTENT = '/nodes/pve1/storage/local-lvm/content';

describe.each(VERSIONS)('Proxmox VE %s', (version) => {
  it('lists volumes of a VM to those who may change its disks, and to nobody who only audits', async () => {
    const [api, auditor] = (await start(version, { '/': ['VM.Audit', 'Datastore.Audit'] })) as [
      Client,
      Client,
    ];
    await api.task('POST', '/nodes/pve1/qemu', vmRequest(100));
    const volid = 'local-lvm:vm-100-disk-0';
    expect((await api.get<unknown[]>(CONTENT)).data).toHaveLength(2);
    expect(await auditor.get(CONTENT)).toMatchObject({ status: 200, data: [] });
    expect(await auditor.get(`${CONTENT}/${volid}`)).toMatchObject({
      status: 403,
      reason: 'Permission check failed (/vms/100, VM.Config.Disk)',
    });
    // Files are shown with the storage.
    const files = await auditor.get<{ volid: string }[]>('/nodes/pve1/storage/local/content');
    expect(files.data).toMatchObject([{ volid: 'local:iso/talos.iso' }]);

    const weak = api.site.state.accounts.get('weak@pve!test');
    if (weak) weak.acl = { '/': ['VM.Audit', 'Datastore.Audit', 'VM.Config.Disk'] };
    expect((await auditor.get<unknown[]>(CONTENT)).data).toHaveLength(2);
    expect(await auditor.get(`${CONTENT}/${volid}`)).toMatchObject({ status: 200, data: { format: 'raw' } });
    if (weak) weak.acl = { '/': [], '/storage/local-lvm': ['Datastore.Allocate', 'Datastore.Audit'] };
    expect((await auditor.get<unknown[]>(CONTENT)).data).toHaveLength(2);
  });

  it('lets an image go with Datastore.Allocate on its storage only', async () => {
    const role = ['Datastore.AllocateTemplate', 'Datastore.AllocateSpace', 'Datastore.Audit'];
    const [api, weak] = (await start(version, { '/': [...role, 'Sys.Audit', 'Sys.Modify'] })) as [
      Client,
      Client,
    ];
    const path = '/nodes/pve1/storage/local/content/iso/talos.iso';
    expect(await weak.delete(path)).toMatchObject({
      status: 403,
      reason: 'Permission check failed (/storage/local, Datastore.Allocate)',
    });
    expect(api.site.state.volume('pve1', 'local:iso/talos.iso')).toBeDefined();
    const account = api.site.state.accounts.get('weak@pve!test');
    if (account) account.acl['/storage/local'] = ['Datastore.Allocate'];
    expect(await weak.task('DELETE', path)).toBe('OK');
  });

  it('takes a VM with a volume of another one from those who may change that too', async () => {
    const rights = ['VM.Allocate', 'VM.Audit', 'Datastore.Audit', 'Datastore.AllocateSpace', 'SDN.Use'];
    const config = ['Options', 'CPU', 'Memory', 'HWType', 'Network', 'CDROM', 'Cloudinit'];
    const acl = { '/': [...rights, ...config.map((name) => `VM.Config.${name}`)] };
    const [api, weak] = (await start(version, acl)) as [Client, Client];
    addVolume(api.site.state.storage('pve1', 'local-lvm'), { name: 'vm-900-disk-0', size: 1024 ** 3 });
    const sent = vmRequest(101, { scsi1: 'file=local-lvm:vm-900-disk-0' });
    expect(await weak.post('/nodes/pve1/qemu', sent)).toMatchObject({
      reason: 'Permission check failed (/vms/900, VM.Config.Disk)',
    });
    // A new VM needs the right to allocate, not the one to change disks.
    const { boot: _boot, ...rest } = vmRequest(101);
    expect(await weak.task('POST', '/nodes/pve1/qemu', rest)).toBe('OK');
    expect(await weak.put('/nodes/pve1/qemu/101/config', { scsi1: 'file=local-lvm:1' })).toMatchObject({
      reason: 'Permission check failed (/vms/101, VM.Config.Disk)',
    });
  });

  it('tells a token with a pool only what it is refused', async () => {
    const VM = ['VM.Allocate', 'VM.Audit', 'VM.PowerMgmt'].concat(
      ['Disk', 'CDROM', 'CPU', 'Memory', 'Network', 'HWType', 'Options'].map((name) => `VM.Config.${name}`),
    );
    const [api, weak] = (await start(version, {
      '/pool/team': VM,
      '/storage': ['Datastore.AllocateSpace', 'Datastore.Audit'],
      '/sdn': ['SDN.Use'],
    })) as [Client, Client];
    const isSince92 = version.startsWith('9.2');
    expect(await weak.task('POST', '/nodes/pve1/qemu', vmRequest(100, { pool: 'team' }))).toBe(
      isSince92 ? 'unable to create VM 100 - Permission check failed (/vms/100, VM.Config.Options)' : 'OK',
    );
    expect(api.site.state.vms.has(100)).toBe(!isSince92);
    expect(api.site.state.volumes(100)).toHaveLength(isSince92 ? 0 : 2);
    const { tags: _tags, ...untagged } = vmRequest(200, { pool: 'team' });
    expect(await weak.task('POST', '/nodes/pve1/qemu', untagged)).toBe('OK');
    // In its pool it may be tagged.
    expect(await weak.put('/nodes/pve1/qemu/200/config', { tags: 'x' })).toMatchObject({ status: 200 });
    const startup = vmRequest(300, { pool: 'team', startup: 'order=1' });
    expect(await weak.post('/nodes/pve1/qemu', startup)).toMatchObject({
      status: 403,
      reason: 'Permission check failed (/, Sys.Modify)',
    });
  });
});

it('a storage in a pool has the privileges of the pool', async () => {
  const [api, weak] = (await start('9.1.1', { '/pool/team': ['Datastore.Audit'] })) as [Client, Client];
  expect(await weak.get('/nodes/pve1/storage/local/content')).toMatchObject({ status: 403 });
  await api.put('/pools', { poolid: 'team', storage: 'local' });
  expect(await weak.get('/nodes/pve1/storage/local/content')).toMatchObject({ status: 200 });
});
