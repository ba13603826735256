import fc from 'fast-check';
import type { DefinitionDraft } from '../../../model/cluster/definition/schema';
import { clusterOf } from '../../testing/drafts';
import { documentOf, documentsOf, parseDocuments, patchesOf, templateOf } from '../../testing/generate';

const NODE = { name: 'w-1', ip_address: '10.0.0.21', mac_address: 'BC:24:11:02:00:00' };
const OLD: DefinitionDraft = { talos_version: 'v1.11.5' };
const NEW: DefinitionDraft = { talos_version: 'v1.12.0' };
const STORAGE: DefinitionDraft = {
  storage_network: { subnet: '10.9.0.0/24', bridge: 'vmbr1', mtu: 9000 },
  network_config: {
    subnet: '10.0.0.0/24', gateway: '10.0.0.1', dns_servers: ['10.0.0.1', '1.1.1.1', '8.8.8.8'], vlan_id: 7, mtu: 1400,
  },
}; // prettier-ignore

/** Patches of the only worker. */
const machine = (keys: object, changes: DefinitionDraft = {}) =>
  patchesOf(documentOf(templateOf({ ...changes, workers: [{ ...NODE, ...keys }] }), 'Machine'));
const cluster = (changes: DefinitionDraft) =>
  patchesOf(
    documentOf(
      templateOf({ ...changes, workers: [{ ...NODE, storage_ip_address: '10.9.0.21' }] }),
      'Cluster',
    ),
  );
const set = (changes: DefinitionDraft, name: string) =>
  patchesOf(documentOf(templateOf(changes), 'Workers', name));

describe('hostname', () => {
  it('is a key of the big document in clusters created before Talos 1.12', () => {
    expect(machine({}, OLD)['hostname']).toEqual({ machine: { network: { hostname: 'w-1' } } });
  });

  it('is a document of its own from Talos 1.12 on, with auto off as a text', () => {
    expect(machine({}, NEW)['hostname']).toEqual({
      apiVersion: 'v1alpha1', kind: 'HostnameConfig', auto: 'off', hostname: 'w-1',
    }); // prettier-ignore
  });

  it('keeps the form that the cluster was created with when Talos is upgraded', () => {
    expect(machine({}, { ...NEW, talos_contract: 'v1.11.5' })['hostname']).toEqual({
      machine: { network: { hostname: 'w-1' } },
    });
  });
});

describe('network', () => {
  const nics = { storage_ip_address: '10.9.0.21', storage_mac_address: 'BC:24:11:12:00:00' };

  it('selects interfaces by MAC before Talos 1.12; D13: the prefix is that of the subnet', () => {
    expect(machine(nics, { ...OLD, ...STORAGE })['network']).toEqual({
      machine: {
        network: {
          interfaces: [
            {
              deviceSelector: { hardwareAddr: 'bc:24:11:02:00:00' },
              dhcp: false,
              mtu: 1400,
              addresses: ['10.0.0.21/24'],
              routes: [{ network: '0.0.0.0/0', gateway: '10.0.0.1' }],
            },
            {
              deviceSelector: { hardwareAddr: 'bc:24:11:12:00:00' },
              dhcp: false,
              mtu: 9000,
              addresses: ['10.9.0.21/24'],
            },
          ],
        },
      },
    });
  });

  it('names links by MAC from Talos 1.12 on', () => {
    const patches = machine(nics, { ...NEW, ...STORAGE });
    expect(patches['network']).toBeUndefined();
    expect(patches['link-alias-lan0']).toEqual({
      apiVersion: 'v1alpha1',
      kind: 'LinkAliasConfig',
      name: 'lan0',
      selector: { match: 'mac(link.permanent_addr) == "bc:24:11:02:00:00"' },
    });
    expect(patches['link-lan0']).toEqual({
      apiVersion: 'v1alpha1',
      kind: 'LinkConfig',
      name: 'lan0',
      mtu: 1400,
      addresses: [{ address: '10.0.0.21/24' }],
      routes: [{ gateway: '10.0.0.1' }],
    });
    expect(patches['link-storage0']).toEqual({
      apiVersion: 'v1alpha1',
      kind: 'LinkConfig',
      name: 'storage0',
      mtu: 9000,
      addresses: [{ address: '10.9.0.21/24' }],
    });
  });

  it('has an IPv6 default route in an IPv6 network', () => {
    const patches = machine(
      { ip_address: 'fd00::21' },
      { ...OLD, network_config: { subnet: 'fd00::/64', gateway: 'fd00::1', dns_servers: ['fd00::1'] } },
    );
    expect(patches['network']).toMatchObject({
      machine: { network: { interfaces: [{ routes: [{ network: '::/0', gateway: 'fd00::1' }] }] } },
    });
  });

  it('D5, D13: all name servers are one flat list of texts', () => {
    expect(cluster({ ...OLD, ...STORAGE })['nameservers']).toEqual({
      machine: { network: { nameservers: ['10.0.0.1', '1.1.1.1', '8.8.8.8'] } },
    });
    expect(cluster({ ...NEW, ...STORAGE })['nameservers']).toEqual({
      apiVersion: 'v1alpha1',
      kind: 'ResolverConfig',
      nameservers: [{ address: '10.0.0.1' }, { address: '1.1.1.1' }, { address: '8.8.8.8' }],
    });
  });

  it('D23: no patch of a cluster or machine set has an address or a name', () => {
    for (const talos of [OLD, NEW]) {
      const documents = templateOf({ ...talos, ...STORAGE, workers: [{ ...NODE, ...nics }] });
      const shared = documents.filter(({ kind }) => kind !== 'Machine').map(({ text }) => text);
      expect(shared.join('')).not.toMatch(/w-1|10\.0\.0\.21|10\.9\.0\.21|bc:24/i);
    }
  });
});

