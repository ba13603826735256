import { startSite, vmRequest, type Client } from './client';

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

describe('pools', () => {
  it('are made, changed and removed when they are empty', async () => {
    expect(await api.post('/pools', { poolid: 'talos', comment: 'x' })).toMatchObject({
      status: 200,
      data: null,
    });
    expect(await api.post('/pools', { poolid: 'talos' })).toMatchObject({
      reason: "create pool failed: pool 'talos' already exists",
    });
    await api.task('POST', '/nodes/pve1/qemu', { vmid: 800 });
    expect(await api.put('/pools', { poolid: 'talos', vms: '800', comment: 'y' })).toMatchObject({
      status: 200,
    });
    expect(await api.get('/pools')).toMatchObject({ data: [{ poolid: 'talos', comment: 'y' }] });
    expect(await api.delete('/pools', { poolid: 'talos' })).toMatchObject({
      reason: "delete pool failed: pool 'talos' is not empty",
    });
    await api.put('/pools/talos', { vms: '800', delete: 1 });
    expect(await api.get('/pools/talos')).toMatchObject({ data: { members: [] } });
    expect(await api.delete('/pools/talos')).toMatchObject({ status: 200 });
    expect(await api.get('/pools', { poolid: 'talos' })).toMatchObject({
      reason: "pool 'talos' does not exist",
    });
  });

  it('have a VM once', async () => {
    await api.post('/pools', { poolid: 'one' });
    await api.post('/pools', { poolid: 'two' });
    await api.put('/pools', { poolid: 'one', vms: '800' });
    expect(await api.put('/pools', { poolid: 'two', vms: '800' })).toMatchObject({
      reason: "update pools failed: VM 800 is already a member of pool 'one'",
    });
    expect(await api.put('/pools', { poolid: 'two', vms: '800', 'allow-move': 1 })).toMatchObject({
      status: 200,
    });
    expect(api.site.state.poolOf(800)?.poolid).toBe('two');
  });
});

