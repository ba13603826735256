import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { Cluster, Node } from '../../model/cluster/cluster';
import { parseYaml } from '../../model/cluster/definition/yaml';
import { checkDefinitions } from '../../model/load/load';
import { STANDALONE_BODIES } from '../../model/talos/standalone-bodies';
import { documentsFor, type TalosDocument } from '../../model/talos/documents';
import { isMap, leaves } from '../../model/talos/written-patches';
import { run } from '../../scripts/lib/platform/exec';
import { PROJECT_ROOT } from '../../tools/paths';
import { ensureTools, programPath } from '../../tools/programs';
import { clusterOf } from '../testing/drafts';
import { documentOf, documentsOf } from '../testing/generate';
import { EVERY_STANDALONE_KEY, standaloneTwin } from '../testing/standalone';

const describeTools = process.env['ACCEPTANCE_TOOLS'] === undefined ? describe.skip : describe;

/** Free addresses of the examples' networks. */
const VIPS = {
  datacenter: '10.20.32.10',
  gpu: '10.30.0.20',
  home: '192.168.10.99',
  single: 'fd50::50',
  storage: '10.40.0.20',
} as const;

const VERSIONS = ['v1.10.5', 'v1.11.5', 'v1.12.0', 'v1.13.9'];

/** Kubernetes version that all of them support. */
const KUBERNETES = 'v1.33.4';

describeTools('configurations without Omni with the real talosctl', () => {
  let folder = '';

  beforeAll(async () => {
    const tools = await ensureTools(['talosctl', 'talosctl-1.13']);
    if (!tools.ok) throw new Error(tools.how);
    folder = mkdtempSync(join(tmpdir(), 'standalone-'));
    await talosctl('v1.12.0', 'gen', 'secrets', '--output-file', 'secrets.yaml');
  }, 1_800_000);
  afterAll(() => rmSync(folder, { recursive: true }));

  async function talosctl(talos: string, ...args: string[]): Promise<string> {
    const program = programPath(talos === 'v1.13.9' ? 'talosctl-1.13' : 'talosctl');
    const { code, stdout, stderr } = await run(program, args, { cwd: folder });
    if (code !== 0) throw new Error(`${args.slice(0, 2).join(' ')}: ${stderr}`);
    return stdout;
  }

  /** The configuration of a node with these patches, valid as far as talosctl knows. */
  async function config(cluster: Cluster, node: Node, patches: readonly unknown[]): Promise<string> {
    const files = patches.map((patch, i) => {
      writeFileSync(join(folder, `${i}.yaml`), JSON.stringify(patch));
      return ['--config-patch', `@${i}.yaml`];
    });
    const type = node.role === 'control-plane' ? 'controlplane' : 'worker';
    const talos = cluster.talosContract;
    const text = await talosctl(
      talos,
      ...['gen', 'config', cluster.name, 'https://127.0.0.1:6443', '--with-secrets', 'secrets.yaml'],
      ...['--talos-version', talos, '--kubernetes-version', KUBERNETES.slice(1), '--output', '-'],
      ...['--output-types', type, '--with-docs=false', '--with-examples=false'],
      ...files.flat(),
    );
    writeFileSync(join(folder, 'config.yaml'), text);
    await talosctl(talos, 'validate', '--config', 'config.yaml', '--mode', 'metal');
    return text;
  }

  const cases = Object.entries(VIPS).flatMap(([name, vip]) =>
    VERSIONS.map((talos) => ({ name, vip, talos })),
  );

  it.each(cases)(
    '$name at Talos $talos: what it has in common with Omni is the same, and the rest is valid',
    async ({ name, vip, talos }) => {
      const text = readFileSync(join(PROJECT_ROOT, 'clusters', `${name}.yaml`), 'utf8')
        .replaceAll(/v1\.1[12]\.\d/g, talos)
        .replace(/^kubernetes_version: \S+/m, `kubernetes_version: ${KUBERNETES}`);
      const [omni, twin] = [
        clusterIn(text),
        clusterIn(
          standaloneTwin(text, vip, {
            installer: installerOf(talos, name === 'storage' ? 'metal' : 'nocloud'),
          }),
        ),
      ];
      for (const [node, own] of kinds(twin)) {
        const inOmni = omni.nodes.find(({ name: same }) => same === node.name) ?? node;
        const inTemplate = await config(omni, inOmni, templatePatches(omni, inOmni));
        const common = await config(
          twin,
          node,
          own.filter((one) => !isStandalone(one)).map(({ body }) => body),
        );
        expect(common).toBe(inTemplate);
        const whole = await config(
          twin,
          node,
          own.map(({ body }) => body),
        );
        const set = own.filter(isStandalone).flatMap(({ body }) => placesOf(body));
        expect(
          differences(inTemplate, whole).filter((place) => !set.some((one) => place.startsWith(one))),
        ).toEqual([]);
      }
    },
  );

  it.each(VERSIONS)('every key that a cluster without Omni may have is valid at Talos %s', async (talos) => {
    const cluster = clusterOf({
      ...EVERY_STANDALONE_KEY,
      talos_version: talos,
      kubernetes_version: KUBERNETES,
      control_planes: [{ name: 'c-1', ip_address: '10.0.0.11' }],
      workers: [{ name: 'w-1', ip_address: '10.0.0.21' }],
    });
    const files = new Map([
      ['manifests/cni.yaml', 'apiVersion: v1\nkind: Namespace\nmetadata: {name: cni}\n'],
    ]);
    const texts: string[] = [];
    for (const node of cluster.nodes)
      texts.push(
        await config(
          cluster,
          node,
          documentsFor(cluster, node, files).map(({ body }) => body),
        ),
      );
    const [controlPlane = '', worker = ''] = texts;
    const big = (text: string): unknown => parseAllDocuments(text)[0]?.toJS();
    expect(big(controlPlane)).toMatchObject({
      machine: { install: { image: EVERY_STANDALONE_KEY.standalone?.installer } },
      cluster: {
        allowSchedulingOnControlPlanes: true,
        apiServer: { auditPolicy: EVERY_STANDALONE_KEY.standalone?.audit_policy },
        controlPlane: { endpoint: 'https://k8s.example.com:6443' },
        discovery: { enabled: false },
        etcd: { extraArgs: { 'listen-metrics-urls': 'http://0.0.0.0:2381' } },
        inlineManifests: [{ name: 'manifests-cni' }],
        network: { cni: { name: 'none' }, podSubnets: ['10.200.0.0/16'], serviceSubnets: ['10.201.0.0/16'] },
        proxy: { disabled: true },
      },
    });
    expect(JSON.stringify(big(worker))).not.toMatch(/inlineManifests|auditPolicy|"vip"|listen-metrics/);
    expect(controlPlane).toMatch(
      talos < 'v1.12' ? /vip:\n\s+ip: 10\.0\.0\.50/ : /kind: Layer2VIPConfig\nname: 10\.0\.0\.50/,
    );
  });
});

