import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { main } from '../../../scripts/cli';
import { PINS } from '../../../scripts/lib/project/programs';
import { standaloneTwin } from '../../testing/standalone';

/** Runs the command with these programs on the PATH, and no others. */
async function tools(programs: Readonly<Record<string, string>>, ...args: string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'tools-'));
  const before = { ...process.env };
  let out = '';
  try {
    for (const [name, says] of Object.entries(programs)) {
      writeFileSync(join(folder, name), `#!/bin/sh\necho '${says}'\n`);
      chmodSync(join(folder, name), 0o755);
    }
    process.env['PATH'] = folder;
    Object.assign(process.env, { TERRAFORM_BINARY_NAME: '', OMNICTL: '', TALOSCTL: '' });
    const code = await main(['tools', '--for', ...args], {
      out: (text) => void (out += text),
      err: (text) => void (out += text),
    });
    return { code, out };
  } finally {
    process.env = before;
    rmSync(folder, { recursive: true });
  }
}

const GOOD = { terraform: 'Terraform v1.5.7', omnictl: 'omnictl version v1.9.3', talosctl: 'Talos v1.11.0' };
const MORE = { kubectl: 'Client Version: v1.35.0', sops: 'sops 3.9.0', 'age-keygen': 'v1.2.0' };

describe('tools --for', () => {
  it('is content with what fits', async () => {
    const { code, out } = await tools({ ...GOOD, ...MORE }, 'home');
    expect(out).toContain('All of them are here.');
    expect(out).not.toContain('helm');
    expect(code).toBe(0);
  });

  it('names what is missing or of another version, with a command that gets it', async () => {
    const { code, out } = await tools({ ...MORE, terraform: 'Terraform v1.4.9', kubectl: 'v1.36.0' }, 'home');
    expect(out).toContain('terraform   needed    1.5 or newer       1.4.9 (not that)');
    expect(out).toContain('omnictl     needed    that of your Omni  missing');
    expect(out).toContain('1.36.0 (not that)');
    expect(out).toContain(
      `  mise use opentofu@${PINS.programs['tofu']} omnictl@${PINS.programs['omnictl']} talosctl@1.11.5 kubectl@1.34.1\n`,
    );
    expect(code).toBe(1);
  });

  it('asks for a Terraform that can forget where the state is to forget what Terraform did of Talos', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tools-definition-'));
    const file = join(folder, 'home.yaml');
    const text = readFileSync('clusters/home.yaml', 'utf8');
    const before = { engine_before: 'terraform' } as const;
    try {
      writeFileSync(file, standaloneTwin(text, '192.168.10.50', before));
      expect((await tools({ ...GOOD, ...MORE }, file)).out).toMatch(/1\.7 or newer +1\.5\.7 \(not that\)/);
      writeFileSync(file, standaloneTwin(text, '192.168.10.50'));
      expect((await tools({ ...GOOD, ...MORE }, file)).out).toContain('All of them are here.');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('lets a cluster do without what is only of use, and takes OpenTofu for Terraform', async () => {
    const { terraform, talosctl, ...rest } = GOOD;
    expect([terraform, talosctl]).not.toContain(undefined);
    const { code, out } = await tools({ ...rest, tofu: 'OpenTofu v1.8.0' }, 'home', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      format_version: 1,
      cluster: 'home',
      programs: [
        { name: 'terraform', found: '1.8.0', state: 'good' },
        { name: 'omnictl', found: '1.9.3' },
        { name: 'talosctl', level: 'optional', state: 'missing' },
        { name: 'kubectl' },
        { name: 'sops', level: 'optional' },
        { name: 'age' },
      ],
    });
  });

  it('needs talosctl, sops and age without Omni, and a Terraform that forgets where the state is split', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'definition-'));
    const file = join(folder, 'lab.yaml');
    try {
      const text = readFileSync('__tests__/fixtures/rules/standalone-versions/valid.yaml', 'utf8');
      writeFileSync(file, `${text}\nstate_split: server\n`);
      const { code, out } = await tools({ terraform: 'Terraform v1.6.0' }, file);
      expect(out).toMatch(/terraform +needed +1\.7 or newer +1\.6\.0 \(not that\)/);
      for (const name of ['talosctl', 'sops', 'age']) expect(out).toMatch(new RegExp(`${name} +needed`));
      expect(out).not.toContain('omnictl');
      expect(code).toBe(1);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

it('has a mise file and a devcontainer with the pins of the project', () => {
  const mise = readFileSync('mise.toml', 'utf8');
  const pinned = new Map(
    [...mise.matchAll(/^(\w+) = "([\d.]+)"$/gm)].map(([, name = '', pin = '']) => [name, pin]),
  );
  const { tofu, ...programs } = PINS.programs;
  const { kubernetes_version: kubernetes } = parse(readFileSync('clusters/home.yaml', 'utf8')) as {
    kubernetes_version: string;
  };
  expect(Object.fromEntries(pinned)).toEqual({
    ...programs,
    opentofu: tofu,
    node: readFileSync('.nvmrc', 'utf8').trim(),
    kubectl: kubernetes.replace('v', ''),
  });
  const container = JSON.parse(readFileSync('.devcontainer/devcontainer.json', 'utf8')) as {
    postCreateCommand: string;
  };
  expect(container.postCreateCommand).toContain('mise install');
});
