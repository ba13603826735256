import * as fc from 'fast-check';
import type { Node } from '../../../model/cluster/cluster';
import type { DefinitionDraft } from '../../../model/cluster/definition/schema';
import { resolve } from '../../../model/cluster/resolve';
import { clusterOf, draftOf, nodeOf, SERVER, SOURCE, worker } from '../../testing/drafts';

describe('resolve', () => {
  it('fills in everything that a short definition leaves out', () => {
    const cluster = clusterOf({ control_planes: [{ name: 'cp-2', ip_address: '10.0.0.12' }] });
    const { uuid, image, server, ...node } = cluster.nodes[0] as Node;
    expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/);
    expect(image).toBe(cluster.images[0]);
    expect(server).toEqual(cluster.servers[0]);
    expect(node).toEqual({
      name: 'cp-2',
      role: 'control-plane',
      index: 1,
      vmId: 1001,
      cpuCores: 4,
      cpuType: 'x86-64-v2-AES',
      memoryMb: 8192,
      disks: [
        {
          purpose: 'os',
          name: 'os',
          slot: 0,
          interface: 'scsi0',
          storage: 'os',
          sizeGb: 100,
          format: 'raw',
          serial: 'os',
          longhorn: false,
          volume: false,
        },
      ],
      nics: [
        {
          network: 'management',
          bridge: 'vmbr0',
          vlanId: 0,
          mac: 'BC:24:11:01:00:01',
          ip: '10.0.0.12',
          prefix: 24,
          version: 4,
          gateway: '10.0.0.1',
        },
      ],
      bios: 'ovmf',
      machine: 'q35',
      scsiHardware: 'virtio-scsi-single',
      adopted: false,
      ignoreChanges: [],
      secureBoot: false,
      omni: { locked: false, labels: {}, annotations: {} },
      nocloud: true,
      gpuMappings: [],
      gpuPciId: '',
      ha: false,
      machineSet: 'control-planes',
      config: { kernelArgs: [], nodeLabels: {}, patches: {}, sysctls: {}, systemExtensions: [] },
      agent: false,
      startOnBoot: true,
      started: true,
      protection: true,
      rebootAfterUpdate: false,
      tags: ['control-plane', 'lab', 'talos', 'terraform-managed'],
      systemExtensions: [],
    });
  });

  it('sorts nodes by role and name, and servers by key', () => {
    const { nodes, servers } = draftOf({
      proxmox_servers: { b: SERVER, a: SERVER },
      gpu_workers: [{ name: 'a-1' }],
      workers: [{ name: 'b-2' }, { name: 'b-1' }],
      control_planes: [{ name: 'z-1' }],
    });
    expect(nodes.map(({ name }) => name)).toEqual(['z-1', 'b-1', 'b-2', 'a-1']);
    expect(servers.map(({ key }) => key)).toEqual(['a', 'b']);
  });

  it('protects control planes only, unless somebody says otherwise', () => {
    expect(worker({}).protection).toBe(false);
    expect(worker({}, { vm_protection: true }).protection).toBe(true);
    expect(worker({ vm_protection: false }, { vm_protection: true }).protection).toBe(false);
  });

  it('puts the v before a Kubernetes version and takes the slash from the Omni endpoint', () => {
    const cluster = draftOf({
      kubernetes_version: '1.34.1',
      omni: { endpoint: 'https://omni.example.com/' },
    });
    expect(cluster.kubernetesVersion).toBe('v1.34.1');
    expect(cluster.management).toMatchObject({ kind: 'omni', endpoint: 'https://omni.example.com' });
  });

  it.each([
    [{}, { type: 'local', config: { path: '../../../state/lab.tfstate' } }],
    [
      { backend: { type: 'local' as const } },
      { type: 'local', config: { path: '../../../state/lab.tfstate' } },
    ],
    [
      { backend: { type: 'local' as const, config: { path: 'x' } } },
      { type: 'local', config: { path: 'x' } },
    ],
    [{ backend: { type: 's3' as const, config: { bucket: 'b' } } }, { type: 's3', config: { bucket: 'b' } }],
    [{ backend: { type: 'http' as const } }, { type: 'http', config: {} }],
  ])('backend %j', (changes, backend) => {
    expect(draftOf(changes).backend).toEqual(backend);
  });

  it('leaves the UUID of an adopted VM alone, unless it is given', () => {
    expect(worker({ adopted: true }).uuid).toBeUndefined();
    expect(worker({ adopted: true, uuid: '0C9DF1B2-0000-4000-8000-000000000001' }).uuid).toBe(
      '0c9df1b2-0000-4000-8000-000000000001',
    );
    expect(
      clusterOf({ workers: [{ name: 'w-1', ip_address: '10.0.0.21', adopted: true }] }).nodes[0],
    ).not.toHaveProperty('uuid');
  });

  it('adds up tags of node, role and all nodes, sorted and once each', () => {
    const { tags } = worker(
      { tags: ['b', 'a', 'lab'] },
      { defaults: { all: { tags: ['c'] }, workers: { tags: ['a', 'd'] } } },
    );
    expect(tags).toEqual(['a', 'b', 'c', 'd', 'lab', 'talos', 'terraform-managed', 'worker']);
  });

  it('keeps what cannot be derived undefined instead of failing', () => {
    const [node] = resolve({ workers: [{}] }, SOURCE).nodes;
    expect(node).toMatchObject({
      name: '',
      index: undefined,
      server: undefined,
      vmId: undefined,
      image: undefined,
    });
    expect(resolve({}, SOURCE).nodes).toEqual([]);
  });

  it('says which rule is missing when a draft without errors is not complete', () => {
    expect(() => clusterOf({ workers: [{ name: 'storage' }] })).toThrow(
      'bug: index of storage of cluster lab is undefined, and no rule said so',
    );
  });
});