const installerOf = (talos: string, platform: string): string =>
  `factory.talos.dev/${platform}-installer/ce4c980550dd2ab1b17bbf2b08801c7eb59418eafe8f279833297925d67c7515:${talos}`;

/** The cluster of a definition that the rules accept. */
function clusterIn(text: string): Cluster {
  const { clusters, diagnostics } = checkDefinitions([parseYaml('lab.yaml', text)]);
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  return (clusters[0] as { readonly cluster: Cluster }).cluster;
}

const isStandalone = ({ made }: TalosDocument): boolean =>
  made !== undefined && made.purpose in STANDALONE_BODIES;

/** A node of each kind: those whose documents are called the same differ in names and addresses only. */
function kinds(cluster: Cluster): [Node, readonly TalosDocument[]][] {
  const all = cluster.nodes.map((node): [Node, readonly TalosDocument[]] => [
    node,
    documentsFor(cluster, node),
  ]);
  const shape = ([{ role }, own]: (typeof all)[number]) => [role, ...own.map(({ name }) => name)].join();
  return [...new Map(all.map((one) => [shape(one), one])).values()];
}

/** What the Omni template has for a node, in the order in which Omni merges it. */
function templatePatches(cluster: Cluster, node: Node): unknown[] {
  const documents = documentsOf(cluster);
  const kind = node.role === 'control-plane' ? 'ControlPlane' : 'Workers';
  return [
    documentOf(documents, 'Cluster'),
    documentOf(documents, kind, node.machineSet),
    documentOf(documents, 'Machine', node.name),
  ].flatMap(({ patches }) => patches.map(({ inline }) => inline));
}

/** Places that a patch sets, as `differences` names them. */
function placesOf(body: unknown): string[] {
  if (isMap(body) && typeof body['kind'] === 'string') return [documentTitle(body)];
  return [...leaves(body, [])].map(({ path }) => placeOf('v1alpha1', path));
}

/** Items of a list are its own, wherever they stand. */
const placeOf = (title: string, path: readonly (string | number)[]): string =>
  [title, ...path.filter((part) => typeof part === 'string')].join('.');

const documentTitle = (body: Readonly<Record<string, unknown>>): string =>
  typeof body['kind'] === 'string' ? `${body['kind']} ${String(body['name'])}` : 'v1alpha1';

/** Places where two configurations differ; those of lists by the list. */
function differences(a: string, b: string): string[] {
  const flat = (text: string) =>
    new Map(
      parseAllDocuments(text).flatMap((document) => {
        const body = document.toJS() as Readonly<Record<string, unknown>>;
        return [...leaves(body, [])].map(({ path, value }) => {
          const title = documentTitle(body);
          return [
            [title, ...path].join('.'),
            { place: [title, ...path.filter((part) => typeof part === 'string')].join('.'), value },
          ] as const;
        });
      }),
    );
  const [left, right] = [flat(a), flat(b)];
  return [
    ...new Set(
      [...left, ...right]
        .filter(([key]) => left.get(key)?.value !== right.get(key)?.value)
        .map(([, { place }]) => place),
    ),
  ];
}
