import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from '../../../scripts/lib/platform/exec';
import { PROJECT_ROOT } from '../../../tools/paths';
import { runMain, synthesize, temporaryFolder, type TerraformJson } from '../../testing/terraform';

/** All files below a folder with their bytes. */
function files(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return Object.fromEntries(
    entries.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [path.slice(folder.length + 1), readFileSync(path, 'utf8')];
    }),
  );
}

const definition = (name: string): string =>
  readFileSync(join(PROJECT_ROOT, 'clusters', `${name}.yaml`), 'utf8');

function folderWith(definitions: Record<string, string>): string {
  const folder = join(temporaryFolder(), 'clusters');
  mkdirSync(folder);
  for (const [name, text] of Object.entries(definitions)) writeFileSync(join(folder, name), text);
  return folder;
}

const vmsOf = (json: TerraformJson) => json.resource['proxmox_virtual_environment_vm'] ?? {};

describe('synthesis', () => {
  it('gives the same bytes with tsx as with our loader', async () => {
    const { outdir } = await synthesize('clusters');
    const other = join(temporaryFolder(), 'out');
    const { code, stderr } = await run(process.execPath, ['--import', 'tsx', 'main.ts'], {
      cwd: PROJECT_ROOT,
      env: { CDKTF_OUTDIR: other },
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(files(other)).toEqual(files(outdir));
  });

  it('gives the same bytes in another checkout, with neither Terraform nor anything else on the PATH', async () => {
    const { outdir } = await synthesize('clusters');
    const checkout = join(temporaryFolder(), 'elsewhere', 'checkout');
    mkdirSync(checkout, { recursive: true });
    const parts = [
      'main.ts',
      'package.json',
      'cdktf.json',
      'clusters',
      'constructs',
      'model',
      'scripts',
      'tools',
      '.gen',
    ];
    for (const part of parts) cpSync(join(PROJECT_ROOT, part), join(checkout, part), { recursive: true });
    symlinkSync(join(PROJECT_ROOT, 'node_modules'), join(checkout, 'node_modules'));

    const { code, stderr } = await run(process.execPath, ['-r', './tools/register.cjs', 'main.ts'], {
      cwd: checkout,
      env: {
        PATH: dirname(process.execPath),
        HOME: checkout,
        USER: 'somebody',
        CLUSTERS: undefined,
        CDKTF_OUTDIR: undefined,
      },
    });

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const made = files(join(checkout, 'cdktf.out'));
    expect(made).toEqual(files(outdir));
    expect(Object.values(made).join('\n')).not.toContain(checkout);
    expect(Object.values(made).join('\n')).not.toContain(PROJECT_ROOT);
  });

  it('gives the same bytes for nodes and servers in any order', async () => {
    const text = definition('home');
    const lines = text.split('\n');
    const reversed = (key: string) => {
      const start = lines.indexOf(key) + 1;
      let end = start;
      while (lines[end]?.startsWith('  -')) end++;
      lines.splice(start, end - start, ...lines.slice(start, end).reverse());
    };
    reversed('control_planes:');
    reversed('workers:');
    expect(lines.join('\n')).not.toBe(text);

    const straight = await synthesize(folderWith({ 'home.yaml': text }));
    const shuffled = await synthesize(folderWith({ 'home.yaml': lines.join('\n') }));
    expect(files(shuffled.outdir)).toEqual(files(straight.outdir));
  });

  it('changes exactly one VM when the first worker is removed', async () => {
    const text = definition('home');
    const less = text.replace(/^ {2}- \{ name: talos-worker-1,.*\n/m, '');
    expect(less).not.toBe(text);

    const before = vmsOf((await synthesize(folderWith({ 'home.yaml': text }))).json('home'));
    const after = vmsOf((await synthesize(folderWith({ 'home.yaml': less }))).json('home'));

    const changed = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
      (name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]),
    );
    expect(changed).toEqual(['talos-worker-1']);
    expect(after['talos-worker-1']).toBeUndefined();
  });

  it('takes one file as CLUSTERS, and makes the folders of CDKTF_OUTDIR', async () => {
    const outdir = join(temporaryFolder(), 'not', 'there', 'yet');
    const { code } = await runMain('clusters/single.yaml', outdir);
    expect(code).toBe(0);
    expect(readdirSync(join(outdir, 'stacks'))).toEqual(['single']);
  });

  it('prints no secret and writes none, wherever one was planted', async () => {
    const secret = 'f00dfeed-0000-4000-8000-5ec2e75ec2e7';
    const tfvars = readFileSync(join(PROJECT_ROOT, '__tests__/fixtures/starter/v3/terraform.tfvars'), 'utf8');
    const planted = tfvars.replace(/(api_token_secret\s*=\s*)"[^"]*"/g, `$1"${secret}"`);
    expect(planted).toContain(secret);
    const outdir = join(temporaryFolder(), 'out');

    const synth = await runMain(folderWith({ 'starter.tfvars': planted }), outdir);

    expect(synth.code).toBe(0);
    const everything = [synth.stdout, synth.stderr, ...Object.values(files(outdir))].join('\n');
    expect(everything).not.toContain(secret);
    expect(everything).toContain('secret-literal');
  });
});

describe('mistakes', () => {
  const broken = () => definition('single').replace('talos_version: v1.11.5', 'talos_version: latest');

  it('end with exit code 1, the position on stderr, and nothing else', async () => {
    const folder = folderWith({ 'single.yaml': broken() });
    const outdir = join(temporaryFolder(), 'out');
    const { code, stdout, stderr } = await runMain(folder, outdir);
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/single\.yaml:7:16: error\[version-pin\] talos_version: "latest"/);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(existsSync(outdir)).toBe(false);
  });

  it('leave the last good files as they are', async () => {
    const folder = folderWith({ 'single.yaml': definition('single') });
    const { outdir } = await synthesize(folder);
    const good = files(outdir);
    writeFileSync(join(folder, 'single.yaml'), broken());
    expect((await runMain(folder, outdir)).code).toBe(1);
    expect(files(outdir)).toEqual(good);
  });

  it('that only deserve a warning end with exit code 0', async () => {
    const folder = folderWith({ 'single.yaml': definition('single').replace(/^backend:.*\n/m, '') });
    const { code, stdout, stderr } = await runMain(folder, join(temporaryFolder(), 'out'));
    expect(code).toBe(0);
    expect(stdout).toBe('');
    expect(stderr).toContain('warning[backend-local]');
  });

  it.each([
    [
      'a folder that is not there',
      'no-such-folder',
      /no-such-folder: error\[definition-file\] no such file or folder; /,
    ],
    [
      'a file of another kind',
      'package.json',
      /package\.json: error\[definition-file\] not a \.yaml, \.yml or \.tfvars file; /,
    ],
    ['a folder without definitions', 'tools', /tools: error\[definition-file\] the folder has no /],
  ])('name %s', async (_, target, message) => {
    const { code, stderr } = await runMain(target, join(temporaryFolder(), 'out'));
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  it('in a folder that cannot be written are told in words', async () => {
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    const { code, stderr } = await runMain('clusters/single.yaml', join(file, 'out'));
    expect(code).toBe(1);
    expect(stderr).toBe(`error: ${file}/out: a part of the path is a file, not a folder; check the path\n`);
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});
