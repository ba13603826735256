import type { DefinitionDraft } from '../../../model/cluster/definition/schema';
import { versionIn } from '../../../model/cluster/resolve/images';
import { ROLE_FACTS, ROLES } from '../../../model/cluster/roles';
import { BASE, clusterOf, draftOf, nodeOf, SERVER, worker } from '../../testing/drafts';

const FACTORY = `https://factory.talos.dev/image/${'0123456789ab'.padEnd(64, 'c')}/v1.11.5`;

describe('storages', () => {
  const ALL = {
    storage_os: 'any-os',
    storage_data: 'any-data',
    storage_control_plane_os: 'cp-os',
    storage_control_plane_data: 'cp-data',
    storage_worker_os: 'w-os',
    storage_worker_data: 'w-data',
    storage_gpu_worker_os: 'g-os',
    storage_gpu_worker_data: 'g-data',
  };
  const only = (...keys: (keyof typeof ALL)[]) => Object.fromEntries(keys.map((key) => [key, ALL[key]]));
  const storages = (role: (typeof ROLES)[number], server: object, node: object = {}) =>
    nodeOf({
      proxmox_servers: { pve1: { ...SERVER, ...server } },
      [ROLE_FACTS[role].key]: [{ name: 'n-1', data_disk_size_gb: 10, ...node }],
    }).disks.map(({ storage }) => storage);

  it.each([
    ['control-plane', ALL, ['cp-os', 'cp-data']],
    [
      'control-plane',
      only('storage_os', 'storage_data', 'storage_worker_os', 'storage_worker_data'),
      ['any-os', 'any-data'],
    ],
    ['control-plane', only('storage_worker_os', 'storage_gpu_worker_data'), [undefined, undefined]],
    ['worker', ALL, ['w-os', 'w-data']],
    ['worker', only('storage_os', 'storage_data', 'storage_gpu_worker_os'), ['any-os', 'any-data']],
    ['worker', only('storage_gpu_worker_os', 'storage_control_plane_data'), [undefined, undefined]],
    ['gpu-worker', ALL, ['g-os', 'g-data']],
    [
      'gpu-worker',
      only('storage_worker_os', 'storage_worker_data', 'storage_os', 'storage_data'),
      ['w-os', 'w-data'],
    ],
    ['gpu-worker', only('storage_os', 'storage_data'), ['any-os', 'any-data']],
    ['gpu-worker', only('storage_control_plane_os'), [undefined, undefined]],
    // The starter writes "" for what it leaves open.
    [
      'gpu-worker',
      { ...ALL, storage_gpu_worker_os: '', storage_gpu_worker_data: '', storage_worker_data: '' },
      ['w-os', 'any-data'],
    ],
  ] as const)('%s on a server with %j', (role, server, expected) => {
    expect(storages(role, server)).toEqual(expected);
  });

  it.each(ROLES)('an override comes before all keys of the server for a %s', (role) => {
    expect(storages(role, ALL, { storage_os_override: 'a', storage_data_override: 'b' })).toEqual(['a', 'b']);
    expect(storages(role, {}, { storage_os_override: 'a' })).toEqual(['a', undefined]);
    expect(
      storages(role, only('storage_os', 'storage_data'), {
        storage_os_override: '',
        storage_data_override: '',
      }),
    ).toEqual(['any-os', 'any-data']);
  });

  it('of a data disk comes before the override', () => {
    const disks = {
      data_disk_size_gb: undefined,
      data_disks: [{ size_gb: 1, storage: 'own' }],
      storage_data_override: 'b',
    };
    expect(storages('worker', ALL, disks)).toEqual(['w-os', 'own']);
  });
});

