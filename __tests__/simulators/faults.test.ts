import type { FaultSpec } from '../../simulators/pve';
import { startPve } from '../../simulators/pve';
import { Client, startSite, vmRequest } from './client';

let api: Client;

beforeAll(async () => {
  api = await startSite();
  await api.task('POST', '/nodes/pve1/qemu', vmRequest(100));
});

afterEach(() => api.site.faults.clear());

const fault = (spec: Partial<FaultSpec>) =>
  api.site.faults.add({ method: 'PUT', path: '/nodes/{node}/qemu/*/config', ...spec });
const put = (cores: number) => api.put('/nodes/pve1/qemu/100/config', { cores });
const cores = () => api.site.state.vms.get(100)?.config['cores'];

describe('faults', () => {
  it('hit as often as they say, and tell', async () => {
    const twice = fault({ status: 500, message: 'got timeout', nth: 2, times: 2 });
    const statuses = [];
    for (const n of [1, 2, 3, 4]) statuses.push((await put(n)).status);
    expect(statuses).toEqual([200, 500, 500, 200]);
    expect(twice).toMatchObject({ seen: 4, hits: 2 });
    expect(api.site.requests.filter(({ fault: name }) => name !== undefined)).toMatchObject([
      { status: 500, reason: 'got timeout', fault: 'status 500' },
      { fault: 'status 500' },
    ]);
  });

  it('hit one path and method only', async () => {
    fault({ status: 500 });
    expect(await api.get('/nodes/pve1/qemu/100/config')).toMatchObject({ status: 200 });
    expect(await put(1)).toMatchObject({ status: 500, reason: 'injected fault' });
  });

  it('hit requests with some parameters only', async () => {
    fault({ status: 500, parameters: { cores: '2' } });
    expect([(await put(1)).status, (await put(2)).status]).toEqual([200, 500]);
  });

  it('drop the connection before or after the work', async () => {
    await put(1);
    fault({ drop: true });
    await expect(put(2)).rejects.toThrow('socket hang up');
    expect(cores()).toBe(1);
    fault({ drop: true, afterwards: true });
    await expect(put(3)).rejects.toThrow('socket hang up');
    expect(cores()).toBe(3);
    expect(api.site.requests.at(-1)).toMatchObject({ status: 0, fault: 'drop' });
  });

  it('answer an error although the work is done', async () => {
    fault({ status: 596, message: 'Connection timed out', afterwards: true });
    expect(await put(5)).toMatchObject({ status: 596, reason: 'Connection timed out' });
    expect(cores()).toBe(5);
  });

  it('delay', async () => {
    fault({ delay: 50 });
    const start = Date.now();
    expect(await put(6)).toMatchObject({ status: 200 });
    expect(Date.now() - start).toBeGreaterThanOrEqual(45);
  });

  it('make tasks fail', async () => {
    api.site.faults.add({
      path: '/nodes/pve1/qemu/100/status/start',
      task: 'start failed: QEMU exited with code 1',
    });
    expect(await api.task('POST', '/nodes/pve1/qemu/100/status/start')).toBe(
      'start failed: QEMU exited with code 1',
    );
    api.site.faults.add({ method: 'POST', path: '/nodes/pve1/qemu', task: 'no space left' });
    expect(await api.task('POST', '/nodes/pve1/qemu', vmRequest(101))).toBe('no space left');
    expect(api.site.state.vms.has(101)).toBe(false);
    expect(await api.task('POST', '/nodes/pve1/qemu', vmRequest(101))).toBe('OK');
  });

  it('make tasks warn', async () => {
    const path = '/nodes/pve1/qemu/100/config';
    api.site.faults.add({ method: 'POST', path, warning: 'something is odd' });
    expect(await api.task('POST', path, { cores: 7 })).toBe('WARNINGS: 1');
    expect(cores()).toBe(7);
    expect([...api.site.state.tasks.values()].at(-1)?.log).toEqual([
      'WARN: something is odd',
      'TASK WARNINGS: 1',
    ]);
  });

  it('keep a task running until it is stopped', async () => {
    api.site.faults.add({ method: 'POST', path: '/nodes/pve1/qemu', endless: true });
    const { data: upid } = await api.post<string>('/nodes/pve1/qemu', vmRequest(102));
    const task = `/nodes/pve1/tasks/${encodeURIComponent(upid)}`;
    expect(await api.get(`${task}/status`)).toMatchObject({ data: { status: 'running' } });
    expect(await api.get('/nodes/pve1/qemu/102/config')).toMatchObject({ data: { lock: 'create' } });
    await api.delete(task);
    expect(await api.get(`${task}/status`)).toMatchObject({
      data: { status: 'stopped', exitstatus: 'received interrupt' },
    });
    expect(api.site.state.vms.has(102)).toBe(false);
  });

  it('take the server away, for some time or until it is brought back', async () => {
    const { endpoint } = api.site;
    fault({ down: true });
    await expect(put(8)).rejects.toThrow('socket hang up');
    await expect(put(8)).rejects.toThrow('ECONNREFUSED');
    await api.site.up();
    expect(api.site.endpoint).toBe(endpoint);
    expect(await put(8)).toMatchObject({ status: 200 });
    fault({ down: 50, afterwards: true });
    await expect(put(9)).rejects.toThrow('socket hang up');
    expect(cores()).toBe(9);
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(await put(10)).toMatchObject({ status: 200 });
  });

  it('answer what was never asked for', async () => {
    api.site.faults.add({ path: '/pools', data: [{ poolid: 'ghost' }] });
    expect(await api.get('/pools')).toMatchObject({ data: [{ poolid: 'ghost' }] });
  });

  it('hang until the server closes', async () => {
    const pve = await startPve({ sites: [{ name: 'x' }], strict: false });
    const other = new Client(pve, pve.site('x'));
    pve.site('x').faults.add({ path: '/version', hang: true });
    const answer = other.get('/version').catch((error: unknown) => String(error));
    while (pve.site('x').requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await pve.close();
    expect(await answer).toContain('socket hang up');
  });
});

describe('the control endpoint', () => {
  it('is there if asked for, and takes faults and changes of state', async () => {
    const pve = await startPve({
      sites: [{ name: 'x', nodes: [{ name: 'pve1' }] }],
      strict: false,
      control: true,
    });
    try {
      const site = pve.site('x');
      const client = new Client(pve, site);
      const control = (method: string, path: string, body?: unknown) =>
        client.send(
          method,
          `${site.endpoint}control/${path}`,
          body === undefined ? undefined : Buffer.from(JSON.stringify(body)),
          body === undefined ? undefined : 'application/json',
        );
      await client.task('POST', '/nodes/pve1/qemu', vmRequest(100));
      await control('PUT', 'vms/100', { status: 'running', config: { cores: 9, tags: null } });
      expect(site.state.vms.get(100)).toMatchObject({ status: 'running', config: { cores: 9 } });
      expect(site.state.vms.get(100)?.config).not.toHaveProperty('tags');
      await control('POST', 'faults', { path: '/version', status: 503, message: 'down' });
      expect(await client.get('/version')).toMatchObject({ status: 503, reason: 'down' });
      expect(await control('GET', 'state')).toMatchObject({ vms: [{ vmid: 100 }] });
      expect((await control('GET', 'requests')).body).toContain('"reason":"down"');
      await control('PUT', 'storages/local-lvm', { total: 0 });
      expect(await client.task('POST', '/nodes/pve1/qemu', vmRequest(101))).toContain('reached threshold');
      expect(await control('PUT', 'storages/none', { total: 0 })).toMatchObject({ status: 404 });
      await control('DELETE', 'vms/100');
      expect(site.state.vms.size).toBe(0);
    } finally {
      await pve.close();
    }
  });

  it('is not there by default', async () => {
    const url = `${api.site.endpoint}control/state`;
    expect(await api.send('GET', url)).toMatchObject({ status: 501 });
  });
});