describe('disks', () => {
  const disks = [
    { name: 'longhorn', slot: 2, size_gb: 100, serial: 'lh-1', longhorn: true },
    { name: 'raw', slot: 3, size_gb: 50, volume: false },
  ];

  it('D12: a data disk is a volume that is found by serial number or link, whatever the version of Proxmox', () => {
    const patches = machine({ data_disks: disks });
    expect(patches['volume-longhorn']).toEqual({
      apiVersion: 'v1alpha1',
      kind: 'UserVolumeConfig',
      name: 'longhorn',
      provisioning: {
        diskSelector: {
          match:
            'disk.serial == "lh-1" || "/dev/disk/by-id/scsi-0QEMU_QEMU_HARDDISK_lh-1" in disk.symlinks || "/dev/disk/by-id/scsi-0QEMU_QEMU_HARDDISK_drive-scsi2" in disk.symlinks',
        },
        minSize: '1GiB',
        grow: true,
      },
      filesystem: { type: 'xfs' },
    });
    expect(Object.keys(patches)).not.toContain('volume-raw');
  });

  it('D12: the OS disk is selected, and no text anywhere names /dev/sdX', () => {
    expect(cluster({})['install-disk']).toEqual({
      machine: { install: { diskSelector: { busPath: '*/virtio*:0:0:0' } } },
    });
    const documents = templateOf({ workers: [{ ...NODE, data_disks: disks }] });
    expect(documents.map(({ text }) => text).join('')).not.toMatch(/\/dev\/(sd|vd)/);
  });

  it('Longhorn gets the mount of its volume, on a control plane too (the starter created that disk and forgot it)', () => {
    const documents = templateOf({
      control_planes: [{ name: 'cp-1', ip_address: '10.0.0.11', data_disks: disks }],
    });
    expect(patchesOf(documentOf(documents, 'Machine'))['longhorn']).toEqual({
      machine: {
        kubelet: {
          extraMounts: [
            {
              source: '/var/mnt/longhorn',
              destination: '/var/lib/longhorn',
              type: 'bind',
              options: ['bind', 'rshared', 'rw'],
            },
          ],
        },
      },
    });
  });
});

describe('node labels', () => {
  const places = {
    'node-role': 'worker',
    'topology.kubernetes.io/region': 'pve1',
    'topology.kubernetes.io/zone': 'pve1',
    'topology.proxmox.io/node': 'pve1',
  };

  it('D13: say where the node is', () => {
    expect(machine({})['node-labels']).toEqual({ machine: { nodeLabels: places } });
  });

  it('of the definition add up at their levels and win over generated ones', () => {
    const documents = templateOf({
      defaults: {
        all: { node_labels: { tier: 'all', 'topology.kubernetes.io/zone': 'rack-1' } },
        workers: { node_labels: { tier: 'workers' } },
      },
      workers: [{ ...NODE, node_labels: { tier: 'own' } }],
    });
    const labels = (kind: 'Cluster' | 'Workers' | 'Machine') =>
      patchesOf(documentOf(documents, kind))['node-labels'];
    expect(labels('Cluster')).toEqual({
      machine: { nodeLabels: { tier: 'all', 'topology.kubernetes.io/zone': 'rack-1' } },
    });
    expect(labels('Workers')).toEqual({ machine: { nodeLabels: { tier: 'workers' } } });
    const { 'topology.kubernetes.io/zone': _, ...rest } = places;
    expect(labels('Machine')).toEqual({ machine: { nodeLabels: { ...rest, tier: 'own' } } });
  });
});

