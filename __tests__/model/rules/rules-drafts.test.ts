import { formatDiagnostic } from '../../../model/diagnostics/diagnostics';
import { checkDefinitions } from '../../../model/load/load';

/** What the rules say of a definition in a starter file, or in YAML. */
function report(changes: Record<string, unknown>, starter: boolean): string[] {
  const value = {
    cluster_name: 'lab',
    talos_version: 'v1.11.5',
    backend: { type: 'local' },
    proxmox_servers: {
      pve1: {
        api_url: 'https://10.0.0.5:8006/',
        node_name: 'pve1',
        network_bridge: 'vmbr0',
        storage_os: 'local-lvm',
      },
    },
    network_config: { subnet: '10.0.0.0/24', gateway: '10.0.0.1', dns_servers: ['10.0.0.1'] },
    talos_iso: 'local:iso/talos-v1.11.5-nocloud-amd64.iso',
    control_planes: [{ name: 'cp-1', ip_address: '10.0.0.11' }],
    ...changes,
  };
  const source = { file: 'f', kind: 'yaml', starter, locate: () => undefined } as const;
  return (
    checkDefinitions([{ value, source, diagnostics: [] }])
      // Said of every starter file.
      .diagnostics.filter(({ rule }) => rule !== 'starter-list-position')
      .map(formatDiagnostic)
  );
}

/** A definition with most keys, to break one at a time. */
const FULL = {
  kubernetes_version: 'v1.34.1',
  backend: { type: 's3', config: { bucket: 'b', key: 'k' } },
  storage_network: { subnet: '10.9.0.0/24', bridge: 'vmbr1', roles: ['worker'] },
  talos_iso: undefined,
  images: {
    talos: { iso: 'local:iso/talos-v1.11.5-nocloud-amd64.iso', platform: 'nocloud', version: 'v1.11.5' },
    disk: { url: 'https://example.com/v1.11.5/nocloud-amd64.qcow2', file_name: 'talos-v1.11.5.qcow2' },
  },
  system_extensions: ['siderolabs/iscsi-tools'],
  vm_qemu_agent: false,
  resource_pool: { id: 'talos', create: true },
  omni: { endpoint: 'https://omni.example.com' },
  pci_mappings: {
    gpu: { devices: [{ proxmox_server: 'pve1', path: '0000:01:00', id: '1002:744c', iommu_group: 1 }] },
  },
  defaults: {
    all: { memory_mb: 8192, tags: ['a'] },
    workers: {
      first_ip: '10.0.0.20',
      storage_first_ip: '10.9.0.20',
      vm_id_range: '1100-1199',
      storage_data_override: 'fast',
      data_disks: [{ name: 'a', slot: 1, size_gb: 10, serial: 'x' }],
    },
  },
  control_planes: [{ name: 'cp-1', index: 0, ip_address: '10.0.0.11', mac_address: 'BC:24:11:01:00:00' }],
  workers: [{ name: 'w-1', image: 'disk', startup: { order: 1 }, cpu_type: 'host' }],
  gpu_workers: [{ name: 'g-1', ip_address: '10.0.0.31', gpu_mappings: ['gpu'], bios: 'ovmf' }],
  node_pools: [{ name: 'p', role: 'worker', count: 2, first_index: 5, skip: [1] }],
};

/** Every path in a value, and what it looks like with another value there. */
function* variants(value: unknown, replacement: unknown): Generator<[string, unknown]> {
  if (typeof value !== 'object' || value === null) return;
  for (const key of Object.keys(value)) {
    const child = (value as Record<string, unknown>)[key];
    const withChild = (changed: unknown): unknown =>
      Array.isArray(value)
        ? value.map((item: unknown, i) => (String(i) === key ? changed : item))
        : { ...value, [key]: changed };
    yield [key, withChild(replacement)];
    for (const [path, changed] of variants(child, replacement)) yield [`${key}.${path}`, withChild(changed)];
  }
}

const GPU = { name: 'g-1', ip_address: '10.0.0.31', gpu_mappings: ['gpu'] };

