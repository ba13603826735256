import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { machineInventory } from '../../../../model/inventory/machine';
import { main } from '../../../../scripts/cli';
import { sha256 } from '../../../../scripts/commands/generate/files';
import { stableJson } from '../../../../scripts/lib/platform/json';
import { clusterOf } from '../../../testing/drafts';

const DEFINITION = `cluster_name: lab
talos_version: v1.11.5
kubernetes_version: v1.34.1
backend: { type: local }
proxmox_servers:
  pve1: { api_url: 'https://10.0.0.5:8006/', node_name: pve1, network_bridge: vmbr0, storage_os: local-lvm }
network_config: { subnet: 10.0.0.0/24, gateway: 10.0.0.1, dns_servers: [10.0.0.1] }
images:
  talos: { iso: local:iso/talos-nocloud-amd64.iso, version: v1.11.5 }
control_planes:
  - { name: cp-1, ip_address: 10.0.0.11 }
workers:
  - { name: w-1, ip_address: 10.0.0.21 }
  - { name: w-2, ip_address: 10.0.0.22 }
`;
const NODES = ['cp-1', 'w-1', 'w-2'];
const NOT_CHECKED = [
  'not checked: the template by omnictl, which is not installed; download it from your Omni, or name it with OMNICTL',
  'not checked: machine configurations by talosctl, which is not installed; see https://talos.dev, or name it with TALOSCTL',
];
const id = (i: number) => `abcdef11-1111-4111-8111-00000000000${i}`;

const home = process.cwd();
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'generate-'));
  process.chdir(folder);
  mkdirSync('clusters');
  writeFileSync('clusters/lab.yaml', DEFINITION);
  process.env['OMNICTL'] = process.env['TALOSCTL'] = 'no-such-program';
});

afterEach(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true });
});

async function generate(...args: string[]): Promise<{ code: number; out: string; err: string[] }> {
  let [out, err] = ['', ''];
  const io = { out: (text: string) => void (out += text), err: (text: string) => void (err += text) };
  const code = await main(['generate', ...args], io);
  return {
    code,
    out,
    err: err
      .trimEnd()
      .split('\n')
      .filter((line) => !NOT_CHECKED.includes(line)),
  };
}

/** What discover writes, for these nodes. */
function match(nodes: readonly string[]): void {
  const cluster = clusterOf({
    control_planes: [{ name: 'cp-1', ip_address: '10.0.0.11' }],
    workers: ['w-1', 'w-2', 'w-9'].map((name, i) => ({ name, ip_address: `10.0.0.2${i + 1}` })),
  });
  const inventory = machineInventory(cluster);
  const entries = nodes.map((name, i) => ({
    format_version: 1,
    terraform_name: name,
    hostname: name,
    mac_address: inventory[name]?.mac_address,
    ip_address: inventory[name]?.ip_address,
    role: inventory[name]?.role,
    omni_uuid: id(i).toUpperCase(),
    omni_name: id(i),
    terraform_data: inventory[name],
    omni_data: { metadata: { id: id(i) }, spec: {} },
  }));
  mkdirSync('machine-data/lab', { recursive: true });
  writeFileSync('machine-data/lab/matched-machines.json', JSON.stringify(entries));
}

const template = () => readFileSync('machine-configs/lab/cluster-template.yaml', 'utf8');
const change = (from: string, to: string) =>
  writeFileSync('clusters/lab.yaml', readFileSync('clusters/lab.yaml', 'utf8').replace(from, to));

