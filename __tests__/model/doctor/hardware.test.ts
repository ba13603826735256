import type { DefinitionDraft } from '../../../model/cluster/definition/schema';
import type { ServerAnswers } from '../../../model/proxmox/snapshot';
import { ANSWERS, findings, ok, site, vm, WORKER } from '../../testing/live';

const [node] = WORKER.workers ?? [];
const worker = (keys: object): DefinitionDraft => ({ workers: [{ ...node, ...keys }] });

/** A card as the kernel describes it. */
const CARD = {
  id: '0000:0a:00.0',
  class: '0x030000',
  vendor: '0x10de',
  device: '0x2204',
  iommugroup: 14,
  subsystem_vendor: '0x10de',
  subsystem_device: '0x147d',
  mdev: false,
};

const device = (keys: object = {}) => ({
  proxmox_server: 'pve1',
  path: '0000:0A:00',
  id: '10DE:2204',
  iommu_group: 14,
  subsystem_id: '10DE:147D',
  ...keys,
});

const mapped = (keys: object = {}, mapping: object = {}): DefinitionDraft => ({
  pci_mappings: { rtx: { devices: [device(keys)], ...mapping } },
});

const gpu = (changes: Partial<typeof CARD> = {}): Partial<ServerAnswers> => ({
  pci: ok([{ ...CARD, ...changes }]),
});

describe('a device of pci_mappings', () => {
  it('may be written in upper case: what goes to Proxmox is in lower case', () => {
    expect(findings(gpu(), mapped())).toEqual([]);
  });

  it.each<[string, Partial<typeof CARD>, DefinitionDraft, string]>([
    [
      'can be split into mediated devices',
      { mdev: true },
      mapped(),
      'pci_mappings.rtx.mediated_devices: 0000:0a:00 on "pve1" can be split into mediated devices, which the mapping does not say, and no VM starts with it; write mediated_devices: true',
    ],
    [
      'cannot be split as the mapping says',
      {},
      mapped({}, { mediated_devices: true }),
      'pci_mappings.rtx.mediated_devices: 0000:0a:00 on "pve1" cannot be split into mediated devices as the mapping says, and no VM starts with it; remove mediated_devices',
    ],
    [
      'is in another group',
      { iommugroup: 15 },
      mapped(),
      'pci_mappings.rtx.devices[0].iommu_group: 0000:0a:00 on "pve1" has iommu_group 15, not 14, and no VM starts with it; write iommu_group: 15',
    ],
    [
      'has no subsystem',
      { subsystem_vendor: undefined, subsystem_device: undefined },
      mapped(),
      'pci_mappings.rtx.devices[0].subsystem_id: 0000:0a:00 on "pve1" has no subsystem_id, and no VM starts with it; remove it',
    ],
  ])('%s', (_, changes, definition, message) => {
    expect(findings(gpu(changes), definition)).toEqual([`error[live-object-missing] ${message}`]);
  });
});

describe('a mapping of the server', () => {
  const mapping = (entry: string, mdev = false) => ({
    ...gpu(),
    ...site([], {}, { mappings: ok([{ id: 'rtx', map: [entry], mdev }]) }),
  });
  const wrong = (what: string): string =>
    `error[gpu-mapping-missing] workers[0].gpu_mappings: PCI mapping "rtx" is wrong about 0000:0a:00 on "pve1", and no VM starts with it (${what}); correct it in Datacenter > Resource Mappings`;

  it.each<[string, boolean, string[]]>([
    ['id=10de:2204,iommugroup=14,node=pve1,path=0000:0a:00,subsystem-id=10de:147d', false, []],
    [
      'id=10DE:2204,iommugroup=14,node=pve1,path=0000:0a:00,subsystem-id=10de:147d',
      false,
      [wrong('id is 10de:2204, not 10DE:2204')],
    ],
    [
      'id=10de:2204,node=pve1,path=0000:0a:00',
      true,
      [
        wrong(
          'iommu_group is 14, not none; subsystem_id is 10de:147d, not none; mediated_devices is false, not true',
        ),
      ],
    ],
  ])('%s', (entry, mdev, messages) => {
    expect(findings(mapping(entry, mdev), worker({ gpu_mappings: ['rtx'] }))).toEqual(messages);
  });

  it('that names a device which is gone', () => {
    const entry = 'id=10de:2204,iommugroup=14,node=pve1,path=0000:0a:00';
    expect(findings({ ...mapping(entry), pci: ok([]) }, worker({ gpu_mappings: ['rtx'] }))).toEqual([
      wrong('there is no such device'),
    ]);
  });
});

