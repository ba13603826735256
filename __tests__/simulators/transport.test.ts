import { connect } from 'node:tls';
import { startPve } from '../../simulators/pve';
import { authorization, Client, startSite, vmRequest } from './client';

let api: Client;

beforeAll(async () => {
  api = await startSite({
    users: [{ id: 'root@pam', password: 'not-a-secret' }],
    tokens: [{ id: 'terraform@pve!test' }, { id: 'weak@pve!one', privileges: ['VM.Audit'] }],
  });
});

describe('transport', () => {
  it('speaks TLS 1.3 only', async () => {
    const port = Number(new URL(api.site.endpoint).port);
    const old = new Promise((resolve, reject) => {
      const socket = connect(
        { host: '127.0.0.1', port, maxVersion: 'TLSv1.2', rejectUnauthorized: false },
        () => {
          socket.end();
          resolve('connected');
        },
      );
      socket.on('error', reject);
    });
    await expect(old).rejects.toThrow(/protocol version/);
  });

  it('puts the message into the reason phrase, and into the body with a line end', async () => {
    const { status, reason, body } = await api.get('/nodes/pve1/qemu/4711/config');
    expect({ status, reason }).toEqual({
      status: 500,
      reason: "Configuration file 'nodes/pve1/qemu-server/4711.conf' does not exist",
    });
    expect(JSON.parse(body)).toEqual({ data: null, message: `${reason}\n` });
  });

  it('answers 501 for what is not simulated, and logs it', async () => {
    const { status, reason } = await api.post('/nodes/pve1/vzdump');
    expect({ status, reason }).toEqual({
      status: 501,
      reason: "Method 'POST /nodes/pve1/vzdump' not implemented",
    });
    expect(api.site.requests.at(-1)).toMatchObject({ path: '/nodes/pve1/vzdump', status: 501 });
  });

  it('answers 596 for a node that does not exist', async () => {
    expect(await api.get('/nodes/pve7/qemu')).toMatchObject({
      status: 596,
      reason:
        "hostname lookup 'pve7' failed - failed to get address info for: pve7: Name or service not known",
    });
  });

  it('drops one slash at the end, as in the DELETE of the provider', async () => {
    await api.task('POST', '/nodes/pve1/qemu', vmRequest(900));
    const sent = { 'destroy-unreferenced-disks': 1, purge: 1 };
    expect(await api.task('DELETE', '/nodes/pve1/qemu/900/', sent)).toBe('OK');
    expect(api.site.state.vms.has(900)).toBe(false);
  });

  it('decodes parts of the path, and takes a volume with or without its storage', async () => {
    api.site.state.storage('pve1', 'local').volumes.set('local:iso/a.iso', {
      volid: 'local:iso/a.iso',
      content: 'iso',
      format: 'iso',
      size: 5,
    });
    for (const volume of ['local:iso%2Fa.iso', 'iso/a.iso', 'local:iso/a.iso']) {
      expect(await api.get(`/nodes/pve1/storage/local/content/${volume}`)).toMatchObject({
        data: { size: 5, format: 'iso' },
      });
    }
  });

  it('logs decoded parameters with the template, and no passwords', async () => {
    await api.post('/access/ticket', { username: 'root@pam', password: 'not-a-secret' });
    const { parameters, template } = api.site.requests.at(-1) ?? {};
    expect(template).toBe('/access/ticket');
    expect(parameters).toEqual({ username: 'root@pam', password: '(redacted)' });
    await api.get('/nodes/pve1/qemu/4711/config', { current: 1 });
    expect(api.site.requests.at(-1)).toMatchObject({
      template: '/nodes/{node}/qemu/{vmid}/config',
      parameters: { node: 'pve1', vmid: '4711', current: '1' },
      user: 'terraform@pve!test',
    });
  });

  it('takes a form that is JSON', async () => {
    const body = Buffer.from(JSON.stringify({ poolid: 'json' }));
    const url = `${api.site.endpoint}api2/json/pools`;
    expect(await api.send('POST', url, body, 'application/json')).toMatchObject({ status: 200 });
    expect(api.site.state.pools.has('json')).toBe(true);
  });
});