describe('generate', () => {
  it('makes the template of the machines that discover matched', async () => {
    match(NODES);
    expect(await generate('lab')).toEqual({
      code: 0,
      out: '',
      err: [
        'machine-configs/lab/cluster-template.yaml: written',
        'machine-configs/lab/manifest.json: written',
        'machine-configs/lab/machines: 3 files written',
      ],
    });
    const documents = parseAllDocuments(template()).map(
      (document) => document.toJS() as { kind: string; name: string },
    );
    expect(documents.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'Cluster lab',
      'ControlPlane undefined',
      'Workers workers',
      `Machine ${id(0)}`,
      `Machine ${id(1)}`,
      `Machine ${id(2)}`,
    ]);
  });

  it('says which of the tools did not check it, and how to get them', async () => {
    let err = '';
    await main(['generate', '--from-definition'], {
      out: () => undefined,
      err: (text) => void (err += text),
    });
    expect(err.split('\n').slice(0, 2)).toEqual(NOT_CHECKED);
  });

  it('writes what it was made from into the manifest', async () => {
    await generate('lab', '--from-definition');
    const manifest: unknown = JSON.parse(readFileSync('machine-configs/lab/manifest.json', 'utf8'));
    const hash = expect.stringMatching(/^[0-9a-f]{64}$/) as unknown;
    expect(manifest).toEqual({
      format_version: 1,
      cluster: 'lab',
      machine_ids: 'definition',
      talos_contract: 'v1.11.5',
      inventory_sha256: hash,
      machine_ids_sha256: hash,
      template_sha256: sha256(template()),
    });
    match(NODES);
    await generate('lab');
    expect(JSON.parse(readFileSync('machine-configs/lab/manifest.json', 'utf8'))).toMatchObject({
      machine_ids: 'matched-machines',
      machine_ids_sha256: sha256(stableJson({ 'cp-1': id(0), 'w-1': id(1), 'w-2': id(2) })),
    });
  });

  it('takes the UUIDs of the definition before any VM exists', async () => {
    expect(await generate('--from-definition', '--output', 'review')).toMatchObject({ code: 0 });
    expect(readdirSync('review/lab/machines')).toEqual(['cp-1.yaml', 'w-1.yaml', 'w-2.yaml']);
  });

  it('names the adopted nodes whose UUID nobody knows', async () => {
    change('w-2, ip', 'w-2, adopted: true, ip');
    expect(await generate('--from-definition')).toEqual({
      code: 1,
      out: '',
      err: [
        'clusters/lab.yaml:14:5: error[machine-id] workers[1]: w-2 is adopted and its UUID unknown; write uuid (Proxmox shows it as smbios1), or run npm run discover and leave --from-definition out',
        'nothing written',
      ],
    });
  });

  it('D2, D18: a node that was not matched is named, and the last good files stay', async () => {
    match(NODES);
    await generate('lab');
    const before = template();
    match(['cp-1', 'w-1']);
    expect(await generate('lab')).toEqual({
      code: 1,
      out: '',
      err: [
        'clusters/lab.yaml:14:5: error[machine-id] workers[1]: w-2 is not in machine-data/lab/matched-machines.json; wait until its VM has registered in Omni and run npm run discover again',
        'nothing written',
      ],
    });
    expect(template()).toBe(before);
  });

  it('says so when discover has not run, or has written something else', async () => {
    const problem = async () => (await generate('lab')).err[0];
    const file = 'machine-data/lab/matched-machines.json';
    expect(await problem()).toBe(
      `${file}: error[definition-file] no such file; run npm run discover first, or take the UUIDs of the definition with --from-definition`,
    );
    match(NODES);
    writeFileSync(file, readFileSync(file, 'utf8').replace('"format_version":1', '"format_version":2'));
    expect(await problem()).toBe(
      `${file}: error[definition-file] is not a list of matched machines of format version 1 (0.format_version must be 1); run npm run discover again`,
    );
    writeFileSync(file, '[');
    expect(await problem()).toBe(`${file}: error[definition-file] is not JSON; run npm run discover again`);
    match(NODES);
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll(id(2).toUpperCase(), id(1)));
    expect(await problem()).toBe(
      `${file}: error[definition-file] gives the Omni machine ${id(1)} to w-1 and w-2; run npm run discover again`,
    );
  });

  it('leaves machines out that no node has any more, and removes their files', async () => {
    match([...NODES, 'w-9']);
    change('  - { name: w-2', '  - { name: w-9, ip_address: 10.0.0.29 }\n  - { name: w-2');
    await generate('lab');
    change('  - { name: w-9, ip_address: 10.0.0.29 }\n', '');
    expect((await generate('lab')).err).toEqual([
      'machine-data/lab/matched-machines.json: 1 matched machine of no node here: w-9',
      'machine-configs/lab/cluster-template.yaml: written',
      'machine-configs/lab/manifest.json: written',
      'machine-configs/lab/machines: 1 file removed',
    ]);
    expect(readdirSync('machine-configs/lab/machines')).toEqual(['cp-1.yaml', 'w-1.yaml', 'w-2.yaml']);
  });

  it('says what it cannot write, without a stack trace', async () => {
    mkdirSync('machine-configs');
    writeFileSync('machine-configs/lab', '');
    const { code, err } = await generate('--from-definition');
    expect({ code, err }).toEqual({
      code: 1,
      err: [
        'machine-configs/lab/manifest.json: error[machine-configs] cannot be used (ENOTDIR); check the folder and its permissions',
        'nothing written',
      ],
    });
  });

  it('writes nothing in a second run', async () => {
    await generate('--from-definition');
    const time = () => statSync('machine-configs/lab/cluster-template.yaml').mtimeMs;
    const before = time();
    expect((await generate('--from-definition')).err).toEqual(['machine-configs/lab: unchanged']);
    expect(time()).toBe(before);
  });

  it('--check tells what would change, changes nothing and exits with 2', async () => {
    await generate('--from-definition');
    expect(await generate('--from-definition', '--check')).toMatchObject({ code: 0, out: '' });
    const before = template();
    change('v1.34.1', 'v1.34.2');
    const { code, out, err } = await generate('--from-definition', '--check');
    expect({ code, err }).toEqual({
      code: 2,
      err: [
        'machine-configs/lab/cluster-template.yaml: differs',
        'machine-configs/lab/manifest.json: differs',
      ],
    });
    expect(out).toContain('-  version: "v1.34.1"\n+  version: "v1.34.2"\n');
    expect(template()).toBe(before);
  });

  it('--json gives the same as data', async () => {
    const { code, out } = await generate('--from-definition', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({
      format_version: 1,
      status: 'written',
      cluster: 'lab',
      folder: 'machine-configs/lab',
      files: {
        'cluster-template.yaml': 'written',
        'machines/cp-1.yaml': 'written',
        'machines/w-1.yaml': 'written',
        'machines/w-2.yaml': 'written',
        'manifest.json': 'written',
      },
      checks: [
        { tool: 'omnictl', status: 'skipped', message: NOT_CHECKED[0] },
        { tool: 'talosctl', status: 'skipped', message: NOT_CHECKED[1] },
      ],
      diagnostics: [],
    });
  });

  it('D26: names the versions that a template needs', async () => {
    change('kubernetes_version: v1.34.1\n', '');
    expect((await generate('--from-definition')).err).toEqual([
      'clusters/lab.yaml:1:1: error[omni-template] kubernetes_version: is missing, and an Omni template must name it; write the version that the cluster is to run, like v1.34.1',
      'nothing written',
    ]);
    writeFileSync(
      'clusters/lab.yaml',
      DEFINITION.replaceAll('v1.11.5', 'v1.9.5').replace('v1.34.1', 'v1.32.0'),
    );
    expect((await generate('--from-definition')).err).toEqual([
      'clusters/lab.yaml:2:16: error[omni-template] talos_version: "v1.9.5" is older than v1.10.0, the first version that templates are made for; raise it',
      'nothing written',
    ]);
  });

  it('does not change the form of a cluster that an upgrade of Talos finds', async () => {
    await generate('--from-definition');
    const before = template();
    writeFileSync('clusters/lab.yaml', DEFINITION.replaceAll('v1.11.5', 'v1.12.0'));
    expect(await generate('--from-definition')).toMatchObject({
      code: 1,
      err: [
        'clusters/lab.yaml:2:16: error[talos-contract] talos_version: "v1.12.0" writes network and hostname in another form than v1.11.5, which the files in machine-configs/lab were made for and which a running cluster keeps; write talos_contract: v1.11.5, or remove machine-configs/lab if the cluster does not exist yet',
        'nothing written',
      ],
    });
    change('kubernetes', 'talos_contract: v1.11.5\nkubernetes');
    expect(await generate('--from-definition')).toMatchObject({ code: 0 });
    expect(template()).toBe(before.replace('version: "v1.11.5"', 'version: "v1.12.0"'));
  });

  it('D14: never guesses a cluster', async () => {
    expect(await generate('lav', '--from-definition')).toEqual({
      code: 1,
      out: '',
      err: ['error: no cluster "lav"; defined: lab; did you mean "lab"?', 'nothing written'],
    });
    cpSync('clusters/lab.yaml', 'clusters/other.yaml');
    writeFileSync(
      'clusters/other.yaml',
      DEFINITION.replace('lab', 'other')
        .replaceAll('10.0.0.', '10.1.0.')
        .replace('control_planes', 'mac_address_prefix: 02:AB:01\ncontrol_planes'),
    );
    expect((await generate('--from-definition')).err).toEqual([
      'error: name a cluster; defined: lab, other',
      'nothing written',
    ]);
    expect((await generate('home', '--from-definition')).err[0]).toBe(
      'error: no cluster "home"; defined: lab, other',
    );
  });

  it('D7, D8: refuses what the rules refuse before anything else', async () => {
    change('10.0.0.22', '999.1.1.1');
    const { code, err } = await generate('--from-definition');
    expect(code).toBe(1);
    expect(err[0]).toMatch(/^clusters\/lab\.yaml:14:30: error\[ip-format\] workers\[1\]\.ip_address: /);
  });

  it('D19: a file of one machine says that it is no template', async () => {
    await generate('--from-definition');
    expect(readFileSync('machine-configs/lab/machines/w-1.yaml', 'utf8').split('\n')[0]).toBe(
      '# Part of ../cluster-template.yaml, for reading: it is no template by itself.',
    );
  });

  it('D28: has all patches inline, because omnictl refuses files outside the folder of the template', async () => {
    await generate('--from-definition');
    const template = readFileSync('machine-configs/lab/cluster-template.yaml', 'utf8');
    const patches = parseAllDocuments(template).flatMap(
      (document) => (document.toJS() as { patches?: Record<string, unknown>[] }).patches ?? [],
    );
    expect(patches.length).toBeGreaterThan(3);
    for (const patch of patches)
      expect(Object.keys(patch).sort()).toEqual(['annotations', 'idOverride', 'inline']);
  });

  it('D1: taking a node away changes no other', async () => {
    await generate('--from-definition');
    const others = () =>
      ['cp-1', 'w-2'].map((name) => readFileSync(`machine-configs/lab/machines/${name}.yaml`, 'utf8'));
    const before = others();
    change('  - { name: w-1, ip_address: 10.0.0.21 }\n', '');
    await generate('--from-definition');
    expect(others()).toEqual(before);
  });

  it('takes templates beside the definition, and leaves the files alone when they are wrong', async () => {
    await generate('--from-definition');
    const before = template();
    mkdirSync('clusters/templates');
    writeFileSync('clusters/templates/patch-hostname.hbs', 'machine: [\n');
    expect(await generate('--from-definition')).toMatchObject({
      code: 1,
      err: [
        expect.stringMatching(
          /^clusters\/templates\/patch-hostname\.hbs:2:1: error\[template\] node cp-1: not valid YAML: /,
        ),
        'nothing written',
      ],
    });
    expect(template()).toBe(before);
  });
});

it('D4: what is generated is ignored by git', () => {
  const ignored = readFileSync(join(__dirname, '../../../../.gitignore'), 'utf8').split('\n');
  expect(ignored).toEqual(expect.arrayContaining(['machine-data/', 'machine-configs/']));
});
