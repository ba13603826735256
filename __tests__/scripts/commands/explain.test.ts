import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { main } from '../../../scripts/cli';
import { explain } from '../../../scripts/commands/explain/explain';
import { explanationLines } from '../../../scripts/commands/explain/lines';
import { definitionKeys } from '../../../model/cluster/definition/key-list';
import { LOADER_RULES, RULES } from '../../../model/rules';
import { PROJECT_ROOT } from '../../../tools/paths';

const read = (path: string): string => readFileSync(join(PROJECT_ROOT, path), 'utf8');

async function run(...args: string[]) {
  const told = { out: '', err: '' };
  const io = {
    out: (text: string) => void (told.out += text),
    err: (text: string) => void (told.err += text),
  };
  return { code: await main(['explain', ...args], io), ...told };
}

/** Two rules are about whole files, and have no definition to show. */
const WITHOUT_EXAMPLE = ['definition-file', 'starter-value'];

describe('explain', () => {
  it('tells of every key what it is for, by its path and as it stands in a definition', () => {
    for (const { path, purpose } of definitionKeys()) {
      const asWritten = path.replaceAll('[]', '[0]').replaceAll('<key>', 'some-1');
      for (const name of [path, asWritten]) {
        const [found, ...others] = explain(name).filter(({ kind }) => kind === 'key');
        expect([name, found]).toEqual([
          name,
          expect.objectContaining({ purpose, places: [path] }) as unknown,
        ]);
        expect(others).toEqual([]);
      }
    }
  });

  it('tells of every rule what must hold, with a wrong and a right example and what is said of the wrong one', () => {
    for (const id of [...Object.keys(LOADER_RULES), ...RULES.map((rule) => rule.id)]) {
      const found = explain(id).find(({ kind }) => kind === 'rule');
      if (found?.kind !== 'rule') throw new Error(`nothing is told of ${id}`);
      const { purpose, wrong = '', right = '', says = [] } = found;
      const told = [purpose, wrong, right, ...says].filter((text) => text.trim() !== '');
      expect([id, told.length]).toEqual([
        id,
        WITHOUT_EXAMPLE.includes(id) ? 1 : 3 + Math.max(says.length, 1),
      ]);
    }
  });

  it('tells of every rule that a message of ours names', () => {
    const files = ['model', 'scripts'].flatMap((folder) =>
      readdirSync(join(PROJECT_ROOT, folder), { recursive: true })
        .map((file) => join(folder, String(file)))
        .filter((file) => file.endsWith('.ts')),
    );
    const named =
      /(?:\brule: |\brule = |liveCheck\(|(?:fileProblem|raise)\((?:[^'`()]|'(?:blocked|warning)'|`[^`]*`|\([^()]*\))*)'([a-z]+(?:-[a-z]+)+)'/g;
    const ids = files.flatMap((file) => [...read(file).matchAll(named)].map(([, id = '']) => id));
    // These get `live-omni-` before them, and that is no rule but a VM that a plan lists.
    const short = ['duplicate-mac', 'shared-machine', 'uuid-differs', 'mac-differs'];
    const full = [...new Set(ids)].map((id) => (short.includes(id) ? `live-omni-${id}` : id));
    expect(full.length).toBeGreaterThan(60);
    expect(full.filter((id) => explain(id).length === 0)).toEqual([]);
  });

  it('tells alike keys once, with the places of each', () => {
    const [found, ...others] = explain('cpuCores');
    expect(others).toEqual([]);
    expect(found && explanationLines(found).join('\n')).toBe(`cpu_cores (key)
  Purpose         Virtual CPU cores.
  Type            number, 1 to 2304
  Default         4
  Example         cpu_cores: 4
  Written in      control_planes[], workers[], gpu_workers[], node_pools[], defaults.all, defaults.control_planes, defaults.workers, defaults.gpu_workers
  Page            docs/reference/definition.md`);
  });

  it('reads a line as it was printed: its rule, and the key that it is about', async () => {
    const line =
      'clusters/home.yaml:13:14: error[endpoint-form] proxmox_servers.pve1.api_url: "http://a:8006" is not https';
    const { code, out } = await run(line, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      format_version: 1,
      found: [
        { kind: 'rule', name: 'endpoint-form' },
        { kind: 'key', name: 'api_url' },
      ],
    });
    expect(explain('error: gave up after 10m')[0]).toMatchObject({
      kind: 'error',
      name: 'gave up after 10m',
    });
    expect(explain('TF_VAR_proxmox_pve1_api_token is not set; export it')[0]?.name).toBe(
      'TF_VAR_… is not set',
    );
  });

  it('names what is nearest to a name that it does not know', async () => {
    expect(await run('cpu_core')).toEqual({
      code: 1,
      out: '',
      err: 'error: nothing is known of "cpu_core"; did you mean cpu_cores?\n',
    });
    expect((await run('ip-uniqe')).err).toContain('did you mean ip-unique');
    expect((await run('zzzzzz')).err).toBe(
      'error: nothing is known of "zzzzzz"; name a key of a definition, a rule, or an error\n',
    );
    expect(JSON.parse((await run('cpu_core', '--json')).out)).toMatchObject({
      found: [],
      nearest: ['cpu_cores'],
    });
  });

  it('prints what the page on troubleshooting shows', async () => {
    const { out } = await run('live-omni-removal');
    expect(read('docs/guide/troubleshooting.md')).toContain(
      `$ npm run -s explain -- live-omni-removal\n${out}`,
    );
  });
});
