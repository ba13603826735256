import { join } from 'node:path';
import { formatDiagnostic } from '../../../model/diagnostics/diagnostics';
import { CheckedCluster, loadDefinitions } from '../../../model/load/load';
import type { DefinitionDraft } from '../../../model/cluster/definition/schema';
import { overlaps } from '../../../model/talos/overlaps';
import { PURPOSES } from '../../../model/talos/bodies';
import { documentsFor } from '../../../model/talos/documents';
import { complete } from '../../../model/cluster/resolve';
import { isMap, leaves } from '../../../model/talos/written-patches';
import { overriddenPatches } from '../../../model/templates/overridden-patches';
import { PROJECT_ROOT } from '../../../tools/paths';
import { draftOf } from '../../testing/drafts';
import { documentsOf } from '../../testing/generate';
import { EVERY_STANDALONE_KEY } from '../../testing/standalone';

const checked = (changes: DefinitionDraft): CheckedCluster => {
  const draft = draftOf({ kubernetes_version: 'v1.34.1', ...changes });
  return CheckedCluster.of(complete(draft), draft, {});
};

/** What the examples have not. */
const MORE: DefinitionDraft = {
  talos_version: 'v1.12.0',
  network_config: { subnet: '10.0.0.0/24', gateway: '10.0.0.1', dns_servers: ['10.0.0.1'], mtu: 1400 },
  defaults: { all: { sysctls: { 'vm.swappiness': '1' } } },
  workers: [{ name: 'w-1', ip_address: '10.0.0.21', data_disks: [{ size_gb: 10, longhorn: true }] }],
};

const CONTROL_PLANE: DefinitionDraft = { control_planes: [{ name: 'c-1', ip_address: '10.0.0.11' }] };

/** Every document that the examples make, by what it is for. */
async function madeDocuments(): Promise<{ purpose: string; body: unknown }[]> {
  const { clusters } = await loadDefinitions(join(PROJECT_ROOT, 'clusters'));
  const more = [MORE, EVERY_STANDALONE_KEY, { ...EVERY_STANDALONE_KEY, talos_version: 'v1.12.0' }];
  return [...clusters, ...more.map((one) => checked({ ...CONTROL_PLANE, ...one }))].flatMap(({ cluster }) =>
    cluster.nodes.flatMap((node) =>
      documentsFor(cluster, node).flatMap(({ body, made }) =>
        made ? [{ purpose: made.purpose, body }] : [],
      ),
    ),
  );
}

/** A patch with another value at one place. */
function changed(patch: unknown, [part, ...rest]: readonly (string | number)[]): unknown {
  if (part === undefined) return 'other';
  if (Array.isArray(patch))
    return patch.map((item, i) => (i === part ? changed(item, rest) : (item as unknown)));
  return isMap(patch) ? { ...patch, [part]: changed(patch[part], rest) } : patch;
}

/** Places that name a document or an item of a list: another value makes it another one. */
const NAMES = /^(?:apiVersion|kind|name)$|\.(?:destination|path|name|hardwareAddr)$/;

/** Lists that add up. */
const ADDED = /\.(?:addresses|routes|options|certSANs)\.|^(?:addresses|routes)\./;