describe('mappings', () => {
  const map = ['path=0000:01:00,id=10de:2204,node=pve1,iommugroup=14,subsystem-id=10de:1454'];
  const START = '/nodes/pve1/qemu/810/status/start';

  it('keep their entries sorted, and an answer has their type', async () => {
    expect(await api.post('/cluster/mapping/pci', { id: 'gpu', map, description: 'x' })).toMatchObject({
      status: 200,
    });
    expect(await api.get('/cluster/mapping/pci/gpu')).toMatchObject({
      data: {
        id: 'gpu',
        type: 'pci',
        description: 'x',
        map: ['id=10de:2204,iommugroup=14,node=pve1,path=0000:01:00,subsystem-id=10de:1454'],
      },
    });
    expect(await api.put('/cluster/mapping/pci/gpu', { map, delete: 'description' })).toMatchObject({
      status: 200,
    });
    expect((await api.get('/cluster/mapping/pci')).data).toMatchObject([{ id: 'gpu' }]);
  });

  it('let one running VM have the device', async () => {
    for (const vmid of [810, 811]) {
      await api.task('POST', '/nodes/pve1/qemu', vmRequest(vmid, { hostpci0: 'mapping=gpu,pcie=1' }));
    }
    expect(await api.task('POST', START)).toBe('OK');
    expect(await api.task('POST', START.replace('810', '811'))).toBe(
      "PCI device '0000:01:00.0' already in use by VMID '810'",
    );
    await api.task('POST', '/nodes/pve1/qemu/810/status/stop');
  });

  it.each([
    [
      'id=10de:2204,node=pve1,path=0000:01:00',
      "missing expected property 'iommugroup' for device '0000:01:00.0'",
    ],
    [
      'id=10de:9999,iommugroup=14,node=pve1,path=0000:01:00,subsystem-id=10de:1454',
      "'id' does not match for 'gpu' (10de:2204 != 10de:9999)",
    ],
    [
      'id=10DE:2204,iommugroup=14,node=pve1,path=0000:01:00,subsystem-id=10de:1454',
      "'id' does not match for 'gpu' (10de:2204 != 10DE:2204)",
    ],
    [
      'id=10de:2204,iommugroup=14,node=pve1,path=0000:01:00,subsystem-id=10DE:1454',
      "'subsystem-id' does not match for 'gpu' (10de:1454 != 10DE:1454)",
    ],
    [
      'id=10de:2204,iommugroup=15,node=pve1,path=0000:01:00,subsystem-id=10de:1454',
      "'iommugroup' does not match for 'gpu' (14 != 15)",
    ],
    [
      'id=10de:2204,iommugroup=14,node=pve1,path=0000:01:00',
      "missing expected property 'subsystem-id' for device '0000:01:00.0'",
    ],
    ['id=10de:2204,node=pve1,path=0000:09:00', "pci device '0000:09:00.0' not found"],
  ])('%s keeps a VM from starting', async (entry, text) => {
    await api.put('/cluster/mapping/pci/gpu', { map: [entry] });
    expect(await api.task('POST', START)).toBe(
      `PCI device mapping invalid (hardware probably changed): ${text}`,
    );
    expect((await api.get('/cluster/mapping/pci', { 'check-node': 'pve1' })).data).toMatchObject([
      { checks: [{ severity: 'error', message: `Invalid configuration: ${text}` }] },
    ]);
  });

  it('say whether the device is to be divided, as it is', async () => {
    await api.put('/cluster/mapping/pci/gpu', { map, mdev: 1 });
    expect(await api.task('POST', START)).toContain("'mdev' does not match for 'gpu' (0 != 1)");
    await api.put('/cluster/mapping/pci/gpu', { delete: 'mdev' });
  });

  it('of another node are none', async () => {
    await api.put('/cluster/mapping/pci/gpu', { map: ['id=10de:2204,node=pve2,path=0000:01:00'] });
    expect(await api.task('POST', START)).toBe("PCI device mapping not found for 'gpu'");
    expect((await api.get('/cluster/mapping/pci', { 'check-node': 'pve1' })).data).toMatchObject([
      { checks: [{ severity: 'warning', message: 'No mapping for node pve1.' }] },
    ]);
  });

  it('need q35 for PCI Express', async () => {
    await api.put('/cluster/mapping/pci/gpu', { map });
    await api.put('/nodes/pve1/qemu/810/config', { machine: 'pc' });
    expect(await api.task('POST', START)).toBe('q35 machine model is not enabled');
  });

  it('go', async () => {
    expect(await api.delete('/cluster/mapping/pci/gpu')).toMatchObject({ status: 200 });
    expect(await api.get('/cluster/mapping/pci/gpu')).toMatchObject({
      reason: "mapping 'gpu' does not exist",
    });
  });
});

describe('HA', () => {
  it('has resources and rules in version 9, and no groups', async () => {
    expect(await api.post('/cluster/ha/groups', { group: 'prefer', nodes: 'pve1' })).toMatchObject({
      status: 500,
      reason: 'ha groups have been migrated to rules',
    });
    expect(await api.post('/cluster/ha/resources', { sid: 'vm:800', max_restart: 2 })).toMatchObject({
      status: 200,
    });
    expect(await api.get('/cluster/ha/resources/vm:800')).toMatchObject({
      data: { sid: 'vm:800', state: 'started', type: 'vm', max_restart: 2 },
    });
    const rule = { rule: 'near', type: 'node-affinity', resources: 'vm:800', nodes: 'pve1:2', strict: 1 };
    expect(await api.post('/cluster/ha/rules', rule)).toMatchObject({ status: 200 });
    expect(await api.get('/cluster/ha/rules/near')).toMatchObject({ data: { ...rule, strict: 1 } });
    expect(await api.put('/cluster/ha/rules/near', { type: 'node-affinity', nodes: 'pve9' })).toMatchObject({
      reason: "no such cluster node 'pve9'",
    });
    expect(await api.post('/cluster/ha/resources', { sid: 'vm:799' })).toMatchObject({ status: 500 });
    expect(await api.get('/cluster/ha/resources/vm:799')).toMatchObject({
      reason: "no such resource 'vm:799'",
    });
    expect(await api.delete('/cluster/ha/rules/near')).toMatchObject({ status: 200 });
  });

  it('has groups in version 8, and no rules', async () => {
    const old = await startSite({ version: '8.4.1' });
    const group = { group: 'prefer', nodes: 'pve1', nofailback: 1 };
    expect(await old.post('/cluster/ha/groups', group)).toMatchObject({ status: 200 });
    expect(await old.get('/cluster/ha/groups/prefer')).toMatchObject({ data: { ...group, type: 'group' } });
    expect(await old.get('/cluster/ha/rules')).toMatchObject({ status: 501 });
    expect(await old.get('/version')).toMatchObject({ data: { version: '8.4.1', release: '8.4' } });
  });
});

