import fc from 'fast-check';
import type { DefinitionDraft } from '../../../../model/cluster/definition/schema';
import { standaloneKeys } from '../../../../model/migrate/adopt/talos/keys';
import { withDefaults, type Left } from '../../../../model/migrate/adopt/talos/levels';
import { patchesOf, remainder, type Piece } from '../../../../model/migrate/adopt/talos/remainder';
import { parseYaml } from '../../../../model/cluster/definition/yaml';
import { checkDefinitions } from '../../../../model/load/load';
import { readContext } from '../../../../model/migrate/adopt/talos/talosconfig';
import { configDifferences, readConfig, type Documents } from '../../../../model/talos/config-changes';
import { documentsFor } from '../../../../model/talos/documents';
import { clusterOf } from '../../../testing/drafts';
import { mergeTalos } from '../../../testing/merge-talos';
import { EVERY_STANDALONE_KEY } from '../../../testing/standalone';

/** Patches in the order in which a definition has them merged: by name. */
const patched = (config: Documents, patches: ReturnType<typeof patchesOf>): Documents =>
  Object.keys(patches)
    .sort()
    .reduce((merged, name) => mergeTalos(merged, patches[name] ?? {}), config);

const leaf = fc.oneof(
  fc.boolean(),
  fc.integer(),
  fc.constantFrom('', 'a', 'b'),
  fc.constant({}),
  fc.constant([]),
);
const value = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3 },
    leaf,
    fc.array(fc.constantFrom<unknown>('x', 'y', { name: 'n' }), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('p', 'q', 'r.s/t'), tie('tree'), { maxKeys: 3 }),
  ),
}));
const big = fc.dictionary(fc.constantFrom('machine', 'cluster'), value.tree);
const document = (kind: string, name: string) => value.tree.map((tree) => ({ kind, name, tree }));
const config = fc
  .tuple(big, fc.subarray(['LinkConfig lan0', 'LinkConfig lan1', 'VolumeConfig STATE']), document('', ''))
  .map(([body, names, { tree }]): Documents => {
    const others = names.map((title) => {
      const [kind = '', name = ''] = title.split(' ');
      return [`${kind}/${name}`, { apiVersion: 'v1alpha1', kind, name, tree }] as const;
    });
    return new Map<string, unknown>([['', body], ...others]);
  });