describe('settings', () => {
  // From the most specific place to the least.
  const places: [string, DefinitionDraft][] = [
    ['node', { workers: [{ name: 'w-1', cpu_cores: 2 }] }],
    ['role', { defaults: { workers: { cpu_cores: 3 } } }],
    ['all', { defaults: { all: { cpu_cores: 5 } } }],
  ];

  it('takes the node before its role, and the role before all', () => {
    const [node, role, all] = places.map(([, changes]) => changes);
    const workers = [{ name: 'w-1' }];
    expect(nodeOf({ ...node, defaults: { ...role?.defaults, ...all?.defaults } }).cpuCores).toBe(2);
    expect(nodeOf({ workers, defaults: { ...role?.defaults, ...all?.defaults } }).cpuCores).toBe(3);
    expect(nodeOf({ workers, ...all }).cpuCores).toBe(5);
    expect(nodeOf({ workers }).cpuCores).toBe(4);
  });

  it('takes a default of all nodes before a key of the cluster, and that before the built-in', () => {
    const defaults = { all: { vm_qemu_agent: false, system_extensions: ['b'] } };
    const cluster = { vm_qemu_agent: true, system_extensions: ['a'] };
    expect(worker({}, { ...cluster, defaults })).toMatchObject({ agent: false, systemExtensions: ['b'] });
    expect(worker({}, cluster)).toMatchObject({ agent: true, systemExtensions: ['a'] });
    expect(worker({})).toMatchObject({ agent: false, systemExtensions: [] });
  });

  it('tells where the value in force is written, or would be', () => {
    const node = worker({ memory_mb: 1 }, { defaults: { workers: { cpu_cores: 1 } }, system_extensions: [] });
    expect(node.where('memory_mb')).toEqual(['workers', 0, 'memory_mb']);
    expect(node.where('cpu_cores')).toEqual(['defaults', 'workers', 'cpu_cores']);
    expect(node.where('system_extensions')).toEqual(['system_extensions']);
    expect(node.where('bios')).toEqual(['workers', 0, 'bios']);
    expect([node.has('cpu_cores'), node.has('bios')]).toEqual([true, false]);
  });
});

