/** The secrets of a cluster without Omni, with the real talosctl, sops and age. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { RunResult } from '../../scripts/lib/platform/exec';
import { PROJECT_ROOT } from '../../tools/paths';
import { runCli } from '../testing/cli';
import { scanFolder, scanText, watchArguments, type Planted } from '../testing/secret-scan';
import { describeTerraform, temporaryFolder } from '../testing/terraform';
import { Vault } from '../testing/vault';

const tools = process.env['ACCEPTANCE_TOOLS'];
const describeTools = tools === undefined ? describe.skip : describeTerraform;
const FILE = 'clusters/home.talos.sops.yaml';

/** Every secret value of a bundle by its place; certificates are none. */
function secretsOf(bundle: unknown, path = ''): [string, string][] {
  if (typeof bundle === 'string')
    return path.endsWith('.crt') || path === '.cluster.id' ? [] : [[path, bundle]];
  return Object.entries(bundle as object).flatMap(([key, value]) => secretsOf(value, `${path}.${key}`));
}

describeTools('talos secrets', () => {
  const vault = new Vault();
  let folder = '';

  beforeAll(() => vault.createKey());

  beforeEach(() => {
    folder = temporaryFolder();
    mkdirSync(join(folder, 'clusters'));
    const definition = readFileSync(join(PROJECT_ROOT, 'clusters/home.yaml'), 'utf8');
    writeFileSync(join(folder, 'clusters/home.yaml'), definition);
    vault.addRules(folder);
  });

  const secrets = (args: readonly string[] = [], env = {}): Promise<RunResult> =>
    runCli(['talos', 'secrets', 'home', ...args], {
      cwd: folder,
      env: { ...vault.env, CLUSTERS: 'clusters', ...env },
    });

  const bundle = async (file = join(folder, FILE)): Promise<unknown> =>
    parse((await vault.must('sops', ['decrypt', file])).stdout);

  const generated = async (): Promise<string> =>
    (await vault.must('talosctl', ['gen', 'secrets', '-o', '-'])).stdout;

  it('makes them once, and never writes over them', async () => {
    const watch = watchArguments();
    const made = await secrets();
    const commandLines = watch.stop();
    expect({ code: made.code, stderr: made.stderr }).toEqual({
      code: 0,
      stderr: `${FILE}: written; the secrets of cluster home, made\ncommit ${FILE}: without it the cluster can be neither changed nor grown\n`,
    });
    const planted: Planted = Object.fromEntries(secretsOf(await bundle()));
    expect(Object.keys(planted)).toContain('.certs.os.key');
    expect(scanFolder(planted, folder)).toEqual([]);
    expect(scanText(planted, 'output', made.stdout + made.stderr)).toEqual([]);
    expect(scanText(planted, 'arguments', commandLines)).toEqual([]);
    expect(commandLines).toContain('gen secrets');

    const before = readFileSync(join(folder, FILE), 'utf8');
    const again = await secrets();
    expect(again).toMatchObject({ code: 1, stdout: '' });
    expect(again.stderr).toContain(`error: ${FILE} exists already, and the cluster lives by it`);
    expect(readFileSync(join(folder, FILE), 'utf8')).toBe(before);
    // It lies among the definitions, and is none.
    expect(await runCli(['validate'], { cwd: folder, env: { CLUSTERS: 'clusters' } })).toMatchObject({
      code: 0,
    });
  });

  it('takes over a file of talosctl, one of talhelper, and a machine configuration', async () => {
    const text = await generated();
    const wanted = parse(text) as unknown;
    const plain = join(folder, 'secrets.yaml');
    writeFileSync(plain, text);
    const talhelper = await vault.encrypt('talsecret.sops.yaml', text);
    const config = await vault.must(
      'sh',
      ['-c', 'cat | "$@"', 'sh', 'talosctl', 'gen', 'config', 'home', 'https://192.0.2.1:6443', '--with-secrets', '/dev/stdin', '-t', 'controlplane', '-o', '-'],
      text,
    ); // prettier-ignore
    const machine = join(folder, 'controlplane.yaml');
    writeFileSync(machine, config.stdout);
    for (const from of [plain, talhelper, machine]) {
      rmSync(join(folder, FILE), { force: true });
      const taken = await secrets(['--from', from]);
      expect({ code: taken.code, stderr: taken.stderr }).toMatchObject({ code: 0 });
      expect(taken.stderr).toContain(`the secrets of cluster home, taken over from ${from}\n`);
      expect(taken.stderr.includes('still there in clear')).toBe(from !== talhelper);
      expect(await bundle()).toEqual(wanted);
    }
  });

  it('refuses a bundle that is not whole, and names the place without the value', async () => {
    const whole = parse(await generated()) as { certs: Record<string, Record<string, string>> };
    const other = parse(await generated()) as typeof whole;
    const { certs } = whole;
    const from = join(folder, 'secrets.yaml');
    const broken = {
      ...whole,
      trustdinfo: {},
      certs: {
        ...certs,
        os: { ...certs['os'], key: other.certs['os']?.['key'] },
        k8s: { crt: 'aGk=', key: 'aGk=' },
      },
    };
    writeFileSync(from, JSON.stringify(broken));
    const shape = await secrets(['--from', from]);
    expect(shape.stderr).toBe(`error: ${from}: trustdinfo.token is missing\nnothing written\n`);
    writeFileSync(from, JSON.stringify({ ...broken, trustdinfo: { token: 'a.b' } }));
    const keys = await secrets(['--from', from]);
    expect(keys).toMatchObject({ code: 1, stdout: '' });
    expect(keys.stderr).toBe(
      `error: ${from}: certs.k8s.crt is no certificate\nerror: ${from}: certs.os.key does not fit certs.os.crt\nnothing written\n`,
    );
    writeFileSync(from, 'a: [\nhunter2');
    expect((await secrets(['--from', from])).stderr).toBe(`error: ${from}: is no YAML\nnothing written\n`);
    expect((await secrets(['--from', 'no.yaml'])).stderr).toBe(
      'error: no.yaml: cannot be read (ENOENT); check the path\nnothing written\n',
    );
  });

  it('refuses to write what nobody here could read, and says which keys are missing', async () => {
    const stranger = new Vault();
    await stranger.createKey();
    stranger.addRules(folder);
    const unreadable = await secrets();
    expect(unreadable.stderr).toBe(
      `error: ${FILE}: encrypted for other keys than yours; ask a member of the team to add your public key with sops updatekeys\nnothing written\n`,
    );
    rmSync(join(folder, '.sops.yaml'));
    expect((await secrets()).stderr).toContain(
      `error: ${FILE}: nobody has said for which keys; write .sops.yaml with`,
    );
    expect((await secrets([], { TALOSCTL: join(folder, 'none') })).stderr).toMatch(
      /^error: .*none is not installed; install it/,
    );
    expect(scanFolder({ any: 'PRIVATE KEY' }, folder)).toEqual([]);
  });
});
