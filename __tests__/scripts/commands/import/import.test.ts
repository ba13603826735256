import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { formatDiagnostic } from '../../../../model/diagnostics/diagnostics';
import { loadDefinitions } from '../../../../model/load/load';
import { main } from '../../../../scripts/cli';

const ROOT = join(__dirname, '../../../..');
const FIXTURES = join(ROOT, '__tests__/fixtures/starter');
const SECRET = /fake-fake-fake/;

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'import-'));
  file = join(folder, 'terraform.tfvars');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Puts a fixture, perhaps changed, in place as `terraform.tfvars`. */
function use(name: string, change?: (text: string) => string): void {
  const text = readFileSync(join(FIXTURES, name, 'terraform.tfvars'), 'utf8');
  const changed = change ? change(text) : text;
  if (change && changed === text) throw new Error('the change changed nothing');
  writeFileSync(file, changed);
}

/** Runs the command line; paths in its output lose the temporary folder. */
async function run(...args: string[]) {
  const io = { stdout: '', stderr: '' };
  const code = await main(['import', file, ...args], {
    out: (text) => (io.stdout += text),
    err: (text) => (io.stderr += text),
  });
  return { code, stdout: io.stdout, stderr: io.stderr.replaceAll(`${folder}/`, '') };
}

const errors = (stderr: string) => stderr.split('\n').filter((line) => line.includes(': error['));

async function clusters(path: string) {
  const { clusters: loaded, diagnostics } = await loadDefinitions(path);
  expect(diagnostics.filter(({ severity }) => severity === 'error').map(formatDiagnostic)).toEqual([]);
  return loaded.map(({ cluster }) => cluster);
}

describe.each(['v1', 'v1_5', 'v2', 'v3'])('import of a %s file', (name) => {
  it('writes a definition that loads without editing', async () => {
    use(name);
    const target = join(folder, 'clusters/home.yaml');
    const { code, stdout, stderr } = await run('-o', target);
    expect([code, stdout]).toEqual([0, '']);
    expect(errors(stderr)).toEqual([]);
    expect(stderr.endsWith('clusters/home.yaml: written\n')).toBe(true);
    expect(await clusters(target)).toHaveLength(1);
  });

  it('prints the same on standard output, each time', async () => {
    use(name);
    const target = join(folder, 'x.yaml');
    await run('-o', target);
    const [first, second] = [await run(), await run()];
    expect(first.stdout).toBe(readFileSync(target, 'utf8'));
    expect(second).toEqual(first);
    expect(first.stdout.startsWith('# yaml-language-server: $schema=../schemas/cluster.schema.json\n')).toBe(
      true,
    );
    expect(first.stdout.split('\n').filter((line) => line.length > 140)).toEqual([]);
  });

  it('shows no secret anywhere', async () => {
    use(name);
    expect(readFileSync(file, 'utf8')).toMatch(SECRET);
    for (const result of [await run(), await run('--json'), await run('-o', join(folder, 'x.yaml'))]) {
      expect(result.stdout + result.stderr).not.toMatch(SECRET);
    }
    expect(readFileSync(join(folder, 'x.yaml'), 'utf8')).not.toMatch(
      /fake-fake-fake|api_token_secret|in the file\)/,
    );
  });

  it('freezes the identity of every node', async () => {
    use(name);
    const definition = parse((await run()).stdout) as Record<string, Record<string, unknown>[]>;
    const nodes = ['control_planes', 'workers', 'gpu_workers'].flatMap((key) => definition[key] ?? []);
    const keys = ['index', 'mac_address', ...(name === 'v2' || name === 'v3' ? ['vm_id'] : [])];
    for (const node of nodes) expect(Object.keys(node)).toEqual(expect.arrayContaining(keys));
  });
});

it.each(['v1', 'v1_5', 'v3'])('gives the same cluster as the %s file itself', async (name) => {
  use(name);
  const target = join(folder, 'x.yaml');
  await run('-o', target);
  expect(await clusters(target)).toEqual(await clusters(file));
});

