import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { surveySchema, type Survey } from '../../../model/init/survey';
import { FORGES } from '../../../model/init/wishes';
import { loadDefinitions } from '../../../model/load/load';
import { main } from '../../../scripts/cli';
import { serverUrl } from '../../../scripts/commands/init/address';
import { runInit, type InitOptions } from '../../../scripts/commands/init/init';
import { PROJECT_ROOT } from '../../../tools/paths';
import { seenGuest, seenServer, surveyOf } from '../../testing/survey';

let folder: string;
beforeEach(() => (folder = join(mkdtempSync(join(tmpdir(), 'init-')), 'ours')));

/** Runs the command on what is written down of servers. */
async function init(
  answers: InitOptions['answers'] = {},
  more: Partial<InitOptions> = {},
  survey: Survey = surveyOf(),
) {
  let [out, err] = ['', ''];
  const io = { out: (text: string) => void (out += text), err: (text: string) => void (err += text) };
  mkdirSync(folder, { recursive: true });
  const fromServers = join(folder, '../answers.json');
  writeFileSync(fromServers, JSON.stringify(survey));
  const options: InitOptions = {
    ...{ into: folder, servers: [], fromServers, insecure: false, updateServers: false },
    ...{ ageRecipients: [], yes: true, terminal: false, timeout: 5 },
    env: { SOPS_AGE_KEY_FILE: join(folder, '../keys.txt') },
    answers: { management: 'standalone', ...answers },
    ...more,
  };
  const code = await runInit(options, io, new AbortController().signal);
  return { code, out: out.replaceAll(folder, '<folder>'), err: err.replaceAll(folder, '<folder>') };
}

const read = (path: string): string => readFileSync(join(folder, path), 'utf8');

const tree = (): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();

describe('a repository', () => {
  it('has the definition, what the servers had, and all that a person needs around it', async () => {
    const { code, out } = await init();
    expect(code).toBe(0);
    expect(tree()).toEqual([
      '.gitignore',
      '.sops.yaml',
      '.vscode/extensions.json',
      '.vscode/settings.json',
      'README.md',
      'clusters/home.servers.json',
      'clusters/home.yaml',
      'package.json',
    ]);
    expect(await loadDefinitions(join(folder, 'clusters'))).toMatchObject({
      clusters: [{ cluster: { name: 'home' } }],
      diagnostics: [],
    });
    expect(surveySchema.parse(JSON.parse(read('clusters/home.servers.json')))).toEqual(surveyOf());
    expect(out).toBe(
      `home: 2 nodes, VMIDs from 1000; read clusters/home.yaml, then:
  cd <folder>
  npm install
  npm run doctor -- home
  npm run talos -- secrets home
  npm run up -- home --kubeconfig home.kubeconfig
`,
    );
  });

  it('pins the package and what was tested with it, and has every command as a script', async () => {
    await init();
    const ours = JSON.parse(readFileSync(join(PROJECT_ROOT, 'package.json'), 'utf8')) as {
      version: string;
      devDependencies: Record<string, string>;
    };
    const made = JSON.parse(read('package.json')) as {
      dependencies: unknown;
      scripts: Record<string, string>;
    };
    const { cdktf, constructs } = ours.devDependencies;
    expect(made.dependencies).toEqual({ cdktf, constructs, 'talos-proxmox-cdktf': ours.version });
    // All that README, messages and pipelines name.
    const named = [read('README.md'), ...['apply', 'drift', 'pull-request'].map(workflow)].flatMap((text) =>
      [...text.matchAll(/npm run (?:-s )?([a-z:-]+)/g)].map(([, script = '']) => script),
    );
    expect(named.length).toBeGreaterThan(10);
    const theirOwn = ['lint', 'types'];
    expect(named.filter((name) => !made.scripts[name] && !theirOwn.includes(name))).toEqual([]);
  });

  it('keeps secrets for the keys of the person, and says how where there are none', async () => {
    await init();
    expect(parse(read('.sops.yaml'))).toBe(null);
    writeFileSync(join(folder, '../keys.txt'), '# public key: age1abc\nAGE-SECRET-KEY-1XYZ\n');
    folder = join(folder, 'second');
    await init({}, { env: { SOPS_AGE_KEY_FILE: join(folder, '../../keys.txt') } });
    expect(parse(read('.sops.yaml'))).toEqual({
      creation_rules: [{ path_regex: '\\.sops\\.(yaml|env)$', age: 'age1abc' }],
    });
    for (const file of tree()) expect(read(file)).not.toContain('AGE-SECRET');
  });

  it('leaves what is there as it is, and completes what only npm install has written', async () => {
    mkdirSync(folder, { recursive: true });
    const mine = { dependencies: { 'talos-proxmox-cdktf': 'file:x.tgz', left: '1.0.0' } };
    writeFileSync(join(folder, 'package.json'), JSON.stringify(mine));
    writeFileSync(join(folder, 'README.md'), 'mine');
    const { err } = await init();
    expect(err).toContain('<folder>/README.md: is there, and stays as it is\n');
    expect(read('README.md')).toBe('mine');
    expect(JSON.parse(read('package.json'))).toMatchObject({
      ...mine,
      scripts: { up: 'talos-proxmox up' },
      private: true,
    });
  });

  it('says what a package.json of somebody lacks', async () => {
    mkdirSync(folder, { recursive: true });
    const mine = JSON.stringify({ name: 'mine', scripts: { up: 'echo' } });
    writeFileSync(join(folder, 'package.json'), mine);
    expect((await init()).err).toMatch(/package.json has no scripts init, validate, .*; e.g. "init": /);
    expect(read('package.json')).toBe(mine);
  });
});

