import { ProxmoxServers } from '../../../constructs/proxmox/proxmox-servers';
import { TalosImages, type DownloadTransform } from '../../../constructs/proxmox/talos-images';
import { BaseStack } from '../../../constructs/stacks/base-stack';
import type { Download, Image, Node } from '../../../model/cluster/cluster';
import {
  DOWNLOAD, isoImage, node, render, renderCluster, resource, resources, server, serverProps, testApp, VM,
  type Rendered,
} from '../../testing/synth'; // prettier-ignore

const URL = 'https://factory.talos.dev/image/3765/v1.11.5/nocloud-amd64.iso';

const download = (changes: Partial<Download> = {}): Image => ({
  key: 'talos',
  platform: 'nocloud',
  source: { kind: 'download', url: { literal: URL }, fileName: 'talos-home.iso', content: 'iso', ...changes },
});

/** Another file is made before the former one goes, and the same one is never replaced. */
const KEEPS = { create_before_destroy: true, ignore_changes: ['url', 'checksum', 'checksum_algorithm'] };

/** Images of nodes on pve1 and pve2. */
function images(
  nodes: readonly Node[],
  transform?: DownloadTransform,
): { images: TalosImages; json: () => Rendered } {
  const stack = new BaseStack(testApp(), 'test');
  ProxmoxServers.of(stack).addServers([server('pve1'), server('pve2', { imageStorage: 'nfs' })]);
  return { images: new TalosImages(stack, 'images', nodes, { transform }), json: () => render(stack) };
}

const second = server('pve2', { imageStorage: 'nfs' });

test('defaults', () => {
  const { json } = images([node({ image: download() })]);

  expect(resources(json(), DOWNLOAD)).toEqual({
    talos_pve1: {
      provider: 'proxmox.pve1',
      node_name: 'pve1',
      datastore_id: 'local',
      content_type: 'iso',
      file_name: 'talos-home.iso',
      url: URL,
      overwrite: false,
      overwrite_unmanaged: true,
      verify: true,
      lifecycle: KEEPS,
    },
  });
});

describe('a file that VMs boot from', () => {
  const made = (image: object, changes: object = {}) =>
    resource(
      renderCluster({ images: { talos: { ...image, platform: 'nocloud' } }, ...changes }),
      DOWNLOAD,
      'talos_pve1',
    )['lifecycle'];
  const factory = `https://factory.talos.dev/image/${'ab'.repeat(32)}/v1.11.5/nocloud-amd64.iso`;
  const address = (path: string) => ({
    condition: `\${!var.guards || try(endswith(split("?", self.url)[0], "${path}"), true)}`,
    error_message: expect.stringContaining(' was downloaded from another address than ') as string,
  });

  it.each([
    ['an Image Factory, and its mirrors', factory, factory.slice(factory.indexOf('/image/'))],
    [
      'a mirror with a folder',
      factory.replace('.dev/', '.example/talos/'),
      factory.slice(factory.indexOf('/image/')),
    ],
    ['any other server', `${URL}?x=1`, '/image/3765/v1.11.5/nocloud-amd64.iso'],
    ['a path with a template in it', 'https://x.example/v1.11.5/${a}/t.iso', '/v1.11.5/$${a}/t.iso'],
  ])('comes from %s', (_, url, path) => {
    expect(made({ url })).toEqual({ ...KEEPS, postcondition: [address(path)] });
  });

  it('has its checksum, as far as that can be compared', () => {
    const value = 'ab'.repeat(32);
    expect(made({ url: URL, checksum: `sha256:${value}` })).toMatchObject({
      postcondition: [
        address('/image/3765/v1.11.5/nocloud-amd64.iso'),
        {
          condition: `\${!var.guards || try(self.checksum == "${value}" || self.checksum != null && self.checksum_algorithm != "sha256", true)}`,
          error_message: expect.stringContaining(' with another checksum, or with none, than ') as string,
        },
      ],
    });
  });

  it('may have another secret address at any time', () => {
    expect(made({ urlVariable: 'talos_url', fileName: 'talos-v1.11.5.iso' })).toEqual(KEEPS);
  });

  it('is not asked for where the definition has no guards', () => {
    expect(made({ url: URL }, { guards: false })).toEqual(KEEPS);
  });
});

test('is downloaded once to each server that has a node booting from it', () => {
  const image = download();
  const gpu = { ...download({ fileName: 'gpu.iso' }), key: 'gpu' };
  const nodes = [
    node({ name: 'w-1', image }),
    node({ name: 'w-2', image }),
    node({ name: 'w-3', image, server: second }),
    node({ name: 'g-1', image: gpu, server: second }),
  ];
  const made = resources(images(nodes).json(), DOWNLOAD);

  expect(Object.keys(made).sort()).toEqual(['gpu_pve2', 'talos_pve1', 'talos_pve2']);
  expect(made['talos_pve2']).toMatchObject({
    provider: 'proxmox.pve2',
    node_name: 'pve2',
    datastore_id: 'nfs',
  });
  expect(made['gpu_pve2']).toMatchObject({ file_name: 'gpu.iso' });
});

