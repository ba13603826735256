import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatDiagnostic } from '../../../model/diagnostics/diagnostics';
import { checkDefinitions, loadDefinitions } from '../../../model/load/load';
import { convertStarter, parseStarter, readStarter } from '../../../model/migrate/starter';

const FIXTURES = join(__dirname, '../../fixtures/starter');
const fixture = (name: string) => join(FIXTURES, name, 'terraform.tfvars');
const read = (name: string) => readFileSync(fixture(name), 'utf8');

type Node = Readonly<Record<string, unknown>>;
type Definition = Readonly<Record<string, unknown>> & {
  readonly control_planes: readonly Node[];
  readonly workers: readonly Node[];
  readonly gpu_workers: readonly Node[];
};

async function convert(text: string) {
  const { conversion, parsed } = await readStarter('t.tfvars', text);
  if (!conversion) throw new Error(parsed.diagnostics.map(formatDiagnostic).join('\n'));
  return { ...conversion, definition: conversion.definition as Definition };
}

/** The diagnostics of a text alone, without those of the rules. */
const problems = async (text: string) =>
  (await parseStarter('t.tfvars', text)).diagnostics.map(formatDiagnostic);

const identity = (nodes: readonly Node[]) =>
  nodes.map(({ index, mac_address, vm_id }) => [index, mac_address, vm_id]);

describe('eras', () => {
  it.each([
    ['v1', 'v1', [3, 1, 1]],
    ['v1_5', 'v1.5', [3, 2, 1]],
    ['v2', 'v2', [3, 3, 2]],
    ['v3', 'v3', [3, 2, 2]],
    ['starter-example', 'v2', [3, 3, 0]],
  ])('recognises %s and keeps its nodes', async (name, era, numbers) => {
    const { definition, ...conversion } = await convert(read(name));
    expect(conversion.era).toBe(era);
    const { control_planes, workers, gpu_workers } = definition;
    expect([control_planes, workers, gpu_workers].map(({ length }) => length)).toEqual(numbers);
  });

  it.each([
    ['v1', { proxmox_servers: { a: { storage_os: 'x' } } }],
    ['v1', { talos_template_name: 't' }],
    ['v1.5', { proxmox_servers: { a: { storage_os: 'x' } }, talos_template_name: 't', boot_method: 'iso' }],
    ['v1.5', { proxmox_servers: { a: { storage_os: 'x' } }, talos_version: 'v1.11.5' }],
    [
      'v2',
      { proxmox_servers: { a: { storage_control_plane_os: 'x', storage_os: 'x' } }, boot_method: 'pxe' },
    ],
    ['v3', { proxmox_servers: { a: { storage_control_plane_os: 'x' } }, talos_template_name: 'left over' }],
    ['v3', {}],
  ])('is %s for %j', (era, values) => {
    expect(convertStarter(values).era).toBe(era);
  });

  it.each(['v1', 'v1_5', 'v3'])('loads the file of %s unchanged, without an error', async (name) => {
    const { clusters, diagnostics } = await loadDefinitions(fixture(name));
    expect(diagnostics.filter(({ severity }) => severity === 'error').map(formatDiagnostic)).toEqual([]);
    expect(clusters).toHaveLength(1);
  });
});

