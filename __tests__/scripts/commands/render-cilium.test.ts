import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, parseDocument } from 'yaml';
import { runRenderCilium, type RenderCiliumOptions } from '../../../scripts/commands/render-cilium';
import { run } from '../../../scripts/lib/platform/exec';
import { PROJECT_ROOT } from '../../../tools/paths';

jest.mock('../../../scripts/lib/platform/exec', () => ({ run: jest.fn() }));

let folder = '';
let definition = '';
let chart = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'render-cilium-'));
  mkdirSync(join(folder, 'clusters'));
  definition = join(folder, 'clusters/home.yaml');
  chart = join(folder, 'chart');
  cpSync(join(PROJECT_ROOT, '__tests__/fixtures/cilium-chart'), chart, { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true }));

/** The example, without Omni and with its own network plugin. */
function define(standalone: string, more = ''): void {
  const document = parseDocument(readFileSync(join(PROJECT_ROOT, 'clusters/home.yaml'), 'utf8'));
  document.delete('omni');
  writeFileSync(
    definition,
    `${document.toString()}\nmanagement: standalone\nstandalone: ${standalone}\n${more}`,
  );
}

const config = (replaces: boolean, more = '') =>
  `---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: cilium-config, namespace: kube-system}\ndata: {kube-proxy-replacement: "${replaces}"}\n${more}`;

async function render(
  stdouts: readonly string[],
  options: Partial<RenderCiliumOptions> = {},
  result: object = {},
) {
  const next = [...stdouts];
  jest.mocked(run).mockReset();
  jest.mocked(run).mockImplementation(() =>
    Promise.resolve({
      code: 0,
      stdout: next.shift() ?? stdouts.at(-1),
      stderr: '',
      missing: false,
      ...result,
    } as never),
  );
  let err = '';
  const io = { out: () => undefined, err: (text: string) => void (err += text.replaceAll(folder, '.')) };
  const code = await runRenderCilium({ definitions: definition, chart, values: [], ...options }, io);
  const [program, args = [], given] = jest.mocked(run).mock.calls[0] ?? [];
  return { code, err, program, args, values: parse(given?.input ?? '') as unknown };
}

const FILE = 'clusters/manifests/cilium.yaml';
const VIP = '{ vip: 192.168.10.50, cni: none, kube_proxy: false }';

it('renders with what Talos and the definition ask for, and says where to name it', async () => {
  define(VIP);
  const { code, err, program, args, values } = await render([config(true)]);
  expect(program).toBe('helm');
  expect(args.slice(0, 5)).toEqual(['template', 'cilium', chart, '--namespace', 'kube-system']);
  expect(args.slice(-2)).toEqual(['--values', '-']);
  expect(args).toContain('--kube-version');
  expect(values).toMatchObject({
    kubeProxyReplacement: true,
    k8sServiceHost: 'localhost',
    k8sServicePort: 7445,
    cgroup: { autoMount: { enabled: false }, hostRoot: '/sys/fs/cgroup' },
    hubble: { tls: { auto: { method: 'cronJob' } } },
  });
  expect(JSON.stringify(values)).not.toContain('SYS_MODULE');
  expect({ code, err }).toEqual({
    code: 0,
    err: `./${FILE}: written\nname it in the definition: bootstrap: { manifests: [{ file: manifests/cilium.yaml }] }, with standalone.cni: none\n`,
  });
  const text = readFileSync(join(folder, FILE), 'utf8');
  expect(text).toBe(
    `# Cilium for home, as npm run talos -- render-cilium renders it. Commit it.\n${config(true)}`,
  );
  expect((await render([config(true)])).err).toContain('unchanged');
});

it.each([
  [
    '{ vip: 192.168.10.50, cni: none, kube_proxy: false, kube_prism: false }',
    true,
    { k8sServiceHost: '192.168.10.50', k8sServicePort: 6443 },
  ],
  ['{ vip: 192.168.10.50, cni: none }', false, { kubeProxyReplacement: false }],
])('asks the API as %s has it', async (standalone, replaces, expected) => {
  define(standalone);
  const { code, values } = await render([config(replaces)]);
  expect(code).toBe(0);
  expect(values).toMatchObject(expected);
  if (!replaces) expect(values).not.toHaveProperty('k8sServiceHost');
});

it('writes into the file that the definition names, with values of the user last', async () => {
  const values = join(folder, 'own.yaml');
  writeFileSync(values, 'a: 1\n');
  define(VIP, 'bootstrap: { manifests: [{ file: net/my-cilium.yaml }] }\n');
  const { code, err, args } = await render([config(true)], { values: [values] });
  expect({ code, err }).toEqual({ code: 0, err: './clusters/net/my-cilium.yaml: written\n' });
  expect(args.slice(-4)).toEqual(['--values', '-', '--values', values]);
});

const SECRET = (key: string) =>
  config(
    true,
    `---\napiVersion: v1\nkind: Secret\nmetadata: {name: cilium-ca, namespace: kube-system}\ndata: {ca.key: ${key}}\n`,
  );

it.each<[string, string, Parameters<typeof render>, RegExp]>([
  [
    'something else each time',
    VIP,
    [[SECRET('YQ=='), SECRET('Yg==')]],
    /something else each time \(Secret cilium-ca\); values that make certificates/,
  ],
  ['secrets', VIP, [[SECRET('YQ==')]], /Secret cilium-ca holds 1 secret, .*\nnothing was written\n$/],
  [
    'Cilium beside a kube-proxy',
    '{ vip: 192.168.10.50, cni: none }',
    [[config(true)]],
    /takes the place of kube-proxy here.*\nnothing was written\n$/,
  ],
  ['nothing', VIP, [['\n']], /the chart renders no object\nnothing was written\n$/],
  [
    'what helm refuses',
    VIP,
    [[''], {}, { code: 1, stderr: 'walk.go\nError: chart.yaml missing\n' }],
    /^error: helm cannot render the chart: Error: chart\.yaml missing\n$/,
  ],
  [
    'without helm',
    VIP,
    [[''], {}, { missing: true }],
    /^error: helm is not installed; install Helm 3\.14 or newer, or name it in HELM\n$/,
  ],
  [
    'charts and values that are not there',
    VIP,
    [[''], { chart: 'none.tgz', values: ['nor.yaml'] }],
    /^error: none\.tgz: no such file; .*\nerror: nor\.yaml: no such file; /,
  ],
])('does not render %s', async (_, standalone, args, message) => {
  define(standalone);
  const { code, err } = await render(...args);
  expect(code).toBe(1);
  expect(err).toMatch(message);
  expect(err).not.toMatch(/YQ==|Yg==/);
  expect(existsSync(join(folder, FILE))).toBe(false);
});

it('is not for a cluster whose settings do not say what Cilium needs', async () => {
  cpSync(join(PROJECT_ROOT, 'clusters/home.yaml'), definition);
  const { code, err } = await render([config(true)]);
  expect(code).toBe(1);
  expect(err).toMatch(/^error: home has management: omni, .* render it with helm template/);
  expect(run).not.toHaveBeenCalled();
});