describe('the network of a node', () => {
  it('takes a bridge, which is active after the reload', async () => {
    const bridge = {
      iface: 'vmbr9',
      type: 'bridge',
      mtu: 9000,
      cidr: '10.0.0.1/24',
      bridge_vlan_aware: 1,
      autostart: 1,
    };
    expect(await api.post('/nodes/pve1/network', bridge)).toMatchObject({ status: 200 });
    expect(await api.get('/nodes/pve1/network/vmbr9')).toMatchObject({
      data: {
        type: 'bridge',
        mtu: '9000',
        address: '10.0.0.1',
        netmask: '24',
        autostart: 1,
        method: 'static',
      },
    });
    expect(api.site.state.node('pve1').interfaces.get('vmbr9')?.pending).toBe(true);
    expect(await api.task('PUT', '/nodes/pve1/network')).toBe('OK');
    expect(api.site.state.node('pve1').interfaces.get('vmbr9')?.pending).toBe(false);
    expect(
      await api.put('/nodes/pve1/network/vmbr9', { type: 'bridge', gateway: '10.0.0.254' }),
    ).toMatchObject({
      errors: { gateway: "Default gateway already exists on interface 'vmbr0'." },
    });
    expect(await api.delete('/nodes/pve1/network/vmbr9')).toMatchObject({ status: 200 });
    const { data } = await api.get<{ iface: string; priority: number }[]>('/nodes/pve1/network');
    expect(data).toMatchObject([{ iface: 'vmbr0', priority: 3 }]);
  });
});

describe('the guest agent', () => {
  it('tells addresses, loopback first, once the VM runs with an agent', async () => {
    const path = '/nodes/pve1/qemu/820/agent/network-get-interfaces';
    await api.task('POST', '/nodes/pve1/qemu', {
      vmid: 820,
      net0: 'virtio=BC:24:11:00:00:09',
      ipconfig0: 'ip=10.0.0.5/24',
    });
    expect(await api.get(path)).toMatchObject({ status: 500, reason: 'VM 820 is not running' });
    await api.task('POST', '/nodes/pve1/qemu/820/status/start');
    expect(await api.get(path)).toMatchObject({ reason: 'No QEMU guest agent configured' });
    await api.put('/nodes/pve1/qemu/820/config', { agent: 'enabled=1' });
    const { data } = await api.get<{ result: { name: string }[] }>(path);
    expect(data.result.map(({ name }) => name)).toEqual(['lo', 'eth0']);
    expect(data.result[1]).toMatchObject({
      'hardware-address': 'bc:24:11:00:00:09',
      'ip-addresses': [{ 'ip-address': '10.0.0.5', 'ip-address-type': 'ipv4', prefix: 24 }],
    });
    const vm = api.site.state.vms.get(820);
    if (vm) vm.agent = { afterMs: 60_000 };
    expect(await api.get(path)).toMatchObject({ reason: 'QEMU guest agent is not running' });
    expect(await api.post('/nodes/pve1/qemu/820/agent/ping')).toMatchObject({ status: 500 });
  });
});

it('ids, nodes and resources of the site', async () => {
  expect(await api.get('/cluster/nextid')).toMatchObject({ data: '100' });
  expect(await api.get('/cluster/nextid', { vmid: 800 })).toMatchObject({
    status: 400,
    errors: { vmid: 'VM 800 already exists' },
  });
  expect(await api.get('/nodes')).toMatchObject({ data: [{ node: 'pve1' }, { node: 'pve2' }] });
  expect(await api.get('/cluster/resources', { type: 'vm' })).toMatchObject({
    data: expect.arrayContaining([
      expect.objectContaining({ id: 'qemu/800', node: 'pve1', pool: 'two' }),
    ]) as unknown,
  });
  expect(await api.get('/nodes/pve1/status')).toMatchObject({ data: { cpuinfo: { cpus: 16 } } });
  expect(await api.get('/nodes/pve1/hardware/pci')).toMatchObject({
    data: [{ id: '0000:01:00.0', iommugroup: 14 }],
  });
  expect(api.site.violations).toEqual([]);
});