describe('authentication', () => {
  it.each([
    ['no token', {}, 'No ticket'],
    [
      'another token',
      { authorization: authorization('terraform@pve!tf') },
      "no such token 'tf' for user 'terraform@pve'",
    ],
    ['another user', { authorization: authorization('nobody@pve!tf') }, "no such user ('nobody@pve')"],
    [
      'another secret',
      { authorization: authorization('terraform@pve!test', 'wrong') },
      'invalid token value!',
    ],
    ['an old ticket', { cookie: 'PVEAuthCookie=PVE:root@pam:0::x' }, 'invalid PVE ticket'],
  ])('%s: 401', async (_, headers, reason) => {
    expect(await api.as(headers as Record<string, string>).get('/version')).toMatchObject({
      status: 401,
      reason,
    });
  });

  it('by password gives a ticket; writing needs the CSRF token', async () => {
    interface Session {
      readonly ticket: string;
      readonly CSRFPreventionToken: string;
    }
    const login = { username: 'root@pam', password: 'not-a-secret' };
    const { data } = await api.as({}).post<Session>('/access/ticket', login);
    const cookie = `PVEAuthCookie=${encodeURIComponent(data.ticket)}`;
    expect(await api.as({ cookie }).get('/version')).toMatchObject({ status: 200 });
    expect(await api.as({ cookie }).post('/pools', { poolid: 'x' })).toMatchObject({
      status: 401,
      reason: 'Permission denied - invalid csrf token',
    });
    const full = api.as({ cookie, csrfpreventiontoken: data.CSRFPreventionToken });
    expect(await full.post('/pools', { poolid: 'x' })).toMatchObject({ status: 200 });
    expect(await api.as({}).post('/access/ticket', { ...login, password: 'no' })).toMatchObject({
      status: 401,
    });
  });
});

describe('sites', () => {
  it('share nothing, and the nodes of one share everything', async () => {
    const pve = await startPve({
      strict: false,
      sites: [
        { name: 'a', nodes: [{ name: 'a1' }, { name: 'a2' }] },
        { name: 'b', nodes: [{ name: 'b1' }] },
      ],
    });
    try {
      const { endpoints, state } = pve.site('a');
      expect(Object.keys(endpoints)).toEqual(['a1', 'a2']);
      expect(new Set([...Object.values(endpoints), pve.site('b').endpoint]).size).toBe(3);
      state.vms.set(100, { vmid: 100, node: 'a2', status: 'stopped', config: { name: 'x' } });
      const api = new Client(pve, pve.site('a'));
      const url = `${endpoints['a1'] ?? ''}api2/json/nodes/a2/qemu/100/config`;
      expect(await api.send('GET', url)).toMatchObject({ data: { name: 'x' } });
      expect(await api.get('/nodes/a1/qemu/100/config')).toMatchObject({ status: 500 });
      expect(await new Client(pve, pve.site('b')).get('/cluster/resources', { type: 'vm' })).toMatchObject({
        data: [],
      });
      expect(() => pve.site('c')).toThrow('no site c; there is a, b');
    } finally {
      await pve.close();
    }
  });

  it.each([
    [{ version: '7.4' }, 'site x: version 7.4 is not known; there is 8.x and 9.x'],
    [
      { tokens: [{ id: 'a@pve!b', privileges: ['VM.Monitor'] }] },
      "site x: invalid privilege 'VM.Monitor' of a@pve!b in Proxmox VE 9.1.1",
    ],
    [{ nodes: [{ name: 'n' }, { name: 'n' }] }, 'site x: two nodes have the same name'],
  ])('refuse options that cannot be', async (options, message) => {
    await expect(startPve({ strict: false, sites: [{ name: 'x', ...options }] })).rejects.toThrow(message);
  });
});