test('is known by a literal file id, and exists before the VM', () => {
  const proxmoxServers = {
    pve1: serverProps('pve1'),
    pve2: { ...serverProps('pve2'), storageImages: 'nfs' },
  };
  const json = renderCluster({ proxmoxServers, images: { talos: { url: URL } } });

  expect(resource(json, VM, 'w-1')).toMatchObject({
    cdrom: { interface: 'ide2', file_id: 'local:iso/nocloud-amd64-home.iso' },
    depends_on: ['proxmox_download_file.talos_pve1'],
  });
  expect(Object.keys(resources(json, DOWNLOAD))).toEqual(['talos_pve1']);
});

test('takes the storage and the name of each server into the file id', () => {
  const image = download({ fileName: 'talos.qcow2', content: 'import' });
  const { images: made } = images([node({ image }), node({ image, server: second })]);

  expect(made.bootFile(node({ image }))).toMatchObject({
    fileId: 'local:import/talos.qcow2',
    content: 'import',
  });
  expect(made.bootFile(node({ image, server: second }))?.fileId).toBe('nfs:import/talos.qcow2');
});

test('has version and schematic in the name of a factory image', () => {
  const schematic = 'ce4c980550dd2ab1b17bbf2b08801c7eb59418eafe8f279833297925d67c7515';
  const url = `https://factory.talos.dev/image/${schematic}/v1.11.5/nocloud-amd64.qcow2`;
  const json = renderCluster({ images: { talos: { url } } });

  const fileName = 'talos-v1.11.5-ce4c980550dd-nocloud-amd64-home.qcow2';
  expect(resource(json, DOWNLOAD, 'talos_pve1')).toMatchObject({
    file_name: fileName,
    content_type: 'import',
    url,
  });
  expect(resource(json, VM, 'w-1')['disk']).toMatchObject([{ import_from: `local:import/${fileName}` }]);
});

test('splits the checksum', () => {
  const value = '1f2e'.repeat(16);
  const json = renderCluster({ images: { talos: { url: URL, checksum: `SHA256:${value.toUpperCase()}` } } });

  expect(resource(json, DOWNLOAD, 'talos_pve1')).toMatchObject({
    checksum: value,
    checksum_algorithm: 'sha256',
  });
});

test('takes an address with a token from a sensitive variable, one for all servers', () => {
  const image = download({ url: { variable: 'talos_image_url' } });
  const json = images([node({ image }), node({ image, server: second })]).json();

  expect(json.variable['talos_image_url']).toEqual({
    type: 'string',
    sensitive: true,
    description: 'Address of a boot image; sensitive, because it holds a token.',
  });
  expect(resource(json, DOWNLOAD, 'talos_pve1')['url']).toBe('${var.talos_image_url}');
  expect(resource(json, DOWNLOAD, 'talos_pve2')['url']).toBe('${var.talos_image_url}');
});

test('escapes addresses and file names', () => {
  const image = download({ url: { literal: 'https://x.example/${a}%{b}' }, fileName: '%{c}.iso' });
  const { json } = images([node({ image })]);

  expect(resource(json(), DOWNLOAD, 'talos_pve1')).toMatchObject({
    url: 'https://x.example/$${a}%%{b}',
    file_name: '%%{c}.iso',
  });
});

test('is not downloaded where it exists, under a name of each server', () => {
  const files = { pve1: 'local:iso/a.iso', pve2: 'nfs:iso/b.iso' };
  const image = isoImage({ source: { kind: 'iso', files } });
  const { images: made, json } = images([node({ image }), node({ image, server: second })]);

  expect(made.bootFile(node({ image }))).toEqual({
    fileId: 'local:iso/a.iso',
    content: 'iso',
    dependsOn: [],
  });
  expect(made.bootFile(node({ image, server: second }))?.fileId).toBe('nfs:iso/b.iso');
  expect(resources(json(), DOWNLOAD)).toEqual({});
});

test('existing ISO per server in a definition', () => {
  const json = renderCluster({
    images: undefined,
    proxmoxServers: {
      pve1: { ...serverProps('pve1'), talosIso: 'local:iso/talos-v1.11.5-a.iso' },
      pve2: { ...serverProps('pve2'), talosIso: 'nfs:iso/talos-v1.11.5-b.iso' },
    },
    workers: [{ name: 'w-1', proxmoxServer: 'pve2' }],
  });

  expect(resource(json, VM, 'cp-1')['cdrom']).toMatchObject({ file_id: 'local:iso/talos-v1.11.5-a.iso' });
  expect(resource(json, VM, 'w-1')['cdrom']).toMatchObject({ file_id: 'nfs:iso/talos-v1.11.5-b.iso' });
});

test('has no file for PXE', () => {
  const image = isoImage({ source: { kind: 'pxe' } });

  expect(images([node({ image })]).images.bootFile(node({ image }))).toBeUndefined();
});

test('applies the transform last', () => {
  const { json } = images([node({ image: download() })], (config, image, { key }) => ({
    ...config,
    verify: false,
    fileName: `${image.key}-${key}-${config.fileName}`,
  }));

  expect(resource(json(), DOWNLOAD, 'talos_pve1')).toMatchObject({
    verify: false,
    file_name: 'talos-pve1-talos-home.iso',
    overwrite: false,
  });
});
