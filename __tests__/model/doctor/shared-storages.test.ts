import type { DefinitionDraft } from '../../../model/cluster/definition/schema';
import { checkClusters } from '../../../model/doctor';
import type { Answer, ServerAnswers, ServerSnapshot } from '../../../model/proxmox/snapshot';
import { draftOf, SERVER } from '../../testing/drafts';

const unknown: Answer<never> = { ok: false, reason: 'not asked' };

/** A server of which nothing is known but its storage for images. */
const shares = (shared: boolean): ServerAnswers => ({
  tokenId: 'terraform@pve!test',
  version: '9.1.1',
  permissions: unknown,
  nodes: unknown,
  clusterStatus: unknown,
  status: unknown,
  clockAhead: unknown,
  files: new Map(),
  interfaces: unknown,
  pci: unknown,
  cpuModels: unknown,
  storages: {
    ok: true,
    value: [
      {
        storage: 'nfs',
        type: 'nfs',
        content: ['iso', 'import'],
        shared,
        enabled: true,
        active: true,
        avail: 2 ** 50,
      },
    ],
  },
  site: { guests: unknown, configs: new Map(), pools: unknown, mappings: unknown },
});

function findings(definition: DefinitionDraft, servers: Readonly<Record<string, ServerSnapshot>>): string[] {
  const live = new Map(Object.entries(servers));
  return checkClusters([{ cluster: draftOf(definition), live }])
    .diagnostics.filter(({ rule }) => rule === 'shared-storage')
    .map(({ severity, path, message }) => `${severity} ${path}: ${message}`);
}

describe('an image storage', () => {
  const two = (dc: readonly [string?, string?], rest: DefinitionDraft = {}): DefinitionDraft => ({
    images: { talos: { url: 'https://images.example.com/talos-v1.11.5-nocloud-amd64.iso' } },
    proxmox_servers: Object.fromEntries(
      dc.map((proxmox_cluster, i) => [
        `pve${i + 1}`,
        {
          ...SERVER,
          api_url: `https://10.0.0.${i + 5}:8006`,
          storage_os: 'os',
          storage_data: 'data',
          storage_images: 'nfs',
          ...(proxmox_cluster ? { proxmox_cluster } : {}),
        },
      ]),
    ),
    workers: [{ name: 'w-1', ip_address: '10.0.0.21', proxmox_server: 'pve1' }],
    ...rest,
  });
  const said = (shared_storages: DefinitionDraft['shared_storages']): DefinitionDraft => ({
    ...(shared_storages ? { shared_storages } : {}),
  });
  const at = 'proxmox_servers.pve1.storage_images';

  it.each<[string, DefinitionDraft, readonly [boolean, boolean], string[]]>([
    ['of each of two members alone', two(['dc', 'dc']), [false, false], []],
    [
      'that two members have in common, and nobody says so',
      two(['dc', 'dc']),
      [true, true],
      [
        `error ${at}: "nfs" is one storage of pve1, pve2, and the last node of one would take the image from all; write shared_storages: { nfs: {} }`,
      ],
    ],
    ['that they have in common, as said', two(['dc', 'dc'], said({ nfs: {} })), [true, true], []],
    [
      'that one of them is missing in',
      two(['dc', 'dc'], said({ images: { storage: 'nfs', servers: ['pve1'] } })),
      [true, true],
      [
        `error ${at}: "nfs" is one storage of pve1, pve2, and the last node of one would take the image from all; write shared_storages: { images: {} }`,
      ],
    ],
    [
      'that is said to be shared and is not',
      two(['dc', 'dc'], said({ nfs: {} })),
      [true, false],
      [
        'error shared_storages.nfs: "nfs" of "pve2" is not a shared storage, so images downloaded for pve1, pve2 would be missing there; take "pve2" out of it, or correct the storage: pvesm set nfs --shared 1',
      ],
    ],
    [
      'of one name on two standalone servers, which may be one',
      two([undefined, undefined]),
      [true, true],
      [
        `warning ${at}: pve1, pve2 each have a shared storage "nfs"; if it is one and the same, write shared_storages: { nfs: {} }, else name the servers of each`,
      ],
    ],
    ['and is, as said', two([undefined, undefined], said({ nfs: {} })), [true, true], []],
    [
      'and is not, as said',
      two(
        [undefined, undefined],
        said({ nfs: { servers: ['pve1'] }, other: { storage: 'nfs', servers: ['pve2'] } }),
      ),
      [true, true],
      [],
    ],
    [
      'that nothing is downloaded to',
      two(['dc', 'dc'], { images: { talos: { iso: 'local:iso/talos-v1.11.5-nocloud-amd64.iso' } } }),
      [true, true],
      [],
    ],
  ])('%s', (_, definition, [first, second], expected) => {
    expect(findings(definition, { pve1: shares(first), pve2: shares(second) })).toEqual(expected);
  });

  it('of a server that does not answer is not compared', () => {
    const problem = { kind: 'timeout', seconds: 10 } as const;
    expect(findings(two(['dc', 'dc']), { pve1: shares(true), pve2: { problem } })).toEqual([]);
  });
});