describe('identity', () => {
  it('follows the list position, with VMIDs from v2 on', async () => {
    const { definition } = await convert(read('v2'));
    expect(identity(definition.control_planes)).toEqual([
      [0, 'BC:24:11:01:00:00', 100],
      [1, 'BC:24:11:01:00:01', 101],
      [2, 'BC:24:11:0A:0B:0C', 102],
    ]);
    expect(definition.workers.map(({ name }) => name)).toEqual([
      'talos-worker-1',
      'talos-worker-2',
      'talos-worker-7',
    ]);
    expect(identity(definition.workers)).toEqual([
      [0, 'BC:24:11:02:00:00', 110],
      [1, 'BC:24:11:02:00:01', 111],
      [2, 'BC:24:11:02:00:02', 112],
    ]);
    expect(identity(definition.gpu_workers)).toEqual([
      [0, 'BC:24:11:03:00:00', 120],
      [1, 'BC:24:11:03:00:01', 121],
    ]);
  });

  it.each(['v1', 'v1_5'])('leaves the VMIDs of %s to the default ranges', async (name) => {
    const { definition } = await convert(read(name));
    expect(definition.control_planes.every((node) => !('vm_id' in node))).toBe(true);
    const { diagnostics } = await loadDefinitions(fixture(name));
    expect(diagnostics.filter(({ rule }) => rule === 'starter-value').map(({ path }) => path)).toContain(
      'control_planes',
    );
  });

  it('uses the prefix of the file, in upper case, and counts beyond 255', () => {
    const node = { name: 'w', mac_address: '' };
    const { definition } = convertStarter({
      mac_address_prefix: '02:ab:0c',
      workers: Array.from({ length: 258 }, () => node),
    });
    const workers = definition['workers'] as Node[];
    expect(workers[257]?.['mac_address']).toBe('02:AB:0C:02:01:01');
  });

  it('keeps what somebody added to the file', () => {
    const workers = [{ name: 'w-1', vm_id: 4711, index: 9, gpu_mappings: ['x'] }];
    const { definition } = convertStarter({
      workers,
      system_extensions: [],
      defaults: { all: { cpu_type: 'host' } },
    });
    expect(definition).toMatchObject({
      workers,
      system_extensions: [],
      defaults: { all: { cpu_type: 'host', bios: 'seabios', machine: 'q35' } },
    });
  });
});

describe('VM arguments in effect', () => {
  it('are those of the era', async () => {
    const all = await Promise.all(
      ['v1', 'v1_5', 'v2', 'v3'].map(async (name) => {
        const { defaults, vm_qemu_agent, vm_protection, vm_start_on_boot } = (await convert(read(name)))
          .definition;
        return { ...(defaults as { all: object }).all, vm_qemu_agent, vm_protection, vm_start_on_boot };
      }),
    );
    const common = { bios: 'seabios', cpu_type: 'x86-64-v2-AES' };
    expect(all).toEqual([
      { ...common, machine: 'pc', vm_qemu_agent: false, vm_protection: true, vm_start_on_boot: true },
      { ...common, machine: 'pc', vm_qemu_agent: true, vm_protection: false, vm_start_on_boot: false },
      { ...common, machine: 'q35', vm_qemu_agent: true, vm_protection: false, vm_start_on_boot: true },
      { ...common, machine: 'q35', vm_qemu_agent: true, vm_protection: false, vm_start_on_boot: true },
    ]);
  });

  it('have the extensions of the starter where the agent is on', async () => {
    expect((await convert(read('v1'))).definition['system_extensions']).toBeUndefined();
    expect((await convert(read('v3'))).definition['system_extensions']).toEqual([
      'siderolabs/iscsi-tools',
      'siderolabs/nfsd',
      'siderolabs/qemu-guest-agent',
      'siderolabs/util-linux-tools',
    ]);
  });

  it('have a GPU mapping from v2 on, and a person before', async () => {
    const mappings = async (name: string) =>
      (await convert(read(name))).definition.gpu_workers.map((node) => [
        node['gpu_mappings'],
        node['gpu_pci_id'],
      ]);
    expect(await mappings('v1')).toEqual([[[], '01:00']]);
    expect(await mappings('v3')).toEqual([
      [['nvidia-gpu-1'], '01:00'],
      [['nvidia-gpu-1'], undefined],
    ]);
  });

  it('let two GPU workers of one server trip over the mapping', async () => {
    const { diagnostics } = await loadDefinitions(fixture('v2'));
    const found = diagnostics.find(({ rule }) => rule === 'gpu-mapping-shared');
    expect(found).toMatchObject({
      severity: 'error',
      path: 'gpu_workers[1].gpu_mappings',
      line: 130,
      column: 3,
    });
  });
});