const workflow = (name: string): string =>
  readFileSync(join(PROJECT_ROOT, `docs/pipelines/workflows/${name}.yml`), 'utf8');

describe('pipelines', () => {
  const folders = { github: '.github', forgejo: '.forgejo', gitea: '.gitea' };

  it.each(FORGES)('of %s have the names of cluster, servers and secrets', async (forge) => {
    const pve2 = seenServer('pve2');
    await init({ forge, name: 'lab' }, {}, surveyOf({ 'pve-1': seenServer('pve-1'), pve2 }));
    const pipelines = tree().filter((file) => /workflows|gitlab-ci/.test(file));
    if (forge === 'none') {
      expect(pipelines).toEqual([]);
      return;
    }
    if (forge === 'gitlab') {
      expect(pipelines).toEqual(['.gitlab-ci.yml']);
      expect(parse(read('.gitlab-ci.yml'))).toMatchObject({ variables: { CLUSTER: 'lab' } });
      expect(read('.gitlab-ci.yml')).not.toMatch(/Copy into|home/);
      return;
    }
    expect(pipelines).toEqual(
      ['apply', 'drift', 'pull-request'].map((name) => `${folders[forge]}/workflows/${name}.yml`),
    );
    for (const file of pipelines) {
      const text = read(file);
      expect(text).not.toMatch(/\bhome\b|pve1|npm run (lint|types|synth:check)\b(?! --)|OMNI|Copy into/);
      expect(() => parse(text) as unknown).not.toThrow();
    }
    const drift = parse(read(`${folders[forge]}/workflows/drift.yml`)) as {
      jobs: { drift: { steps: { name: string; env?: object }[] } };
    };
    expect(drift.jobs.drift.steps.find(({ name }) => name === 'Drift')?.env).toEqual({
      TF_VAR_proxmox_pve_1_api_token: '${{ secrets.PROXMOX_PVE_1_API_TOKEN }}',
      TF_VAR_proxmox_pve2_api_token: '${{ secrets.PROXMOX_PVE2_API_TOKEN }}',
    });
    expect(read(`${folders[forge]}/workflows/apply.yml`)).toContain(
      'SOPS_AGE_KEY: ${{ secrets.SOPS_AGE_KEY }}',
    );
  });

  it('with Omni have its keys and the address of the image', async () => {
    await init({ forge: 'github', management: 'omni', omniEndpoint: 'https://omni.example.com' });
    const apply = read('.github/workflows/apply.yml');
    expect(apply).toContain('OMNI_SERVICE_ACCOUNT_KEY: ${{ secrets.OMNI_SERVICE_ACCOUNT_KEY }}');
    expect(apply).toContain('TF_VAR_talos_image_url: ${{ secrets.TALOS_IMAGE_URL }}');
  });
});

describe('once more', () => {
  it('changes nothing', async () => {
    await init({ forge: 'gitlab' });
    const before = tree().map((file) => [file, read(file)]);
    expect(await init({ forge: 'gitlab' })).toEqual({
      code: 0,
      out: `<folder>/clusters: home is there, and stays as it is; for another one: --name <name>\n`,
      err: '',
    });
    expect(tree().map((file) => [file, read(file)])).toEqual(before);
  });

  it('adds another cluster beside the first, with VMIDs, addresses and a MAC prefix of its own', async () => {
    await init();
    const before = read('clusters/home.yaml');
    expect((await init({ name: 'lab' })).code).toBe(0);
    expect(read('clusters/home.yaml')).toBe(before);
    const { clusters, diagnostics } = await loadDefinitions(join(folder, 'clusters'));
    expect(diagnostics).toEqual([]);
    expect(clusters.map(({ cluster }) => cluster.nodes.map(({ vmId }) => vmId))).toEqual([
      [1000, 1100],
      [2000, 2100],
    ]);
  });

  it('refuses an answer of a terminal that names a cluster which is there', async () => {
    await init();
    expect(await init({ name: 'home' })).toMatchObject({
      code: 0,
      out: expect.stringContaining('home is there') as string,
    });
  });
});

