import { startSite, authorization, vmRequest, type Client, type Sent } from './client';

const ALL = [
  ...['Datastore.Allocate', 'Datastore.AllocateSpace', 'Datastore.AllocateTemplate', 'Datastore.Audit'],
  ...['Mapping.Modify', 'Mapping.Use', 'Pool.Allocate', 'Pool.Audit', 'SDN.Use', 'Sys.Audit', 'Sys.Modify'],
  ...['VM.Allocate', 'VM.Audit', 'VM.Clone', 'VM.PowerMgmt', 'VM.GuestAgent.Audit'],
  ...['VM.Config.CDROM', 'VM.Config.CPU', 'VM.Config.Cloudinit', 'VM.Config.Disk', 'VM.Config.HWType'],
  ...['VM.Config.Memory', 'VM.Config.Network', 'VM.Config.Options'],
];

let api: Client;
let weak: Client;

beforeAll(async () => {
  api = await startSite({
    tokens: [{ id: 'terraform@pve!test' }, { id: 'weak@pve!test' }, { id: 'root@pam!token' }],
    users: [{ id: 'root@pam', password: 'not-a-secret' }],
  });
  weak = api.as({ authorization: authorization('weak@pve!test') });
  await api.task('POST', '/nodes/pve1/qemu', vmRequest(100));
  await api.post('/cluster/mapping/pci', { id: 'gpu', map: ['id=10de:2204,node=pve1,path=0000:01:00'] });
});

/** The token has everything but these. */
function without(...missing: string[]): void {
  const account = api.site.state.accounts.get('weak@pve!test');
  if (account) account.acl = { '/': ALL.filter((privilege) => !missing.includes(privilege)) };
}

const put = (sent: Sent) => weak.put('/nodes/pve1/qemu/100/config', sent);
const VM_CREATE = vmRequest(200);

describe('a token without', () => {
  it.each<[string, string, string, string, Sent, string]>([
    ['VM.Allocate', 'VM delete', 'DELETE', '/nodes/pve1/qemu/100', {}, '/vms/100, VM.Allocate'],
    ['VM.Audit', 'VM read', 'GET', '/nodes/pve1/qemu/100/config', {}, '/vms/100, VM.Audit'],
    ['VM.PowerMgmt', 'start', 'POST', '/nodes/pve1/qemu/100/status/start', {}, '/vms/100, VM.PowerMgmt'],
    [
      'Datastore.AllocateSpace',
      'disks',
      'POST',
      '/nodes/pve1/qemu',
      VM_CREATE,
      '/storage/local-lvm, Datastore.AllocateSpace',
    ],
    ['SDN.Use', 'NICs', 'POST', '/nodes/pve1/qemu', VM_CREATE, '/sdn/zones/localnetwork/vmbr0, SDN.Use'],
    ['Pool.Allocate', 'pools', 'POST', '/pools', { poolid: 'p' }, '/pool/p, Pool.Allocate'],
    [
      'Mapping.Modify',
      'mappings',
      'POST',
      '/cluster/mapping/pci',
      { id: 'xy', map: ['id=1:2,node=pve1,path=0000:01:00'] },
      '/mapping/pci, Mapping.Modify',
    ],
    [
      'Sys.Modify',
      'bridges',
      'POST',
      '/nodes/pve1/network',
      { iface: 'vmbr7', type: 'bridge' },
      '/nodes/pve1, Sys.Modify',
    ],
    [
      ...([
        'Datastore.AllocateTemplate',
        'downloads',
        'POST',
        '/nodes/pve1/storage/local/download-url',
      ] as const),
      { content: 'iso', filename: 'a.iso', url: 'https://example.com/a.iso' },
      '/storage/local, Datastore.AllocateTemplate',
    ],
  ])('%s: no %s', async (privilege, _, method, path, sent, text) => {
    without(privilege);
    expect(await weak.call(method, path, sent)).toMatchObject({
      status: 403,
      reason: `Permission check failed (${text})`,
    });
    without();
  });

  it('VM.Allocate: no VM, and no word on which', async () => {
    without('VM.Allocate');
    expect(await weak.post('/nodes/pve1/qemu', VM_CREATE)).toMatchObject({
      status: 403,
      reason: 'Permission check failed',
    });
  });

  it('Sys.Modify on /: no startup order, in a request and with a VM', async () => {
    without('Sys.Modify');
    const refusal = { status: 403, reason: 'Permission check failed (/, Sys.Modify)' };
    expect(await put({ startup: 'order=1' })).toMatchObject(refusal);
    expect(await weak.post('/nodes/pve1/qemu', vmRequest(200, { startup: 'order=1' }))).toMatchObject(
      refusal,
    );
  });

  it('Sys.Modify or Sys.AccessNetwork: no download', async () => {
    without('Sys.Modify');
    const url = { url: 'https://example.com/a.iso' };
    expect(await weak.get('/nodes/pve1/query-url-metadata', url)).toMatchObject({
      status: 403,
      reason: 'Permission check failed',
    });
  });

  it.each<[string, Sent]>([
    ['VM.Config.CPU', { cores: 2 }],
    ['VM.Config.Memory', { memory: 1024 }],
    ['VM.Config.Options', { name: 'x' }],
    ['VM.Config.HWType', { machine: 'q35' }],
    ['VM.Config.HWType', { serial0: 'socket' }],
    ['VM.Config.Network', { net1: 'virtio,bridge=vmbr0' }],
    ['VM.Config.Disk', { scsi1: 'file=local-lvm:1' }],
    ['VM.Config.Disk', { delete: 'scsi0' }],
    ['VM.Config.Disk', { boot: 'order=scsi0' }],
    ['VM.Config.CDROM', { ide2: 'file=none,media=cdrom' }],
    ['VM.Config.Options', { tags: 'x' }],
    ['VM.Config.Cloudinit', { ide0: 'file=local-lvm:cloudinit' }],
  ])('%s may not set %p', async (privilege, sent) => {
    without(privilege);
    expect(await put(sent)).toMatchObject({
      status: 403,
      reason: `Permission check failed (/vms/100, ${privilege})`,
    });
  });

  it('VM.Config.Cloudinit and VM.Config.Network: no cloud-init; one of them is enough', async () => {
    without('VM.Config.Cloudinit');
    expect(await put({ ipconfig0: 'ip=dhcp' })).toMatchObject({ status: 200 });
    without('VM.Config.Cloudinit', 'VM.Config.Network');
    expect(await put({ ipconfig0: 'ip=dhcp' })).toMatchObject({
      status: 403,
      reason: 'Permission check failed (/vms/100, VM.Config.Cloudinit|VM.Config.Network)',
    });
  });

  it('Mapping.Use: no GPU', async () => {
    without('Mapping.Use');
    expect(await put({ hostpci0: 'mapping=gpu,pcie=1' })).toMatchObject({
      status: 403,
      reason: 'Permission check failed (/mapping/pci/gpu, Mapping.Use)',
    });
    without();
    expect(await put({ hostpci0: 'mapping=gpu,pcie=1' })).toMatchObject({ status: 200 });
  });

  it('VM.Audit: VMs are not there, which Terraform reads as gone', async () => {
    without('VM.Audit');
    expect(await weak.get('/cluster/resources', { type: 'vm' })).toMatchObject({ status: 200, data: [] });
  });
});