describe('images', () => {
  const images = (values: Record<string, unknown>) => {
    const { talos_iso, talos_gpu_iso, talos_version } = convertStarter(values).definition;
    return [talos_version, talos_iso, talos_gpu_iso];
  };
  const perRole = { a: { storage_control_plane_os: 'x' } };
  const gpu = [{ name: 'g-1' }];

  it.each([
    [
      'v1',
      { talos_template_name: 't', gpu_workers: gpu },
      ['v1.11.5', 'local:iso/talos-1.11.5.iso', undefined],
    ],
    [
      'v1.5',
      { talos_template_name: 't', boot_method: 'iso', gpu_workers: gpu },
      ['v1.10.1', 'local:iso/talos-amd64.iso', undefined],
    ],
    [
      'v2',
      { proxmox_servers: perRole, boot_method: 'iso', gpu_workers: gpu },
      ['v1.11.5', 'local:iso/talos-amd64.iso', 'local:iso/metal-amd64-gpu-talos-1.11.5.iso'],
    ],
    ['v3', { gpu_workers: gpu }, ['v1.11.5', 'local:iso/talos-1.11.5.iso', 'local:iso/talos-1.11.5-gpu.iso']],
    ['v3 without GPU', {}, ['v1.11.5', 'local:iso/talos-1.11.5.iso', undefined]],
  ])('have the defaults of %s', (_, values, expected) => {
    expect(images(values)).toEqual(expected);
  });

  it.each([
    [
      'boot_method pxe',
      { boot_method: 'pxe', talos_iso: 'local:iso/x.iso', talos_gpu_iso: 'local:iso/y.iso' },
      ['', undefined],
    ],
    ['an empty ISO', { talos_iso: '', talos_gpu_iso: '' }, ['', '']],
    [
      'an ISO for GPU workers alone',
      { talos_iso: '', talos_gpu_iso: 'local:iso/y.iso' },
      ['', 'local:iso/y.iso'],
    ],
  ])('boot from the network for %s', (_, values, expected) => {
    expect(images({ proxmox_servers: perRole, gpu_workers: gpu, ...values }).slice(1)).toEqual(expected);
  });

  it('tell the Talos version, since the variable was only printed', async () => {
    const { definition } = await convert(read('v2'));
    expect(definition['talos_version']).toBe('v1.11.5');
    expect((await problems(read('v2')))[0]).toBe(
      't.tfvars:44:17: warning[starter-value] talos_version: the file says v1.10.1, which the starter only printed; v1.11.5 of the ISO is taken',
    );
    expect(images({ talos_iso: '', talos_version: '1.10.4' })[0]).toBe('v1.10.4');
  });

  it('refuse a boot method that never was', async () => {
    expect(await problems('a = 1\nboot_method = "usb"\n')).toEqual([
      't.tfvars:2:15: error[schema-value] boot_method: "usb" is not one of iso, pxe; use one of them',
    ]);
  });
});

describe('values', () => {
  it('are read as Terraform read them', () => {
    const { definition } = convertStarter({
      network_config: { subnet: '10.0.0.0/24', gateway: '10.0.0.1', dns_servers: ['1.1.1.1'], vlan_id: '20' },
      proxmox_servers: {
        a: { tls_insecure: 'true', storage_data: '', node_name: 5, api_url: 'https://h:8006/api2/json' },
      },
      workers: [
        {
          name: 'w',
          cpu_cores: '4',
          memory_mb: null,
          mac_address: '',
          storage_os_override: '',
          os_disk_size_gb: 'big',
        },
      ],
      vm_start_on_boot: 'false',
    });
    expect(definition).toMatchObject({ network_config: { vlan_id: 20 }, vm_start_on_boot: false });
    expect(definition['proxmox_servers']).toEqual({
      a: { api_url: 'https://h:8006/', node_name: '5', tls_insecure: true },
    });
    const [node] = definition['workers'] as Node[];
    expect(node).toMatchObject({ cpu_cores: 4, os_disk_size_gb: 'big' });
    expect(Object.keys(node ?? {})).not.toEqual(expect.arrayContaining(['memory_mb']));
    expect(node).not.toHaveProperty('storage_os_override');
  });

  it('have the defaults of the starter where the file has none', () => {
    expect(convertStarter({}).definition).toMatchObject({
      cluster_name: 'talos-cluster',
      mac_address_prefix: 'BC:24:11',
      vm_start_on_boot: true,
      vm_protection: false,
      network_config: {
        subnet: '192.168.10.0/24',
        gateway: '192.168.10.1',
        dns_servers: ['1.1.1.1', '8.8.8.8'],
        vlan_id: 0,
        addressing: 'dhcp_reservation',
      },
    });
  });

  it('do not throw for shapes that make no sense', () => {
    for (const value of ['text', 1, true, [], [[1]], { a: 1 }, { a: [null] }]) {
      const keys = [
        'proxmox_servers',
        'network_config',
        'control_planes',
        'gpu_workers',
        'mac_address_prefix',
        'talos_iso',
        'defaults',
      ];
      const values = Object.fromEntries(keys.map((key) => [key, value]));
      expect(() => convertStarter(values)).not.toThrow();
    }
  });

  it('warn of a prefix that the starter ignored', async () => {
    expect(await problems(read('v2'))).toContain(
      't.tfvars:35:17: warning[starter-value] network_config.subnet: the starter gave every node the prefix /24 whatever this says; it is /23 from now on',
    );
  });

  it('report what they override', async () => {
    const lines = await problems(read('v2'));
    expect(lines.filter((line) => /vm_/.test(line))).toEqual([
      't.tfvars:145:22: warning[starter-value] vm_qemu_agent: the file says false, but the starter turned the agent on for every VM; true is kept',
      't.tfvars:146:22: warning[starter-value] vm_protection: the file says true, but the starter never applied it; false is kept, set true to protect the VMs',
    ]);
  });
});

