import type { Cluster, Download } from '../../../model/cluster/cluster';
import { schematicId } from '../../../model/cluster/schematic';
import { installerOf } from '../../../model/talos/installer';
import type { DefinitionDraft } from '../../../model/cluster/definition/schema';
import { clusterOf } from '../../testing/drafts';

const lab = (schematic: object, changes: DefinitionDraft = {}): Cluster =>
  clusterOf({
    images: { talos: { schematic }, other: { schematic: { format: 'qcow2' } } },
    control_planes: [{ name: 'c-1', ip_address: '10.0.0.11', system_extensions: ['siderolabs/b'] }],
    workers: [
      { name: 'w-1', ip_address: '10.0.0.21', system_extensions: ['siderolabs/a'], kernel_args: ['w'] },
      { name: 'w-2', ip_address: '10.0.0.22', image: 'other' },
    ],
    ...changes,
  });

const download = (cluster: Cluster, key: string): Download => {
  const source = cluster.images.find((image) => image.key === key)?.source;
  if (source?.kind !== 'download') throw new Error(`${key} is no download`);
  return source;
};

describe('an image of a schematic', () => {
  it('has what it says and what the nodes need that boot it, and no others', () => {
    const cluster = lab({ extensions: ['siderolabs/c'], kernel_args: ['x'] });
    const id = schematicId({
      extensions: ['siderolabs/a', 'siderolabs/b', 'siderolabs/c'],
      kernelArgs: ['x', 'w'],
    });
    expect(download(cluster, 'talos')).toMatchObject({
      url: { literal: `https://factory.talos.dev/image/${id}/v1.11.5/nocloud-amd64.iso` },
      content: 'iso',
      fileName: `talos-v1.11.5-${id.slice(0, 12)}-nocloud-amd64-lab.iso`,
      schematic: { factory: 'https://factory.talos.dev', id },
    });
    const plain = schematicId({});
    expect(download(cluster, 'other')).toMatchObject({ content: 'import', schematic: { id: plain } });
    expect(cluster.nodes.map(({ image, nocloud }) => [image.key, nocloud])).toEqual([
      ['talos', true],
      ['talos', true],
      ['other', true],
    ]);
    expect(cluster.nodes.every(({ image }) => cluster.images.includes(image))).toBe(true);
  });

  it('gives the installer image of its nodes, of its platform and factory', () => {
    const cluster = lab({ factory: 'http://factory.lan:8080/', secure_boot: true });
    const { schematic } = download(cluster, 'talos');
    const [node] = cluster.nodes;
    expect(node && installerOf(node.image, 'v1.12.0')).toBe(
      `factory.lan:8080/nocloud-installer-secureboot/${schematic?.id}:v1.12.0`,
    );
  });

  it('stays where it is while another has one', () => {
    const iso = { talos: { iso: 'local:iso/talos-v1.11.5-nocloud-amd64.iso' } };
    const [before, after] = [iso, { ...iso, other: { schematic: {} } }].map((images) =>
      lab({}, { images, workers: [] }),
    );
    expect(after?.nodes).toEqual(before?.nodes);
  });
});
