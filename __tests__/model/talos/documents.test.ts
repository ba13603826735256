import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from '../../../model/cluster/cluster';
import type { DefinitionDraft } from '../../../model/cluster/definition/schema';
import { templateDocuments } from '../../../model/omni/template';
import { BODIES, PURPOSES } from '../../../model/talos/bodies';
import { documentsFor, type TalosDocument } from '../../../model/talos/documents';
import { CONFIG_KEYS, KINDS } from '../../../model/talos/kinds';
import { isMap } from '../../../model/talos/written-patches';
import { PROJECT_ROOT } from '../../../tools/paths';
import { clusterOf } from '../../testing/drafts';
import { foreseenIds } from '../../testing/generate';
import { EVERY_STANDALONE_KEY } from '../../testing/standalone';

const patch = (value: string) => ({ machine: { env: { LEVEL: value } } });

/** A cluster that makes a document of every purpose that Omni leaves to it, and has patches of the user at all levels. */
const everything = (talosVersion: string, more: DefinitionDraft = {}): Cluster =>
  clusterOf({
    ...more,
    talos_version: talosVersion,
    kubernetes_version: 'v1.33.4',
    storage_network: { subnet: '10.9.0.0/24', bridge: 'vmbr1', mtu: 9000 },
    defaults: {
      all: { sysctls: { 'vm.swappiness': '1' }, patches: { zz: patch('all'), aa: patch('all') } },
      gpu_workers: {
        system_extensions: ['siderolabs/nonfree-kmod-nvidia-production'],
        patches: { level: patch('set') },
      },
    },
    control_planes: [{ name: 'c-1', ip_address: '10.0.0.11', storage_ip_address: '10.9.0.11' }],
    gpu_workers: [
      {
        name: 'g-1',
        ip_address: '10.0.0.31',
        storage_ip_address: '10.9.0.31',
        data_disks: [{ size_gb: 10, longhorn: true }],
        patches: { level: patch('node') },
      },
    ],
  });

const documentsOf = (cluster: Cluster, name: string): TalosDocument[] =>
  cluster.nodes.filter((node) => node.name === name).flatMap((node) => documentsFor(cluster, node));

/** Those of a GPU worker with Omni, and of all nodes without it. */
const everyDocument = (versions: readonly string[]): TalosDocument[] =>
  versions.flatMap((version) => [
    ...documentsOf(everything(version), 'g-1'),
    ...['c-1', 'g-1'].flatMap((name) => documentsOf(everything(version, EVERY_STANDALONE_KEY), name)),
  ]);

describe('documents of a node', () => {
  it('are tagged with the level that they belong to, from the cluster to the node', () => {
    const tags = documentsOf(everything('v1.11.5'), 'g-1').map(
      ({ owner, name, made }) => `${owner.level} ${made ? 'made' : 'written'} ${name}`,
    );
    expect(tags).toEqual([
      'cluster made install-disk',
      'cluster made nameservers',
      'cluster made sysctls',
      'cluster written aa',
      'cluster written zz',
      'set made gpu',
      'set written level',
      'node made hostname',
      'node made longhorn',
      'node made network',
      'node made node-labels',
      'node made volume-data-1',
      'node written level',
    ]);
  });

  it('are merged in the order in which Omni merges their patches, which is that of the ids in a level', () => {
    for (const version of ['v1.11.5', 'v1.12.0']) {
      const cluster = everything(version);
      const requests = templateDocuments(cluster, foreseenIds(cluster));
      for (const { patches } of requests) {
        const ids = patches.map(({ id }) => id);
        expect(ids).toEqual([...ids].sort());
      }
      const levels = requests.filter(({ kind, name }) => kind === 'Cluster' || /^g/.test(name));
      expect(levels.flatMap(({ patches }) => patches.map(({ document }) => document))).toEqual(
        documentsOf(cluster, 'g-1'),
      );
    }
  });

  it('are made by a function of the facts alone, and every purpose has one', () => {
    const made = everyDocument(['v1.11.5', 'v1.12.0']).flatMap((document) => document.made ?? []);
    for (const { purpose, facts } of made) {
      const copy = JSON.parse(JSON.stringify(facts)) as never;
      expect(BODIES[purpose](copy)).toEqual(BODIES[purpose](facts as never));
    }
    expect([...new Set(made.map(({ purpose }) => purpose))].sort()).toEqual([...PURPOSES].sort());
  });

  it('are of kinds and keys that Talos of that version knows', () => {
    for (const minor of [10, 11, 12, 13])
      for (const { body } of everyDocument([`v1.${minor}.0`])) {
        const { kind, ...keys } = isMap(body) ? body : {};
        if (typeof kind === 'string') expect(KINDS.get(kind)).toBeLessThanOrEqual(minor);
        else for (const key of Object.keys(keys)) expect(Object.keys(CONFIG_KEYS)).toContain(key);
      }
  });
});

it('the guide names what a template of the user sees for each document', () => {
  const guide = readFileSync(join(PROJECT_ROOT, 'docs/guide/machine-configs.md'), 'utf8');
  const rows = new Map(
    [...guide.matchAll(/^\| `patch-([a-z-]+)\.hbs` +\| (.*?) +\|$/gm)].map(([, name, sees]) => [name, sees]),
  );
  const known = everyDocument(['v1.11.5', 'v1.12.0']).flatMap(({ made }) => made ?? []);
  for (const { purpose, facts } of known) {
    const { cluster, legacy, node: _, ...own } = facts as Record<string, unknown>;
    expect([typeof cluster, typeof legacy]).toEqual(['object', 'boolean']);
    const names = (value: unknown, above: string): string[] =>
      isMap(value) && !['sysctls', 'nodeLabels', 'auditPolicy'].includes(above)
        ? [`\`${above}\` (${Object.keys(value).join(', ')})`]
        : [`\`${above}\``];
    const first = (key: string) => (Array.isArray(own[key]) ? { [key]: (own[key] as unknown[])[0] } : {});
    const sees = Object.entries({ ...own, ...first('nics'), ...first('manifests') }).flatMap(([key, value]) =>
      names(value, key),
    );
    expect(`${purpose}: ${rows.get(purpose)}`).toBe(`${purpose}: ${sees.join(', ') || '–'}`);
  }
  expect([...rows.keys()].sort()).toEqual([...PURPOSES].sort());
});