describe('the definition', () => {
  it('has nodes of one line, and defaults for what most of them share', async () => {
    const node = (i: number) => `{
      name = "talos-worker-${i + 1}", proxmox_server = "pve1", ip_address = "192.168.10.${200 + i}", mac_address = ""
      cpu_cores = 8, memory_mb = ${i === 5 ? 32768 : 16384}, os_disk_size_gb = 100, data_disk_size_gb = 200
    },`;
    const workers = `workers = [${Array.from({ length: 30 }, (_, i) => node(i)).join('')}]\n`;
    use('v3', (text) =>
      text.replace(/^workers = \[[^]*?^\]\n/m, workers).replace(/^gpu_workers = \[[^]*?^\]\n/m, ''),
    );
    const { code, stdout } = await run();
    expect(code).toBe(0);
    const lines = stdout.slice(stdout.indexOf('\nworkers:\n')).trim().split('\n');
    expect(lines.filter((line) => line.startsWith('  - { name: '))).toHaveLength(29);
    expect(lines.slice(6, 13)).toEqual([
      '  - name: talos-worker-6',
      '    index: 5',
      '    proxmox_server: pve1',
      '    ip_address: 192.168.10.205',
      '    mac_address: BC:24:11:02:00:05',
      '    vm_id: 115',
      '    memory_mb: 32768',
    ]);
    expect(lines[1]).toBe(
      '  - { name: talos-worker-1, index: 0, proxmox_server: pve1, ip_address: 192.168.10.200, mac_address: BC:24:11:02:00:00, vm_id: 110 }',
    );
  });

  it('carries the notes at the place they concern', async () => {
    use('v2');
    const { stdout } = await run();
    expect(stdout).toContain(
      [
        '# Talos version.',
        '# The file says v1.10.1, which the starter only printed; v1.11.5 of the ISO is taken.',
        'talos_version: v1.11.5',
      ].join('\n'),
    );
    expect(stdout).toContain(
      [
        '    vm_id: 121',
        '    # "talos-gpu-1" on the same server uses nvidia-gpu-1, and a GPU serves one VM; make a mapping for the GPU',
        '    # of "talos-gpu-2" and name it here.',
        '    gpu_mappings: []',
      ].join('\n'),
    );
    expect(stdout).toContain("gpu_pci_id: '01:00'");
  });
});

describe('the log', () => {
  it('tells the era, what was frozen and what was not carried over', async () => {
    use('v1');
    const { stderr } = await run();
    const lines = stderr.split('\n');
    expect(lines[0]).toBe(
      'terraform.tfvars: starter v1 (clones of a template VM): 3 control planes, 1 worker, 1 GPU worker on 2 servers',
    );
    expect(lines[1]).toBe(
      'terraform.tfvars: index and MAC address of each node follow from its position and are written out; VMIDs are new',
    );
    expect(lines).toEqual(
      expect.arrayContaining([
        'terraform.tfvars:25:23: warning[starter-value] talos_iso: VMs were clones of the template "talos-1.10-template", which is not carried over; new VMs boot local:iso/talos-1.11.5.iso: upload it to every server, or set talos_iso',
        'terraform.tfvars:27:18: warning[starter-value] control_planes: Proxmox chose the VMIDs of starter v1; nodes get new ones. To adopt running VMs, give each node its vm_id as its server shows it (qm list)',
        "  export TF_VAR_proxmox_pve1_api_token='terraform@pve!terraform=<secret>'",
        "  export TF_VAR_proxmox_pve2_api_token='terraform@pve!terraform=<secret>'",
      ]),
    );
  });

  it('warns of a GPU mapping that was shared', async () => {
    use('v2');
    expect((await run()).stderr).toContain(
      'terraform.tfvars:130:3: warning[starter-value] gpu_workers[1].gpu_mappings: ',
    );
  });

  it('leaves unknown keys out and lists them', async () => {
    use('v3', (text) =>
      `${text}\ncilium = { enabled = true }\n`.replace(
        '    node_name                  = "pve1"',
        '$&\n    rack = "a1"',
      ),
    );
    const { code, stdout, stderr } = await run();
    expect(code).toBe(0);
    expect(stdout).not.toMatch(/cilium|rack/);
    expect(stderr.split('\n').filter((line) => line.includes('schema-key-unknown'))).toEqual([
      expect.stringMatching(
        /^terraform\.tfvars:8:5: warning\[schema-key-unknown\] proxmox_servers\.pve1\.rack: .*; it is left out$/,
      ),
      expect.stringMatching(
        /^terraform\.tfvars:135:1: warning\[schema-key-unknown\] cilium: .*; it is left out$/,
      ),
    ]);
  });

  it('takes the last value of a key that a map has twice, as Terraform did', async () => {
    use('v3', (text) => text.replace('vlan_id     = 0', 'vlan_id = 0\n  vlan_id = 7'));
    const { code, stdout, stderr } = await run();
    expect(code).toBe(0);
    expect(stdout).toContain('  vlan_id: 7\n');
    expect(stderr).toContain(
      'terraform.tfvars:43:3: warning[duplicate-key] network_config.vlan_id: the key "vlan_id" is already set in line 42; remove one of the two; Terraform took this one\n',
    );
  });

  it('is data alone on standard output with --json', async () => {
    use('v2');
    const target = join(folder, 'x.yaml');
    const { code, stdout } = await run('--json', '-o', target);
    const report = JSON.parse(stdout) as Record<string, unknown>;
    expect(code).toBe(0);
    expect(Object.keys(report)).toEqual(Object.keys(report).sort());
    expect(report).toMatchObject({
      format_version: 1,
      status: 'written',
      era: 'v2',
      nodes: { control_planes: 3, workers: 3, gpu_workers: 2 },
      environment: ['TF_VAR_proxmox_pve1_api_token', 'TF_VAR_proxmox_pve2_api_token'],
      output: target,
      yaml: readFileSync(target, 'utf8'),
    });
    expect(report['diagnostics']).toContainEqual(
      expect.objectContaining({
        severity: 'warning',
        rule: 'starter-value',
        path: 'talos_version',
        line: 44,
        column: 17,
      }),
    );
  });
});