describe('GPU', () => {
  const NVIDIA = [
    'siderolabs/nonfree-kmod-nvidia-production',
    'siderolabs/nvidia-container-toolkit-production',
  ];
  const gpu = { name: 'g-1', ip_address: '10.0.0.31' };
  const definition = (keys: object, changes: DefinitionDraft = {}): DefinitionDraft => ({
    ...changes, defaults: { gpu_workers: keys }, gpu_workers: [gpu], workers: [NODE],
  }); // prettier-ignore

  it('workers with the NVIDIA driver load it and run containers with it', () => {
    const patch = set(definition({ system_extensions: NVIDIA }), 'gpu-workers')['gpu'];
    expect(patch).toMatchObject({
      machine: {
        kernel: {
          modules: ['nvidia', 'nvidia_uvm', 'nvidia_drm', 'nvidia_modeset'].map((name) => ({ name })),
        },
        sysctls: { 'net.core.bpf_jit_harden': '1' },
        files: [{ op: 'create', path: '/etc/cri/conf.d/20-customization.part' }],
      },
    });
  });

  it('has no default runtime from Talos 1.13 on, where devices come through CDI', () => {
    const patch = set(definition({ system_extensions: NVIDIA }, { talos_version: 'v1.13.0' }), 'gpu-workers');
    expect(patch['gpu']).toMatchObject({ machine: { kernel: {} } });
    expect(JSON.stringify(patch['gpu'])).not.toContain('files');
  });

  it('is not configured where the image has no driver', () => {
    expect(set(definition({}), 'gpu-workers')).toEqual({});
  });

  it('D16: a cluster without GPU workers has no set for them', () => {
    const names = templateOf({ workers: [NODE] }).map(({ name }) => name);
    expect(names).toEqual(['lab', 'workers', 'w-1']);
  });
});