describe('what is left', () => {
  it('makes one configuration of another, whatever they are', () => {
    fc.assert(
      fc.property(config, config, (made, found) => {
        const pieces = remainder(made, found);
        expect(configDifferences(patched(made, patchesOf(pieces)), found)).toEqual([]);
        expect(remainder(found, found)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('holds nothing of the secrets of the cluster', () => {
    const made = readConfig('machine: {token: a, ca: {crt: x}}\ncluster: {etcd: {ca: {key: k}}, id: i}\n');
    const found = readConfig(
      'machine: {token: b, ca: {crt: y}}\ncluster: {etcd: {ca: {key: l}}, secret: s}\n',
    );
    expect(remainder(made, found)).toEqual([]);
  });
});

/** What talosctl makes for a control plane, as far as definitions change it. */
const BASE = `
machine:
  type: controlplane
  features: {kubePrism: {enabled: true, port: 7445}, hostDNS: {enabled: true, forwardKubeDNSToHost: true}}
cluster:
  discovery: {enabled: true}
  network: {dnsDomain: cluster.local, podSubnets: [10.244.0.0/16], serviceSubnets: [10.96.0.0/12]}
  apiServer: {auditPolicy: {apiVersion: audit.k8s.io/v1, kind: Policy, rules: [{level: Metadata}]}}
`;

type Standalone = NonNullable<DefinitionDraft['standalone']>;

const definitionWith = (standalone: Standalone, talos: string): DefinitionDraft => ({
  management: 'standalone',
  talos_version: talos,
  kubernetes_version: 'v1.33.4',
  standalone: { ...standalone, installer: `factory.example.com/installer/x:${talos}` },
  control_planes: [{ name: 'c-1', ip_address: '10.0.0.11' }],
});

function configOf(definition: DefinitionDraft): Documents {
  const cluster = clusterOf(definition);
  const [node] = cluster.nodes;
  if (!node) throw new Error('no node');
  return documentsFor(cluster, node).reduce<Documents>(
    (merged, { body }) => mergeTalos(merged, body as Readonly<Record<string, unknown>>),
    readConfig(BASE),
  );
}

const optional = <T>(item: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(item, { nil: undefined });

const standalone: fc.Arbitrary<Standalone> = fc
  .record({
    vip: optional(fc.constant('10.0.0.50')),
    endpoint: optional(fc.constantFrom('https://k8s.example.com:6443', 'https://10.0.0.50:6443')),
    pod_subnets: optional(fc.constant(['10.200.0.0/16'])),
    service_subnets: optional(fc.constant(['10.201.0.0/16'])),
    network: fc.constantFrom({}, { cni: 'none' as const }, { cni: 'none' as const, kube_proxy: false }),
    schedule_on_control_planes: optional(fc.boolean()),
    cert_sans: optional(fc.subarray(['talos.example.com', '203.0.113.7'])),
    discovery: optional(fc.boolean()),
    disk_encryption: optional(fc.constantFrom('none' as const, 'node_id' as const)),
    registry_mirrors: optional(
      fc.dictionary(
        fc.constantFrom('docker.io', 'ghcr.io', '*'),
        fc.record({
          endpoints: fc.constant(['https://a.example.com/v2/x', 'https://b.example.com']),
          override_path: fc.boolean(),
          skip_fallback: fc.boolean(),
        }),
      ),
    ),
    time_servers: optional(fc.constant(['ntp.example.com', '10.0.0.1'])),
    host_dns: optional(fc.constantFrom('pods' as const, 'nodes' as const, 'none' as const)),
    kube_prism: optional(fc.boolean()),
    audit_policy: optional(fc.constant(EVERY_STANDALONE_KEY.standalone?.audit_policy ?? {})),
    etcd_metrics: optional(fc.boolean()),
  })
  .map(({ network, ...keys }) =>
    Object.fromEntries(Object.entries({ ...keys, ...network }).filter(([, one]) => one !== undefined)),
  );

it.each(['v1.10.5', 'v1.11.5', 'v1.12.0', 'v1.13.9'])(
  'what a definition says at Talos %s is read out of what it makes',
  (talos) => {
    fc.assert(
      fc.property(standalone, (keys) => {
        const made = configOf(definitionWith(keys, talos));
        const read = standaloneKeys(made, '10.0.0.0/24') as Standalone;
        expect(configDifferences(made, configOf(definitionWith(read, talos)))).toEqual([]);
      }),
      { numRuns: 25 },
    );
  },
);

it('what keys have no words for is left out of them', () => {
  const keys = standaloneKeys(
    readConfig(`
machine:
  registries:
    mirrors: {docker.io: {endpoints: ["https://me:hunter2@mirror.example.com"]}}
  systemDiskEncryption: {state: {keys: [{slot: 0, nodeID: {}}]}, ephemeral: {keys: [{slot: 0, tpm: {}}]}}
cluster:
  controlPlane: {endpoint: https://10.0.0.50:6443}
  network: {cni: {name: custom, urls: [https://example.com/cni.yaml]}}
  proxy: {disabled: true}
`),
    '10.0.0.0/24',
  );
  expect(keys).toEqual({ endpoint: 'https://10.0.0.50:6443' });
});

describe('levels', () => {
  const piece = (path: string, text: string): Piece => ({
    does: 'with',
    document: '',
    path: path.split('.'),
    value: text,
  });
  const node = (name: string, role: Left['role'], ...pieces: readonly Piece[]): Left => ({
    name,
    role,
    pieces,
    documents: [
      { owner: { level: 'node', node: name }, name: 'x', body: { machine: { kubelet: { own: 1 } } } },
    ],
  });

  it('what all have is said once, and what only one role has, with the role', () => {
    const all = piece('machine.sysctls.vm.swappiness', '10');
    const sysctl: Piece = { ...all, path: ['machine', 'sysctls', 'vm.swappiness'] };
    const role = piece('cluster.etcd.advertised', 'x');
    const own = piece('machine.kubelet.own', '2');
    const disk = piece('machine.install.disk', '/dev/sda');
    const { defaults } = withDefaults({}, [
      node('c-1', 'control-plane', sysctl, role, own, disk),
      node('c-2', 'control-plane', sysctl, role, own, disk),
      node('w-1', 'worker', sysctl, own, disk),
    ]);
    expect(defaults).toEqual({
      all: { sysctls: { 'vm.swappiness': '10' } },
      control_planes: { patches: { 'adopted-2-with': { cluster: { etcd: { advertised: 'x' } } } } },
    });
  });
});

describe('patches of nodes that were there before', () => {
  const text = (management: string, adopted: boolean): string => `
cluster_name: lab
talos_version: v1.12.0
kubernetes_version: v1.34.1
management: ${management}
proxmox_servers:
  pve1: { api_url: 'https://10.0.0.5:8006/', node_name: pve1, network_bridge: vmbr0, storage_os: a, storage_data: b }
network_config: { subnet: 10.0.0.0/24, gateway: 10.0.0.1, dns_servers: [10.0.0.1] }
images: { talos: { schematic: {} } }
control_planes:
  - name: c-1
    ip_address: 10.0.0.11
    adopted: ${adopted}
    patches:
      one: { machine: { install: { disk: /dev/sda, image: 'example.com/installer:v1.11.0' }, network: { hostname: c-1, interfaces: [] } } }
      two: { apiVersion: v1alpha1, kind: HostnameConfig, $patch: delete }
      three: { cluster: { clusterName: other } }
`;
  const refused = (management: string, adopted: boolean): string[] =>
    checkDefinitions([parseYaml('lab.yaml', text(management, adopted))])
      .diagnostics.filter(({ rule }) => rule === 'patch-forbidden')
      .map(({ path }) => path.replace(/^.*patches\./, ''));

  it('may keep what new ones do not get, and identities never', () => {
    expect(refused('standalone', true)).toEqual(['three.cluster.clusterName']);
    expect(refused('standalone', false)).toHaveLength(6);
    // Omni refuses it, whoever made the node.
    expect(refused('omni', true)).toHaveLength(6);
  });
});

describe('a talosconfig', () => {
  const text =
    'context: a\ncontexts:\n  a: {endpoints: [10.0.0.1], ca: hunter2}\n  b: {nodes: [10.0.0.2]}\n  c: {}\n';

  it('leads to the nodes of its context', () => {
    expect(readContext(text)).toEqual({ context: { name: 'a', endpoints: ['10.0.0.1'], nodes: [] } });
    expect(readContext(text, 'b')).toEqual({ context: { name: 'b', endpoints: [], nodes: ['10.0.0.2'] } });
  });

  it.each([
    [text, 'd', 'has no context "d"; did you mean "a"?'],
    [text, 'staging', 'has no context "staging"; name one with --context: a, b, c'],
    [text, 'c', 'context "c" has no endpoints; add one: talosctl config endpoint <address>'],
    ['contexts: {}', undefined, 'chooses no context; name one with --context: none'],
    ['- hunter2', undefined, 'is no talosconfig; name that of the cluster, such as ~/.talos/config'],
    ['a: [hunter2', undefined, 'is no YAML; name the talosconfig of the cluster'],
  ])('%#: says what is wrong', (wrong, context, problem) => {
    expect(readContext(wrong, context)).toEqual({ problem });
  });
});
