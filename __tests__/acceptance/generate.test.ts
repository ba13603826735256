import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { loadDefinitions } from '../../model/load/load';
import { main } from '../../scripts/cli';
import { run } from '../../scripts/lib/platform/exec';
import { machine, omniWith, sync } from '../testing/omni';
import { ensureTools, programPath } from '../../tools/programs';
import { PROJECT_ROOT } from '../../tools/paths';

const describeTools = process.env['ACCEPTANCE_TOOLS'] === undefined ? describe.skip : describe;

const EXAMPLES = ['datacenter', 'gpu', 'home', 'single', 'storage'];
/** Kubernetes version that all of them support. */
const KUBERNETES = 'v1.33.4';

describeTools('templates with the real omnictl and talosctl', () => {
  let folder: string;

  beforeAll(async () => {
    const tools = await ensureTools(['talosctl-1.13']);
    if (!tools.ok) throw new Error(tools.how);
  }, 1_800_000);

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'generate-'));
    process.env['OMNICTL'] = programPath('omnictl');
    process.env['TALOSCTL'] = programPath('talosctl');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  async function generate(definitions: string): Promise<{ code: number; err: string }> {
    let err = '';
    const io = { out: () => undefined, err: (text: string) => void (err += text) };
    const code = await main(
      ['generate', '--from-definition', '--definitions', definitions, '--output', join(folder, 'out')],
      io,
    );
    return { code, err };
  }

  /** An example with other versions, in a folder of its own. */
  function example(name: string, talos: string, changes: (text: string) => string = (text) => text): string {
    const text = readFileSync(join(PROJECT_ROOT, 'clusters', `${name}.yaml`), 'utf8')
      .replaceAll(/v1\.1[12]\.\d/g, talos)
      .replace(/^kubernetes_version: \S+/m, `kubernetes_version: ${KUBERNETES}`);
    mkdirSync(join(folder, 'clusters'));
    const file = join(folder, 'clusters', `${name}.yaml`);
    writeFileSync(file, changes(text));
    return file;
  }

  const cases = EXAMPLES.flatMap((name) =>
    ['v1.10.5', 'v1.11.5', 'v1.12.0', 'v1.13.9'].map((talos) => ({ name, talos })),
  );

  it.each(cases)('D5: $name is valid at Talos $talos', async ({ name, talos }) => {
    const own = talos === 'v1.13.9' ? 'v1.13.9' : 'v1.12.0';
    if (own === 'v1.13.9') process.env['TALOSCTL'] = programPath('talosctl-1.13');
    const { code, err } = await generate(example(name, talos));
    expect(err).toContain('omnictl: the template is valid\n');
    expect(err).toMatch(/^talosctl \S+: the machine configurations of \d+ nodes? are valid \(\d shapes?\)$/m);
    expect(err).toContain(`talosctl ${own}: `);
    expect(code).toBe(0);
  });

  it('every key of the definition makes a valid template, in both forms', async () => {
    for (const contract of ['v1.11.5', 'v1.12.0']) {
      rmSync(folder, { recursive: true });
      mkdirSync(folder);
      const file = example('datacenter', 'v1.12.0', (text) => everything(text, contract));
      const { code, err } = await generate(file);
      expect(err).toMatch(/^talosctl v1\.12\.0: .* are valid/m);
      expect(code).toBe(0);
    }
  });

  it('values come out of omnictl as they went in', async () => {
    const values = [
      'null',
      '1.10',
      '0777',
      'no',
      'a: b',
      '# c',
      '{{x}}',
      '${x}',
      '"',
      "'",
      'a\nb',
      '\u2028',
      '\u{1F642}',
      '',
    ];
    const annotations = Object.fromEntries(values.map((value, i) => [`v${i}`, value]));
    const file = example(
      'single',
      'v1.12.0',
      (text) => `${text}\nomni: ${JSON.stringify({ endpoint: 'https://omni.example.com', annotations })}\n`,
    );
    expect(await generate(file)).toMatchObject({ code: 0 });
    const template = join(folder, 'out/single/cluster-template.yaml');
    const { stdout } = await run(programPath('omnictl'), ['cluster', 'template', 'render', '-f', template], {
      env: { HOME: folder },
    });
    // omnictl quotes none of them: every plain value is read as the text that it is.
    const [cluster] = parseAllDocuments(stdout, { schema: 'failsafe' }).map(
      (document) => document.toJS() as { metadata: { annotations: Record<string, string> } },
    );
    expect(cluster?.metadata.annotations).toMatchObject(annotations);
  });

  it('Omni takes the template, and a second sync finds nothing to do', async () => {
    const file = example('home', 'v1.11.5');
    expect(await generate(file)).toMatchObject({ code: 0 });
    const { clusters } = await loadDefinitions(file);
    const nodes = clusters[0]?.cluster.nodes ?? [];
    const omni = await omniWith({
      machines: nodes.map(({ uuid = '', nics }) =>
        machine(1, { id: uuid, links: nics.map(({ mac }) => ({ mac })) }),
      ),
    });
    const template = join(folder, 'out/home/cluster-template.yaml');
    const first = await sync(omni, template);
    expect(first).toMatchObject({ code: 0, stderr: '' });
    const ids = (await omni.resources('ConfigPatches')).map(({ id }) => id);
    expect(ids).toContain('200-cluster-home.install-disk');
    expect(ids.filter((id) => id.startsWith('400-cm-') && id.endsWith('.hostname'))).toHaveLength(6);
    expect(await sync(omni, template)).toMatchObject({ code: 0, stdout: '', stderr: '' });
  });

  it('D8: what omnictl refuses leaves no files', async () => {
    const file = example('single', 'v1.11.5');
    mkdirSync(join(folder, 'clusters/templates'));
    const text = 'machine: { token: stolen }\n';
    writeFileSync(join(folder, 'clusters/templates/patch-hostname.hbs'), text);
    const { code, err } = await generate(file);
    expect(code).toBe(1);
    expect(err).toContain('overriding "machine.token" is not allowed in the config patch');
    expect(err).toMatch(/nothing written\n$/);
    expect(() => readFileSync(join(folder, 'out/single/manifest.json'))).toThrow('ENOENT');
  });

  it('D8: what only the node would refuse is found by talosctl, with the name of the node', async () => {
    const file = example('home', 'v1.12.0');
    mkdirSync(join(folder, 'clusters/templates'));
    const text = 'apiVersion: v1alpha1\nkind: HostnameConfig\nhostname: {{yaml node.name}}\n';
    writeFileSync(join(folder, 'clusters/templates/patch-hostname.hbs'), text);
    const { code, err } = await generate(file);
    expect(code).toBe(1);
    expect(err).toContain('omnictl: the template is valid\n');
    expect(err).toMatch(/^error: talosctl: node talos-control-1 \(and 2 like it\): /m);
    expect(err).toContain("'auto' and 'hostname' cannot be set at the same time");
  });
});