describe('nothing is written', () => {
  const target = () => join(folder, 'out/x.yaml');

  it('over an existing file, unless it is forced', async () => {
    use('v3');
    expect((await run('-o', target())).code).toBe(0);
    const written = readFileSync(target(), 'utf8');
    writeFileSync(target(), 'mine\n');
    const refused = await run('-o', target());
    expect(refused.code).toBe(1);
    expect(refused.stderr).toBe(
      'out/x.yaml: error[definition-file] the file exists; choose another name, or write over it with --force\nnothing written\n',
    );
    expect(readFileSync(target(), 'utf8')).toBe('mine\n');
    expect((await run('-o', target(), '--force')).stderr).toMatch(/out\/x\.yaml: written\n$/);
    expect(readFileSync(target(), 'utf8')).toBe(written);
    expect((await run('-o', target(), '--force')).stderr).toMatch(/out\/x\.yaml: unchanged\n$/);
    expect(readdirSync(join(folder, 'out'))).toEqual(['x.yaml']);
  });

  it('if the file cannot be parsed', async () => {
    use('v3', (text) =>
      text.replace(
        '  },\n  {\n    name                  = "talos-worker-2"',
        '  }\n  {\n    name = "talos-worker-2"',
      ),
    );
    const { code, stdout, stderr } = await run('-o', target());
    expect([code, stdout, existsSync(target())]).toEqual([1, '', false]);
    expect(stderr).toMatch(
      /^terraform\.tfvars:92:3: error\[syntax\] workers\[1\]: no comma before this item.*line 91\nnothing written\n$/s,
    );
  });

  /** What the starter let pass, and we do not. */
  const useBroken = () => use('v3', (text) => text.replace(/cpu_cores(\s*)=\s*\d+/, 'cpu_cores$1= 0'));

  it('if the result would have errors', async () => {
    useBroken();
    const { code, stderr } = await run('-o', target());
    expect([code, existsSync(target())]).toEqual([1, false]);
    expect(errors(stderr)).toEqual([
      expect.stringMatching(
        /^terraform\.tfvars:\d+:\d+: error\[size-range\] control_planes\[0\]\.cpu_cores: /,
      ),
    ]);
    expect(stderr.endsWith('nothing written\n')).toBe(true);
  });

  it('if there is no such file, or the target is no place for one', async () => {
    expect(await run()).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'terraform.tfvars: error[definition-file] cannot be read (ENOENT); name the terraform.tfvars of the starter\nnothing written\n',
    });
    use('v3');
    const { code, stderr } = await run('-o', join(file, 'x.yaml'));
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /terraform\.tfvars\/x\.yaml: error\[definition-file\] cannot be written \(E(NOTDIR|EXIST)\); .*\nnothing written\n$/,
    );
  });

  it('and the report says so', async () => {
    useBroken();
    const { code, stdout } = await run('--json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ status: 'failed', era: 'v3', output: null, yaml: null });
  });
});

describe('the program', () => {
  const program = (...args: string[]) =>
    spawnSync(process.execPath, ['--import', 'tsx', 'scripts/cli.ts', ...args], {
      cwd: ROOT,
      encoding: 'utf8',
      timeout: 60_000,
    });

  it('prints the definition and ends', () => {
    const { status, stdout, stderr } = program('import', '__tests__/fixtures/starter/v3/terraform.tfvars');
    expect(status).toBe(0);
    expect(stdout).toContain('cluster_name: talos-prod\n');
    expect(stderr).not.toContain('    at ');
  });

  it('ends with 1 for wrong usage, and names the repair', () => {
    const { status, stderr } = program('import');
    expect(status).toBe(1);
    expect(stderr).toContain("missing required argument 'file'");
    expect(program('imprt').stderr).toContain('Did you mean import?');
  });

  it('lists its exit codes in the help', () => {
    const { status, stdout } = program('import', '--help');
    expect(status).toBe(0);
    expect(stdout).toContain('Exit codes: 0 done, 1 ');
  });
});