describe('what is missing is told at once, and nothing is written', () => {
  it('of answers', async () => {
    const bridges = [{ name: 'vmbr0', vlan_aware: true }];
    const survey = surveyOf({ pve1: seenServer('pve1', { bridges }) });
    const { code, err } = await init({ management: 'omni', workers: 'x', forge: 'sourcehut' }, {}, survey);
    expect(code).toBe(1);
    expect(err.split('\n').filter((line) => line.startsWith('--'))).toEqual([
      '--omni-endpoint is missing: Address of your Omni',
      '--subnet is missing: Network of the nodes, with its prefix',
      '--gateway is missing: Default gateway there',
      '--dns is missing: Name servers, with commas between',
      '--workers "x" is no whole number',
      '--forge "sourcehut" is none of none, github, gitlab, forgejo, gitea',
    ]);
    expect(tree()).toEqual([]);
  });

  it('of servers and tokens', async () => {
    const none = { fromServers: undefined } as unknown as Partial<InitOptions>;
    expect((await init({}, none)).err).toMatch(/^--server is missing: .*\n--subnet is missing: /);
    const servers = [{ key: 'pve-1', url: 'https://127.0.0.1:1/' }];
    const { code, err } = await init({}, { ...none, servers });
    expect(code).toBe(1);
    expect(err)
      .toBe(`no API token for pve-1. One that can only look is enough; on each server or Proxmox cluster:
  # pveum user add init@pve && pveum aclmod / -user init@pve -role PVEAuditor
  # pveum user token add init@pve init --privsep=0
Then here:
  export TF_VAR_proxmox_pve_1_api_token='init@pve!init=<secret>'
`);
    const env = { TF_VAR_proxmox_pve_1_api_token: 'a@pve!b=secret-1' };
    const unreachable = await init({}, { ...none, servers, env });
    expect(unreachable.err).toMatch(/^pve-1: https:\/\/127.0.0.1:1\/ cannot be reached/);
    expect(unreachable.err).not.toContain('secret-1');
    expect(tree()).toEqual([]);
  });

  it('of a file that is none of ours', async () => {
    expect((await init({}, {}, { format_version: 2 } as unknown as Survey)).err).toMatch(
      /answers\.json: format_version/,
    );
    expect((await init({}, { fromServers: join(folder, 'no.json') })).err).toMatch(/there is no such file/);
    expect((await init({}, { updateServers: true })).err).toMatch(
      /home\.servers\.json: there is no such file/,
    );
  });

  it('of what does not fit', async () => {
    const { code, err } = await init({ workers: '90' });
    expect(code).toBe(1);
    expect(err).toMatch(/91 nodes do not fit: free for VMs are pve1 102 GB/);
    expect(existsSync(join(folder, 'clusters'))).toBe(false);
  });
});

it('says what is there: servers, guests, and VMs that look like Talos', async () => {
  const guests = [seenGuest(100), seenGuest(110, { name: 'talos-1', talos: true })];
  const { err } = await init({}, {}, surveyOf(undefined, guests));
  expect(err).toContain(
    'pve1: Proxmox VE 9.1.1, node pve1, 16 threads, 128 GB; storages local (90 GB free), ',
  );
  expect(err).toContain('2 guests there, none of which is touched\n');
  expect(err).toMatch(/talos-1 \(VM 110\) look like nodes of Talos; .* npm run adopt/);
});

it.each([
  ['192.168.10.5', 'https://192.168.10.5:8006/'],
  ['https://pve.example.com', 'https://pve.example.com:8006/'],
  ['https://pve.example.com:443', 'https://pve.example.com/'],
  ['http://pve.example.com:8006/x', 'https://pve.example.com:8006/'],
  ['[fd00::5]', 'https://[fd00::5]:8006/'],
])('the address %s is %s', (text, url) => expect(serverUrl(text)).toBe(url));

it.each(['pve1', 'https://192.168.10.5', 'pve1=http://[bad', 'pve 1=192.168.10.5'])(
  'a server written as %s is refused in words',
  async (text) => {
    let err = '';
    const code = await main(['init', '--server', text], {
      out: () => undefined,
      err: (one) => void (err += one),
    });
    expect(code).toBe(1);
    expect(err).toBe(
      `error: option '--server <key=address>' argument '${text}' is invalid. Write key and address, e.g. pve1=https://192.168.10.5:8006.\n(--help shows all options)\n`,
    );
  },
);