describe('a mapped device that a VM of the cluster has', () => {
  const entry = (path: string) => `id=10de:2204,iommugroup=14,node=pve1,path=${path},subsystem-id=10de:147d`;
  const answers = (...paths: string[]) => ({
    pci: ok(paths.map((path) => ({ ...CARD, id: `${path}.0` }))),
    ...site(
      [vm(800, { name: 'old' })],
      { 800: { hostpci0: 'mapping=rtx,pcie=1' } },
      { mappings: ok([{ id: 'rtx', map: paths.map(entry), mdev: false }]) },
    ),
  });
  const adopted = (keys: object = {}): DefinitionDraft => ({
    workers: [
      {
        name: 'old',
        index: 7,
        vm_id: 800,
        ip_address: '10.0.0.28',
        adopted: true,
        ignore_changes: ['hostpci'],
        ...keys,
      },
    ],
    gpu_workers: [{ name: 'g-1', ip_address: '10.0.0.81', gpu_mappings: ['rtx'] }],
  });

  it('without the definition saying so is not free', () => {
    expect(findings(answers('0000:0a:00'), adopted())).toEqual([
      'error[gpu-mapping-shared] gpu_workers[0].gpu_mappings: the device of "rtx" is in old (VM 800 on pve1), whose gpu_mappings do not say so; one VM per device: take it out there, or write it there and not here',
    ]);
  });

  it('as the definition says is its own', () => {
    const definition = adopted({ gpu_mappings: ['rtx'] });
    const { gpu_workers: _, ...alone } = definition;
    expect(findings(answers('0000:0a:00'), alone)).toEqual([]);
  });

  it('leaves the second device of the mapping to another', () => {
    expect(findings(answers('0000:0a:00', '0000:0b:00'), adopted())).toEqual([]);
  });
});

describe('qcow2', () => {
  const disks = worker({ disk_format: 'qcow2', storage_data_override: 'os' });
  const storages = (keys: object) => ({
    ...ANSWERS,
    storages: ok([
      {
        storage: 'os',
        type: 'lvm',
        content: ['images'],
        shared: true,
        enabled: true,
        active: true,
        avail: 2 ** 50,
        ...keys,
      },
    ]),
  });
  const raw = [
    'error[disk-format] workers[0].disk_format: "os" is of type lvm without snapshot-as-volume-chain, which holds raw disks only, not qcow2; write raw or take another storage',
  ];

  it.each<[string, object, string[]]>([
    ['LVM with snapshots as a chain of volumes', { formats: { supported: ['qcow2', 'raw'] } }, []],
    ['LVM without', { formats: { supported: ['raw'] } }, raw],
    ['LVM of a version that says it otherwise', { format: [{ raw: 1, qcow2: 1 }, 'raw'] }, []],
    ['LVM of a version that knows no such chains', { format: [{ raw: 1 }, 'raw'] }, raw],
    ['LVM that says nothing', {}, raw],
    ['files', { type: 'nfs' }, []],
  ])('on %s', (_, keys, messages) => {
    const about = findings(storages(keys), disks).filter((text) => text.includes('[disk-format]'));
    expect(about).toEqual(messages);
  });
});

describe('a CPU model', () => {
  const models = (...names: string[]) => ({ cpuModels: ok(['host', 'EPYC-Genoa', ...names]) });

  it.each<[string, string[], string[]]>([
    ['EPYC-Genoa', [], []],
    [
      'EPYC-Turin',
      [],
      ['no CPU model "EPYC-Turin" on "pve1" (Proxmox VE 9.1.1) for w-1; use one of EPYC-Genoa, host'],
    ],
    ['custom-talos', ['custom-talos'], []],
    [
      'custom-talos',
      [],
      [
        'no CPU model "custom-talos" on "pve1" (Proxmox VE 9.1.1) for w-1; define it in /etc/pve/virtual-guest/cpu-models.conf',
      ],
    ],
    [
      'custom-talso',
      ['custom-talos'],
      ['no CPU model "custom-talso" on "pve1" (Proxmox VE 9.1.1) for w-1; did you mean "custom-talos"?'],
    ],
  ])('%s where the server has %j', (cpuType, own, messages) => {
    expect(findings(models(...own), worker({ cpu_type: cpuType }))).toEqual(
      messages.map((message) => `error[live-object-missing] workers[0].cpu_type: ${message}`),
    );
  });
});