/** The example with every key that goes into a template. */
function everything(text: string, contract: string): string {
  return text
    .replace('kubernetes_version', `talos_contract: ${contract}\nkubernetes_version`)
    .replace(
      'system_extensions: [siderolabs/qemu-guest-agent]',
      'system_extensions: [siderolabs/iscsi-tools, siderolabs/qemu-guest-agent, siderolabs/util-linux-tools]',
    )
    .replace(
      'defaults: # OPTIONAL\n  all:\n',
      `storage_network: { subnet: 10.99.0.0/22, bridge: vmbr1, mtu: 9000 }
omni:
  endpoint: https://omni.example.com
  disk_encryption: true
  workload_proxy: true
  embedded_discovery: true
  backup_interval: 6h
  labels: { team: a }
defaults:
  all:
    kernel_args: [net.ifnames=0]
    sysctls: { vm.max_map_count: '262144' }
    node_labels: { tier: all }
    patches:
      schedule: { cluster: { allowSchedulingOnControlPlanes: true } }
      watchdog: { apiVersion: v1alpha1, kind: WatchdogTimerConfig, device: /dev/watchdog0, timeout: 5m0s }
`,
    )
    .replace('first_ip: 10.20.33.1', 'first_ip: 10.20.33.1\n    storage_first_ip: 10.99.0.1')
    .replace('slot: 1, size_gb: 500', 'slot: 1, size_gb: 500, longhorn: true');
}