describe('checks of a starter file', () => {
  const check = async (text: string) => {
    const parsed = await parseStarter('t.tfvars', text);
    return checkDefinitions([parsed]).diagnostics.map(formatDiagnostic);
  };

  it('name an unknown key with its place and the nearest known one', async () => {
    const text = read('v3')
      .replace('cpu_cores         = 8', 'cpu_core          = 8')
      .concat('\nclustername = "x"\n');
    const lines = (await check(text)).filter((line) => line.includes('schema-key-unknown'));
    expect(lines).toEqual([
      't.tfvars:87:5: error[schema-key-unknown] workers[0].cpu_core: unknown key "cpu_core"; did you mean "cpu_cores"?',
      't.tfvars:134:1: error[schema-key-unknown] clustername: unknown key "clustername"; did you mean "cluster_name"?',
    ]);
  });

  it('do not report the variables that only the starter has', async () => {
    for (const name of ['v1', 'v1_5', 'v2']) {
      expect((await check(read(name))).filter((line) => line.includes('schema-'))).toEqual([]);
    }
  });

  it('point at the node where a key is missing, and at a value of the wrong type', async () => {
    const text = read('v3')
      .replace('"192.168.10.111"', '["192.168.10.111"]')
      .replace('    node_name                  = "pve1"\n', '');
    const lines = (await check(text)).filter((line) => line.includes('schema-value'));
    expect(lines).toEqual([
      expect.stringMatching(
        /^t\.tfvars:3:12: error\[schema-value\] proxmox_servers\.pve1\.node_name: required key "node_name" is missing/,
      ),
      expect.stringMatching(
        /^t\.tfvars:94:29: error\[schema-value\] workers\[1\]\.ip_address: expected a text, got a list/,
      ),
    ]);
  });

  it('leave out a data disk without storage, as the example of the starter means it', async () => {
    const { clusters, diagnostics } = await loadDefinitions(fixture('starter-example'));
    const [checked] = clusters;
    const controlPlanes = checked?.cluster.nodes.filter(({ role }) => role === 'control-plane') ?? [];
    expect(controlPlanes.map(({ disks }) => disks.map((disk) => disk.purpose))).toEqual([
      ['os'],
      ['os'],
      ['os'],
    ]);
    const told = diagnostics.filter(({ message }) =>
      message.startsWith('the data disk has a size but no storage'),
    );
    expect(told.map(({ severity, rule, path }) => [severity, rule, path])).toEqual(
      [0, 1, 2].map((i) => ['warning', 'starter-value', `control_planes[${i}].data_disk_size_gb`]),
    );
  });
});

describe('secrets', () => {
  it('are known to be there', async () => {
    const { definition } = await convert(read('v3'));
    expect(definition['proxmox_servers']).toMatchObject({ pve1: { api_token_secret: '(in the file)' } });
  });
});