describe('data disks', () => {
  const disks = (keys: object, changes: DefinitionDraft = {}) =>
    worker(keys, changes)
      .disks.slice(1)
      .map(({ name, slot, sizeGb, serial }) => [name, slot, sizeGb, serial]);

  it.each([
    [{}, []],
    [{ data_disk_size_gb: 0 }, []],
    [{ data_disk_size_gb: 10 }, [['data-1', 1, 10, 'data-1']]],
    [{ data_disks: [{ size_gb: 10 }] }, [['data-1', 1, 10, 'data-1']]],
    [{ data_disk_size_gb: 0, data_disks: [{ size_gb: 10 }] }, [['data-1', 1, 10, 'data-1']]],
    [{ data_disks: [{ name: 'longhorn', size_gb: 10 }] }, [['longhorn', 1, 10, 'longhorn']]],
    [{ data_disks: [{ name: 'longhorn', size_gb: 10, serial: 's' }] }, [['longhorn', 1, 10, 's']]],
    [
      {
        data_disks: [
          { slot: 3, size_gb: 30 },
          { slot: 2, size_gb: 20 },
        ],
      },
      [
        ['data-2', 2, 20, 'data-2'],
        ['data-3', 3, 30, 'data-3'],
      ],
    ],
    [
      {
        data_disks: [
          { slot: 2, size_gb: 0 },
          { slot: 3, size_gb: 30 },
        ],
      },
      [['data-3', 3, 30, 'data-3']],
    ],
    [
      { data_disk_size_gb: 10, data_disks: [{ slot: 2, size_gb: 20 }] },
      [
        ['data-1', 1, 10, 'data-1'],
        ['data-2', 2, 20, 'data-2'],
      ],
    ],
  ])('%j', (keys, expected) => {
    expect(disks(keys)).toEqual(expected);
  });

  it('have no slot where several leave it open', () => {
    expect(
      disks({
        data_disks: [
          { name: 'a', size_gb: 1 },
          { name: 'b', size_gb: 1 },
        ],
      }),
    ).toEqual([
      ['a', undefined, 1, 'a'],
      ['b', undefined, 1, 'b'],
    ]);
  });

  it('of a node replace those of its role, whichever key has them', () => {
    const defaults = { workers: { data_disks: [{ size_gb: 50 }] } };
    expect(disks({}, { defaults })).toEqual([['data-1', 1, 50, 'data-1']]);
    expect(disks({ data_disk_size_gb: 10 }, { defaults })).toEqual([['data-1', 1, 10, 'data-1']]);
    expect(disks({ data_disk_size_gb: 0 }, { defaults })).toEqual([]);
    expect(disks({ data_disks: [] }, { defaults })).toEqual([]);
  });
});