describe('levels', () => {
  it('kernel parameters and patches stand where they are written, those of the definition last', () => {
    const documents = templateOf({
      defaults: {
        all: {
          sysctls: { 'vm.swappiness': '1' },
          patches: { time: { machine: { time: { disabled: true } } } },
        },
        workers: { first_ip: '10.0.0.21', sysctls: { 'vm.swappiness': '2' } },
      },
      workers: [{ ...NODE, patches: { env: { machine: { env: { A: 'b' } } } } }],
      node_pools: [
        { name: 'web', role: 'worker', count: 1, first_index: 5, sysctls: { 'vm.swappiness': '3' } },
      ],
    });
    expect(patchesOf(documentOf(documents, 'Workers', 'web'))['sysctls']).toEqual({
      machine: { sysctls: { 'vm.swappiness': '3' } },
    });
    expect(patchesOf(documentOf(documents, 'Workers', 'workers'))['sysctls']).toEqual({
      machine: { sysctls: { 'vm.swappiness': '2' } },
    });
    const ids = (kind: 'Cluster' | 'Machine', name: string) =>
      documentOf(documents, kind, name).patches.map(({ idOverride }) => idOverride);
    expect(ids('Cluster', 'lab')).toEqual([
      '200-cluster-lab.install-disk',
      '200-cluster-lab.nameservers',
      '200-cluster-lab.sysctls',
      '250-cluster-lab.time',
    ]);
    expect(ids('Machine', 'w-1').at(-1)).toMatch(/^450-cm-[0-9a-f-]{36}\.env$/);
  });

  it('lists of extensions and arguments are whole or absent', () => {
    const documents = templateOf({
      system_extensions: ['siderolabs/b', 'siderolabs/a'],
      defaults: { all: { kernel_args: ['x=1'] }, workers: { system_extensions: ['siderolabs/c', 'siderolabs/b', 'siderolabs/a'] } },
      control_planes: [{ name: 'cp-1', ip_address: '10.0.0.11' }],
      workers: [
        NODE,
        { name: 'w-2', ip_address: '10.0.0.22', system_extensions: ['siderolabs/d', 'siderolabs/b', 'siderolabs/a'], kernel_args: ['x=1', 'y=2'] },
      ],
    }); // prettier-ignore
    const lists = Object.fromEntries(
      documents.map(({ name, value }) => [name, [value['systemExtensions'], value['kernelArgs']]]),
    );
    expect(lists).toEqual({
      lab: [['siderolabs/a', 'siderolabs/b'], ['x=1']],
      'control-planes': [undefined, undefined],
      workers: [['siderolabs/a', 'siderolabs/b', 'siderolabs/c'], undefined],
      'cp-1': [undefined, undefined],
      'w-1': [undefined, undefined],
      'w-2': [
        ['siderolabs/a', 'siderolabs/b', 'siderolabs/d'],
        ['x=1', 'y=2'],
      ],
    });
  });

  it('control planes of a pool stay in the one set that Omni has for them', () => {
    const documents = templateOf({
      node_pools: [
        { name: 'cp', role: 'control-plane', count: 1, sysctls: { 'vm.swappiness': '1' }, patches: { a: { machine: { env: { A: 'b' } } } } },
      ],
      defaults: { control_planes: { first_ip: '10.0.0.11' } },
    }); // prettier-ignore
    expect(documents.map(({ kind }) => kind)).toEqual(['Cluster', 'ControlPlane', 'Machine']);
    const patches = patchesOf(documentOf(documents, 'Machine'));
    expect(patches).toMatchObject({
      sysctls: { machine: { sysctls: { 'vm.swappiness': '1' } } },
      a: { machine: { env: { A: 'b' } } },
    });
  });

  it('Omni settings are there when they are written', () => {
    const written = templateOf({
      omni: {
        endpoint: 'https://omni.example.com', disk_encryption: true, workload_proxy: false, embedded_discovery: true,
        backup_interval: '6h', labels: { b: '1.10', a: 'null' }, annotations: { note: 'x: y' },
      },
      workers: [NODE],
    }); // prettier-ignore
    expect(documentOf(written, 'Cluster').value).toMatchObject({
      labels: { a: 'null', b: '1.10' },
      annotations: { note: 'x: y' },
      features: {
        diskEncryption: true,
        enableWorkloadProxy: false,
        useEmbeddedDiscoveryService: true,
        backupConfiguration: { interval: '6h' },
      },
    });
    expect(documentOf(templateOf({ workers: [NODE] }), 'Cluster').value).not.toHaveProperty('features');
  });

  it('D26: Talos and Kubernetes have the versions of the definition', () => {
    expect(documentOf(templateOf({ ...NEW, workers: [NODE] }), 'Cluster').value).toMatchObject({
      talos: { version: 'v1.12.0' },
      kubernetes: { version: 'v1.34.1' },
    });
  });

  it('D21: nothing is said of kube-proxy, so that all roles have the same', () => {
    const documents = templateOf({
      control_planes: [{ name: 'cp-1', ip_address: '10.0.0.11' }],
      workers: [NODE],
    });
    expect(documents.map(({ text }) => text).join('')).not.toContain('proxy');
  });
});

/** Texts that YAML, Handlebars, Terraform or a shell could take for something else. */
const hostile = fc.oneof(
  fc.constantFrom('null', '1.10', '0777', 'no', '~', 'a: b', '# x', '{{x}}', '${x}', '"', "'", 'a\nb: c', '- x', '---', '\u2028'),
  fc.string({ unit: 'grapheme' }),
); // prettier-ignore

const VERSIONS = ['v1.11.5', 'v1.12.0'];

it('no name or value changes the structure of a template', () => {
  const structure = (text: string) => parseDocuments(text).map((document) => shapeOf(document));
  const of = (text: string, talos_version: string) => {
    const documents = documentsOf(
      clusterOf({
        talos_version,
        kubernetes_version: `v${text}`,
        omni: { endpoint: 'https://omni.example.com', backup_interval: text, annotations: { note: text } },
        defaults: { all: { node_labels: { tier: text }, sysctls: { a: text }, kernel_args: [text] } },
        workers: [
          { ...NODE, name: text, index: 0, uuid: '11111111-1111-4111-8111-000000000001', data_disks: [{ name: text, slot: 1, size_gb: 1 }], patches: { x: { machine: { env: { A: text } } } } },
        ],
      }),
    ); // prettier-ignore
    return { documents, text: documents.map((document) => `---\n${document.text}`).join('') };
  };
  const plain = new Map(VERSIONS.map((version) => [version, structure(of('plain', version).text)]));
  fc.assert(
    fc.property(hostile, fc.constantFrom(...VERSIONS), (text, version) => {
      const made = of(text, version);
      expect(structure(made.text)).toEqual(plain.get(version));
      expect(parseDocuments(made.text)).toEqual(made.documents.map(({ value }) => value));
      expect(made.documents[0]?.value).toMatchObject({ annotations: { note: text }, kernelArgs: [text] });
    }),
    { numRuns: 100 },
  );
});

/** A value without its texts. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shapeOf);
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shapeOf(item)]));
}