describe('pools', () => {
  const pool = { name: 'web', role: 'worker' as const, count: 3 };

  it('make nodes by number, and leave out what is skipped without moving the others', () => {
    const names = (keys: object) =>
      draftOf({ node_pools: [{ ...pool, ...keys }] }).nodes.map(({ name, index, vmId }) => [
        name,
        index,
        vmId,
      ]);
    expect(names({ first_index: 10 })).toEqual([
      ['web-1', 10, 1110],
      ['web-2', 11, 1111],
      ['web-3', 12, 1112],
    ]);
    expect(names({ first_index: 10, skip: [2] })).toEqual([
      ['web-1', 10, 1110],
      ['web-3', 12, 1112],
    ]);
    expect(names({ count: 0 })).toEqual([]);
  });

  it('give their settings to every node, before the defaults of the role', () => {
    const { nodes } = draftOf({
      node_pools: [{ ...pool, cpu_cores: 2 }],
      defaults: { workers: { cpu_cores: 8, memory_mb: 4096 } },
    });
    expect(nodes.map(({ cpuCores, memoryMb }) => [cpuCores, memoryMb])).toEqual([
      [2, 4096],
      [2, 4096],
      [2, 4096],
    ]);
    expect(nodes[2]?.where('cpu_cores')).toEqual(['node_pools', 0, 'cpu_cores']);
  });

  it.each([[-1], [1.5], [70000], [undefined]])('have no nodes with a count of %s', (count) => {
    expect(draftOf({ node_pools: [{ ...pool, count }] }).nodes).toEqual([]);
  });

  it('have no nodes where their indexes do not fit', () => {
    expect(draftOf({ node_pools: [{ ...pool, first_index: 65534 }] }).nodes).toEqual([]);
    expect(draftOf({ node_pools: [{ ...pool, first_index: 65533 }] }).nodes).toHaveLength(3);
  });
});

describe('a change of some nodes', () => {
  const names = (list: string) =>
    fc.uniqueArray(
      fc.integer({ min: 1, max: 40 }).map((n) => `${list}-${n}`),
      { maxLength: 8 },
    );
  const node = (name: string, i: number) => ({
    name,
    ip_address: `10.0.${name.charCodeAt(0) % 3}.${i + 2}`,
    cpu_cores: (i % 4) + 1,
    proxmox_server: i % 2 ? 'pve1' : 'pve2',
    data_disks:
      i % 3
        ? [
            { slot: 2, size_gb: i },
            { slot: 1, size_gb: 5 },
          ]
        : undefined,
    tags: [`t${i}`],
  });
  const definition = fc.record({
    control_planes: names('cp').map((list) => list.map(node)),
    workers: names('w').map((list) => list.map(node)),
    gpu_workers: names('g').map((list) => list.map(node)),
    node_pools: fc.uniqueArray(fc.constantFrom('a', 'b', 'c'), { maxLength: 3 }).map((pools) =>
      pools.map((name) => ({
        name,
        role: 'worker' as const,
        count: 4,
        first_index: 100 * name.charCodeAt(0),
        skip: [2],
        proxmox_server: 'pve1',
      })),
    ),
  });
  const servers = {
    pve1: { ...SERVER, storage_os: 'os', storage_data: 'data' },
    pve2: { ...SERVER, api_url: 'https://10.0.0.6:8006', storage_os: 'os', storage_data: 'data' },
  };
  const defaults = { workers: { first_ip: '10.1.0.1', memory_mb: 4096 } };
  const nodesOf = (lists: DefinitionDraft): Map<string, Node> =>
    new Map(clusterOf({ ...lists, proxmox_servers: servers, defaults }).nodes.map((n) => [n.name, n]));

  it('leaves every other node exactly as it was, and the order of the lists does not matter', () => {
    fc.assert(
      fc.property(definition, fc.func(fc.boolean()), fc.func(fc.nat()), (lists, keep, rank) => {
        const before = nodesOf(lists);
        const changed = <T extends { name: string }>(list: T[]): T[] =>
          list.filter(({ name }) => keep(name)).sort((a, b) => rank(a.name) - rank(b.name));
        const after = nodesOf({
          control_planes: changed(lists.control_planes),
          workers: changed(lists.workers),
          gpu_workers: changed(lists.gpu_workers),
          node_pools: changed(lists.node_pools),
        });
        expect([...after.keys()]).toEqual([...before.keys()].filter((name) => after.has(name)));
        for (const [name, n] of after) expect(n).toEqual(before.get(name));
      }),
    );
  });

  it('leaves every other node of a pool as it was when the pool shrinks, grows or skips', () => {
    const pool = { name: 'a', role: 'worker' as const, proxmox_server: 'pve1', first_index: 5 };
    const size = fc.integer({ min: 0, max: 12 });
    fc.assert(
      fc.property(size, size, fc.uniqueArray(size), (from, to, skip) => {
        const before = nodesOf({ node_pools: [{ ...pool, count: from }] });
        const after = nodesOf({ node_pools: [{ ...pool, count: to, skip }] });
        for (const [name, n] of after) if (before.has(name)) expect(n).toEqual(before.get(name));
        expect(after.size).toBe(to - skip.filter((n) => n >= 1 && n <= to).length);
      }),
    );
  });
});