describe('what a starter file may do and a new definition may not', () => {
  it.each([
    ['agent-without-extension', { vm_qemu_agent: true }, 'vm_qemu_agent: the guest agent is on'],
    ['version-sources-agree', { talos_version: 'v1.10.1' }, 'talos_iso: image "talos" is Talos v1.11.5'],
  ])('%s only warns', (rule, changes, message) => {
    expect(report(changes, false)).toEqual([expect.stringContaining(`error[${rule}] ${message}`)]);
    expect(report(changes, true)).toEqual([expect.stringContaining(`warning[${rule}] ${message}`)]);
  });

  it.each([
    ['first-boot-address', { talos_iso: 'local:iso/talos-v1.11.5-metal-amd64.iso' }],
    ['gpu-vm-shape', { gpu_workers: [{ ...GPU, bios: 'seabios' }] }],
    ['gpu-extensions', { gpu_workers: [GPU], system_extensions: ['siderolabs/iscsi-tools'] }],
  ])('%s is silent', (rule, changes) => {
    expect(report(changes, false)).toEqual([expect.stringContaining(`[${rule}]`)]);
    expect(report(changes, true)).toEqual([]);
  });

  it('backend-local warns in the words of the file', () => {
    expect(report({ backend: undefined }, true)).toEqual([
      'f: warning[backend-local] backend: the Terraform state is only in state/lab.tfstate on this machine; add a remote backend, or write backend = { type = "local" } to keep it there',
    ]);
  });
});

describe('what is broken in its shape is told once', () => {
  it.each([
    ['images', { talos_iso: undefined, images: { talos: { iso: 5 } } }],
    ['an image', { talos_iso: undefined, images: { talos: 'nocloud.iso' } }],
    ['the short of an image', { talos_iso: 5 }],
    ['control planes', { control_planes: 3 }],
    [
      'control planes beside a pool',
      {
        control_planes: 3,
        node_pools: [{ name: 'cp', role: 'control-plane', count: 2 }],
        defaults: { control_planes: { first_ip: '10.0.0.11' } },
      },
    ],
    [
      'a pool',
      { control_planes: undefined, node_pools: [{ name: 'cp', role: 'control-plane', count: '3' }] },
    ],
    [
      'GPU mappings',
      {
        defaults: { gpu_workers: { gpu_mappings: 'a' } },
        gpu_workers: [{ ...GPU, gpu_mappings: undefined }],
      },
    ],
    ['extensions', { vm_qemu_agent: true, system_extensions: 'siderolabs/qemu-guest-agent' }],
    ['an extension', { system_extensions: ['siderolabs/iscsi-tools', 5] }],
    [
      'addressing',
      {
        talos_iso: 'local:iso/talos-v1.11.5-metal-amd64.iso',
        network_config: {
          subnet: '10.0.0.0/24',
          gateway: '10.0.0.1',
          dns_servers: ['10.0.0.1'],
          addressing: 'static',
        },
      },
    ],
    [
      'the platform',
      { talos_iso: undefined, images: { talos: { iso: 'local:iso/talos-v1.11.5.iso', platform: 'cloud' } } },
    ],
    [
      'a storage',
      {
        proxmox_servers: {
          pve1: {
            api_url: 'https://10.0.0.5:8006/',
            node_name: 'pve1',
            network_bridge: 'vmbr0',
            storage_os: 5,
          },
        },
      },
    ],
    ['a backend', { backend: 's3' }],
    [
      'a data disk',
      {
        control_planes: [
          { name: 'cp-1', ip_address: '10.0.0.11', data_disks: [{ slot: 1, size_gb: 'big' }, 5] },
        ],
      },
    ],
  ])('%s', (_what, changes) => {
    const lines = report(changes, false);
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.filter((line) => !line.includes('error[schema-value]'))).toEqual([]);
  });
});

it('no rule prints a user, a password or a token', () => {
  const secret = 'me:hunter2@example.com/talos.iso?x=hunter2';
  const images = { talos: { url: `ftp://${secret}` }, other: { url: `https://${secret}` } };
  const lines = report({ talos_iso: undefined, images, omni: { endpoint: `https://${secret}` } }, false);
  expect(lines.length).toBeGreaterThan(3);
  expect(lines.join()).not.toContain('hunter2');
});

describe('no broken value stops the other checks', () => {
  it('accepts the whole definition', () => {
    expect(report(FULL, false)).toEqual([]);
  });

  it.each([[undefined], [null], [5], [-1], [0.5], [''], ['x'], [[]], [[5]], [{}], [true]])(
    '%j',
    (replacement) => {
      for (const [path, changed] of variants(FULL, replacement)) {
        // A rule that throws names no path, so the path goes with the result.
        let lines: string[] | string;
        try {
          lines = report(changed as Record<string, unknown>, false);
        } catch (cause) {
          lines = String(cause);
        }
        expect([path, lines]).toEqual([path, expect.any(Array)]);
      }
    },
  );
});
