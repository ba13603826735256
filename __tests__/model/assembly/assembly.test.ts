import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAssembly, type AssembledCluster } from '../../../model/assembly/read';
import { assemblyText } from '../../../model/assembly/write';
import { formatDiagnostic, diagnostic } from '../../../model/diagnostics/diagnostics';
import { fromProps } from '../../../model/cluster/definition/from-props';
import { checkDefinitions, loadDefinitions, type CheckedCluster } from '../../../model/load/load';
import { parseYaml } from '../../../model/cluster/definition/yaml';
import { PROJECT_ROOT } from '../../../tools/paths';

const rules = join(PROJECT_ROOT, '__tests__/fixtures/rules');
const files = [
  ...readdirSync(join(PROJECT_ROOT, 'clusters')).map((name) => join(PROJECT_ROOT, 'clusters', name)),
  ...readdirSync(rules).map((rule) => join(rules, rule, 'valid.yaml')),
];

const one = async (file: string): Promise<CheckedCluster> => {
  const { clusters } = await loadDefinitions(file);
  const [first] = clusters;
  if (!first) throw new Error(`${file} has no cluster`);
  return first;
};

function read(text: string, ...rest: never[] | [Parameters<typeof parseAssembly>[1]]): AssembledCluster {
  const result = parseAssembly(text, ...rest);
  if ('problem' in result) throw new Error(result.problem);
  return result;
}

describe('an assembly', () => {
  it.each(files.filter((file) => !file.endsWith('.tfvars')))('gives back the cluster of %s', async (file) => {
    const { clusters } = await loadDefinitions(file);
    for (const checked of clusters) {
      const text = assemblyText(checked, 'stack', 'clusters/x.yaml');
      const assembled = read(text);
      expect(assembled.stack).toBe('stack');
      expect(assembled.cluster).toEqual(JSON.parse(JSON.stringify(checked.cluster)));
      // A server stands in memory once, as in a cluster that was just resolved.
      const [node] = assembled.cluster.nodes;
      if (node) expect(assembled.cluster.servers).toContain(node.server);
      expect(assembled.draft.nodes.map(({ name }) => name).sort()).toEqual(
        checked.draft.nodes.map(({ name }) => name).sort(),
      );
    }
  });

  it('finds a node in its file, whatever the order there', () => {
    const file = join(PROJECT_ROOT, 'clusters/home.yaml');
    const content = readFileSync(file, 'utf8').replace(
      /^workers:\n/m,
      'workers:\n  - name: zz-last-9\n    proxmox_server: pve1\n    ip_address: 192.168.10.199\n',
    );
    const parsed = parseYaml('home.yaml', content);
    const { clusters } = checkDefinitions([parsed]);
    const { draft } = read(assemblyText(clusters[0] as CheckedCluster, 'home', 'home.yaml'), () => parsed);
    const last = draft.nodes.find(({ name }) => name === 'zz-last-9');
    const place = diagnostic(draft.source, 'some-rule', last?.path ?? [], 'seen');
    const line = content.split('\n').findIndex((text) => text.includes('zz-last-9')) + 1;
    expect(formatDiagnostic(place)).toMatch(
      new RegExp(`^home\\.yaml:${line}:\\d+: error\\[some-rule\\] workers\\[\\d+\\]: seen$`),
    );
  });

  it('says a place of a cluster in TypeScript in its own keys', async () => {
    const { definition } = (await one(join(PROJECT_ROOT, 'clusters/single.yaml'))).draft;
    const props = fromProps('green', { ...definition } as never, 'green/cluster');
    const { clusters } = checkDefinitions([props]);
    const { draft } = read(assemblyText(clusters[0] as CheckedCluster, 'green', 'green/cluster'));
    const path = ['control_planes', 0, 'data_disks', 0];
    expect(formatDiagnostic(diagnostic(draft.source, 'x', path, 'set vm_id or my_own_word'))).toBe(
      'green/cluster: error[x] controlPlanes[0].dataDisks[0]: set vmId or my_own_word',
    );
  });

  const broken: [string, (text: string) => string, string][] = [
    ['cut in the middle', (text) => text.slice(0, 100), 'is not JSON; synthesize again'],
    ['of nothing', () => 'null', 'has no format_version that is known here; synthesize again'],
    [
      'of a later version',
      (text) => text.replace('"format_version": 2', '"format_version": 7'),
      'has format_version 7, and this version of talos-proxmox-cdktf reads 2; update it',
    ],
    [
      'with a key that nobody knows',
      (text) => text.replace('"guards":', '"gards": 1, "guards":'),
      'is not what synth writes (cluster has unknown keys: gards); synthesize again',
    ],
    [
      'that names a server it does not have',
      (text) => text.replace('"server": "pve1"', '"server": "pve9"'),
      'names the server pve9, which it does not have; synthesize again',
    ],
  ];
  it.each(broken)('%s is refused in words', async (_, change, problem) => {
    const text = change(
      assemblyText(await one(join(PROJECT_ROOT, 'clusters/home.yaml')), 'home', 'home.yaml'),
    );
    expect(parseAssembly(text)).toEqual({ problem });
  });
});