describe('a patch of the user', () => {
  it('is told of every value that the definition sets, and that it sets to another', async () => {
    const tried = new Map<string, number>();
    const silent: string[] = [];
    for (const { purpose, body } of await madeDocuments()) {
      for (const { path } of leaves(body, [])) {
        const place = path.join('.');
        tried.set(purpose, (tried.get(purpose) ?? 0) + 1);
        if (NAMES.test(place) || ADDED.test(place)) continue;
        if (overlaps(body, changed(body, path)).length === 0) silent.push(`${purpose} ${place}`);
      }
      expect(overlaps(body, body)).toEqual([]);
    }
    expect([...new Set(silent)]).toEqual([]);
    expect([...tried.keys()].sort()).toEqual([...PURPOSES].sort());
  });

  it('may add items to lists, and documents of other names', () => {
    const network = {
      machine: { network: { interfaces: [{ interface: 'eth0', dhcp: false, addresses: ['10.0.0.5/24'] }] } },
    };
    const more = { machine: { network: { interfaces: [{ interface: 'eth0', addresses: ['10.0.0.6/24'] }, { interface: 'eth1', dhcp: true }] } } }; // prettier-ignore
    expect(overlaps(network, more)).toEqual([]);
    const link = (name: string, mtu: number) => ({ apiVersion: 'v1alpha1', kind: 'LinkConfig', name, mtu });
    expect(overlaps(link('lan0', 1500), link('lan1', 9000))).toEqual([]);
    expect(overlaps(link('lan0', 1500), { ...link('lan0', 9000), kind: 'VLANConfig' })).toEqual([]);
  });

  it('is told where it takes away what the definition sets', () => {
    const labels = { machine: { nodeLabels: { tier: 'a' } } };
    const taken = [{ place: 'machine.nodeLabels.tier', path: ['machine'], ours: 'a' }];
    expect(overlaps(labels, { machine: { $patch: 'delete' } })).toEqual(taken);
    expect(overlaps(labels, { machine: { network: { $patch: 'delete' } } })).toEqual([]);
  });

  it('finds name servers in both forms', () => {
    const ours = { machine: { network: { nameservers: ['10.0.0.1'] } } };
    const resolver = (address: string) => ({
      apiVersion: 'v1alpha1',
      kind: 'ResolverConfig',
      nameservers: [{ address }],
    });
    expect(overlaps(ours, resolver('1.1.1.1'))).toMatchObject([{ path: ['nameservers'] }]);
    expect(overlaps(ours, resolver('10.0.0.1'))).toEqual([]);
  });
});

describe('levels', () => {
  const zone = (value: string) => ({
    zone: { machine: { nodeLabels: { 'topology.kubernetes.io/zone': value } } },
  });
  const nodes: DefinitionDraft = {
    proxmox_servers: {
      a: { api_url: 'https://10.0.0.5:8006', node_name: 'a', network_bridge: 'vmbr0', storage_os: 'os' },
      b: { api_url: 'https://10.0.0.6:8006', node_name: 'b', network_bridge: 'vmbr0', storage_os: 'os' },
    },
    control_planes: [{ name: 'c-1', ip_address: '10.0.0.11', proxmox_server: 'a' }],
    workers: [
      { name: 'w-1', ip_address: '10.0.0.21', proxmox_server: 'a' },
      { name: 'w-2', ip_address: '10.0.0.22', proxmox_server: 'b' },
    ],
  };
  const found = (changes: DefinitionDraft) =>
    overriddenPatches(checked({ ...nodes, ...changes })).map(
      (d) => `${d.path.split('.patches')[0]} ${/on (\S+),/.exec(formatDiagnostic(d))?.[1]}`,
    );

  it('looks at every node that gets the patch, and at no other', () => {
    expect(found({ defaults: { all: { patches: zone('a') } } })).toEqual(['defaults.all w-2']);
    expect(found({ defaults: { control_planes: { patches: zone('a') } } })).toEqual([]);
    expect(found({ defaults: { gpu_workers: { patches: zone('x') } } })).toEqual([]);
    const [first, second] = nodes.workers ?? [];
    expect(found({ workers: [first ?? {}, { ...second, patches: zone('a') }] })).toEqual(['workers[1] w-2']);
    expect(found({ workers: [first ?? {}, { ...second, patches: zone('b') }] })).toEqual([]);
  });

  it('lets node_labels of the same place decide', () => {
    const workers = { patches: zone('rack'), node_labels: { 'topology.kubernetes.io/zone': 'rack' } };
    expect(found({ defaults: { workers } })).toEqual([]);
  });
});

it('settings of all nodes are not lost to what GPU workers get', () => {
  const { cluster } = checked({
    defaults: {
      all: {
        sysctls: { 'net.core.bpf_jit_harden': '0', 'vm.swappiness': '1' },
        node_labels: { 'nvidia.com/gpu': 'later' },
      },
      gpu_workers: { system_extensions: ['siderolabs/nonfree-kmod-nvidia-production'] },
    },
    gpu_workers: [{ name: 'g-1', ip_address: '10.0.0.31' }],
  });
  const set = documentsOf(cluster).find(({ name }) => name === 'gpu-workers');
  expect(
    set?.patches.map(({ idOverride, inline }) => [idOverride.replace(/.*\./, ''), inline]).slice(1),
  ).toEqual([
    ['node-labels', { machine: { nodeLabels: { 'nvidia.com/gpu': 'later' } } }],
    ['sysctls', { machine: { sysctls: { 'net.core.bpf_jit_harden': '0' } } }],
  ]);
});