describe('paths', () => {
  const acl = (paths: Record<string, readonly string[]>): void => {
    const account = api.site.state.accounts.get('weak@pve!test');
    if (account) account.acl = paths;
  };

  it('deeper ones replace', async () => {
    acl({ '/': ALL, '/storage/local-lvm': ['Datastore.Audit'] });
    expect(await weak.post('/nodes/pve1/qemu', VM_CREATE)).toMatchObject({ status: 403 });
    acl({ '/': [], '/vms/100': ['VM.Audit'] });
    expect(await weak.get('/nodes/pve1/qemu/100/config')).toMatchObject({ status: 200 });
  });

  it('of a pool hold for its VMs', async () => {
    await api.post('/pools', { poolid: 'team' });
    acl({ '/': ALL.filter((privilege) => !privilege.startsWith('VM.')), '/pool/team': ALL });
    expect(await weak.post('/nodes/pve1/qemu', VM_CREATE)).toMatchObject({ status: 403 });
    expect(await weak.task('POST', '/nodes/pve1/qemu', vmRequest(300, { pool: 'team' }))).toBe('OK');
    expect(await weak.put('/nodes/pve1/qemu/300/config', { cores: 2 })).toMatchObject({ status: 200 });
  });
});

describe('only root@pam with a password', () => {
  it.each<[Sent, string]>([
    [{ args: '-no-reboot' }, "only root can set 'args' config"],
    [{ affinity: '0-3' }, "only root can set 'affinity' config"],
    [{ arch: 'x86_64' }, "only root can set 'arch' config"],
    [{ hookscript: 'local:snippets/x.sh' }, "only root can set 'hookscript' config"],
    [{ hugepages: '2' }, "only root can set 'hugepages' config"],
    [{ 'amd-sev': 'type=std' }, "only root can set 'amd-sev' config"],
    [{ vmgenid: 1 }, "only root can set 'vmgenid' config"],
    [{ hostpci0: '0000:01:00' }, "only root can set 'hostpci0' config for non-mapped devices"],
    [{ serial0: '/dev/ttyS0' }, "only root can set 'serial0' config for real devices"],
    [{ scsi5: 'file=/dev/sdb' }, 'Only root can pass arbitrary filesystem paths.'],
  ])('sets %p', async (sent, reason) => {
    const token = api.as({ authorization: authorization('root@pam!token') });
    expect(await token.put('/nodes/pve1/qemu/100/config', sent)).toMatchObject({ status: 500, reason });
  });

  it('and may', async () => {
    interface Session {
      readonly ticket: string;
      readonly CSRFPreventionToken: string;
    }
    const login = { username: 'root@pam', password: 'not-a-secret' };
    const { data } = await api.as({}).post<Session>('/access/ticket', login);
    const root = api.as({
      cookie: `PVEAuthCookie=${data.ticket}`,
      csrfpreventiontoken: data.CSRFPreventionToken,
    });
    expect(await root.put('/nodes/pve1/qemu/100/config', { args: '-no-reboot' })).toMatchObject({
      status: 200,
    });
  });
});

it('agents in version 8 take VM.Monitor', async () => {
  const old = await startSite({
    version: '8.4.1',
    tokens: [{ id: 'terraform@pve!test', privileges: ['VM.Audit'] }],
  });
  expect(await old.get('/nodes/pve1/qemu/100/agent/network-get-interfaces')).toMatchObject({
    reason: 'Permission check failed (/vms/100, VM.Monitor)',
  });
});
