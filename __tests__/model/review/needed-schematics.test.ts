import { neededSchematics, type Plan } from '../../../model/review';
import { clusterOf } from '../../testing/drafts';

const cluster = clusterOf({
  images: { talos: { schematic: {} }, gpu: { schematic: { extensions: ['siderolabs/iscsi-tools'] } } },
  control_planes: [{ name: 'c-1', ip_address: '10.0.0.11' }],
  workers: [{ name: 'w-1', ip_address: '10.0.0.21', image: 'gpu' }],
});

const urls = cluster.images.map(({ source }) =>
  source.kind === 'download' && 'literal' in source.url ? source.url.literal : '',
);

const plan = (changes: readonly [type: string, actions: string[], url: string | undefined][]): Plan =>
  ({
    resource_changes: changes.map(([type, actions, url]) => ({
      type,
      change: { actions, after: url === undefined ? null : { url } },
    })),
  }) as unknown as Plan;

const needed = (...changes: Parameters<typeof plan>[0]): string[] =>
  neededSchematics(plan([...changes]), cluster).map(({ id }) => id.slice(0, 4));

it('are those of images that are about to be downloaded, each once', () => {
  const [gpu = '', talos = ''] = urls;
  const all = cluster.images.map(({ source }) =>
    source.kind === 'download' ? source.schematic?.id.slice(0, 4) : undefined,
  );
  expect(needed(['proxmox_download_file', ['create'], talos])).toEqual([all[1]]);
  expect(
    needed(
      ['proxmox_download_file', ['delete', 'create'], gpu],
      ['proxmox_download_file', ['create'], gpu],
      ['proxmox_download_file', ['create'], talos],
    ),
  ).toEqual(all);
  expect(
    needed(
      ['proxmox_download_file', ['no-op'], talos],
      ['proxmox_download_file', ['delete'], undefined],
      ['proxmox_virtual_environment_vm', ['create'], talos],
      ['proxmox_download_file', ['create'], 'https://example.com/other.iso'],
    ),
  ).toEqual([]);
});