describe('images', () => {
  const imagesOf = (changes: DefinitionDraft) => draftOf({ images: undefined, ...changes }).images;
  const first = (changes: DefinitionDraft) => imagesOf(changes)[0];

  it.each([
    [
      `${FACTORY}/nocloud-amd64.qcow2`,
      'talos-v1.11.5-0123456789ab-nocloud-amd64-lab.qcow2',
      'import',
      'nocloud',
      'v1.11.5',
    ],
    [
      `${FACTORY}/metal-amd64-secureboot.iso`,
      'talos-v1.11.5-0123456789ab-metal-amd64-secureboot-lab.iso',
      'iso',
      'metal',
      'v1.11.5',
    ],
    [
      'https://10.0.0.9/talos-1.12.0-rc.1.iso?a=b',
      'talos-1.12.0-rc.1-lab.iso',
      'iso',
      'metal',
      'v1.12.0-rc.1',
    ],
    ['https://10.0.0.9/x/file', 'file-lab', 'import', 'metal', undefined],
  ])('%s', (url, fileName, content, platform, version) => {
    expect(first({ images: { talos: { url } } })).toMatchObject({
      sources: ['url'],
      source: { kind: 'download', url: { literal: url }, fileName, content },
      platform,
    });
    expect(first({ images: { talos: { url } } })?.version).toBe(version);
  });

  it('take a written file name, version, platform and checksum first', () => {
    const image = {
      url: `${FACTORY}/metal-amd64.iso`,
      file_name: 'a-v1.2.3.iso',
      version: '1.10.0',
      platform: 'nocloud' as const,
      checksum: 'SHA256:AB',
    };
    expect(first({ images: { talos: image } })).toMatchObject({
      source: { fileName: 'a-v1.2.3.iso', checksum: { algorithm: 'sha256', value: 'ab' } },
      version: 'v1.10.0',
      platform: 'nocloud',
    });
  });

  it('may hide their address in a variable', () => {
    expect(first({ images: { talos: { url_variable: 'v', file_name: 'f.qcow2' } } })?.source).toEqual({
      kind: 'download',
      url: { variable: 'v' },
      fileName: 'f.qcow2',
      content: 'import',
    });
  });

  it('stand for talos_iso and talos_gpu_iso, and "" is PXE', () => {
    expect(imagesOf({ talos_iso: 'local:iso/a.iso', talos_gpu_iso: '' })).toMatchObject([
      { key: 'gpu', path: ['talos_gpu_iso'], sources: ['talos_gpu_iso'], source: { kind: 'pxe' } },
      { key: 'talos', path: ['talos_iso'], source: { kind: 'iso', files: { pve1: 'local:iso/a.iso' } } },
    ]);
  });

  it('have the ISO of a server before that of the cluster', () => {
    const proxmox_servers = { pve1: { ...SERVER, talos_iso: 'nas:iso/b.iso' }, pve2: SERVER };
    expect(first({ proxmox_servers, talos_iso: 'local:iso/a.iso' })).toMatchObject({
      sources: ['talos_iso'],
      source: { kind: 'iso', files: { pve1: 'nas:iso/b.iso', pve2: 'local:iso/a.iso' } },
    });
    expect(first({ proxmox_servers })).toMatchObject({
      path: ['proxmox_servers', 'pve1', 'talos_iso'],
      sources: ['talos_iso of a server'],
      source: { kind: 'iso', files: { pve1: 'nas:iso/b.iso' } },
    });
  });

  it('count their sources', () => {
    const talos = { iso: 'local:iso/a.iso', url: 'https://x/a.iso', pxe: true };
    expect(first({ images: { talos }, talos_iso: '' })?.sources).toEqual(['iso', 'talos_iso', 'url', 'pxe']);
    expect(first({ images: { talos: {} } })?.sources).toEqual([]);
  });

  it('are chosen by node, then by role', () => {
    const images = { talos: { pxe: true }, gpu: { pxe: true }, own: { pxe: true } };
    const nodes = {
      workers: [{ name: 'w-1' }, { name: 'w-2', image: 'own' }],
      gpu_workers: [{ name: 'g-1' }, { name: 'g-2', image: 'none' }],
    };
    expect(draftOf({ images, ...nodes }).nodes.map(({ image }) => image?.key)).toEqual([
      'talos',
      'own',
      'gpu',
      undefined,
    ]);
    expect(
      draftOf({ images: { talos: images.talos }, gpu_workers: [{ name: 'g-1' }] }).nodes[0]?.image?.key,
    ).toBe('talos');
  });

  it('are in the cluster as far as nodes boot from them', () => {
    const images = { ...BASE.images, other: { pxe: true } };
    expect(
      clusterOf({ images, workers: [{ name: 'w-1', ip_address: '10.0.0.21' }] }).images.map(({ key }) => key),
    ).toEqual(['talos']);
  });

  it.each([
    ['talos-1.11.5.iso', 'v1.11.5'],
    ['https://10.20.30.40/v1.11.5/a.iso', 'v1.11.5'],
    ['https://10.20.30.40/a.iso', undefined],
    ['talos-1.11.iso', undefined],
    ['v1.12.0-beta.1.qcow2', 'v1.12.0-beta.1'],
  ])('%s tells the version %s', (name, version) => {
    expect(versionIn([name])).toBe(version);
  });
});
