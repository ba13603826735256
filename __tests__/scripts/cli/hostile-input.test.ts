import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from '../../../scripts/cli';
import type { RunResult } from '../../../scripts/lib/platform/exec';
import { BASE, baseInventory, nodeOf, omnictlText, rawStatus, TOKEN } from '../../testing/inventory';
import { EXTREMES, Mutator } from '../../testing/mutator';

type Answer = (command: string, args: readonly string[]) => string | undefined;

/** What other programs print; `undefined` for one that is not installed. */
let mockAnswer: Answer = () => undefined;

jest.mock('../../../scripts/lib/platform/exec', () => ({
  run: (command: string, args: readonly string[]): Promise<RunResult> => {
    const said = mockAnswer(command, args);
    const code = said === undefined ? 127 : 0;
    return Promise.resolve({ code, stdout: said ?? '', stderr: '', missing: code !== 0, timedOut: false });
  },
  runAttached: () => Promise.resolve(0),
}));

const FIXTURES = join(__dirname, '../../fixtures');
const fixture = (path: string): string => readFileSync(join(FIXTURES, path), 'utf8');

/** Stands where a secret stands. No piece of it may be shown, however broken the rest is. */
const SECRET = '7b1f9c42-hunter2-e0d36a58';
const PIECES = Array.from({ length: SECRET.length - 11 }, (_, i) => SECRET.slice(i, i + 12)).concat(
  TOKEN.slice(0, 12),
);

const LIMIT_MS = 10_000;

let folder: string;
const home = process.cwd();
const environment = { ...process.env };

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hostile-input-'));
  process.chdir(folder);
  Object.assign(process.env, { CDKTF_OUTDIR: 'out', CLUSTERS: 'clusters' });
  for (const name of Object.keys(process.env))
    if (name.startsWith('TF_VAR_')) Reflect.deleteProperty(process.env, name);
  mkdirSync('clusters');
  mkdirSync('out/stacks/home', { recursive: true });
  writeFileSync('clusters/home.yaml', BASE);
  writeFileSync('plans.yaml', readFileSync(join(home, 'clusters/home.yaml')));
  writeFileSync('inventory.json', JSON.stringify(baseInventory()));
  writeFileSync('out/stacks/home/cdk.tf.json', JSON.stringify({ resource: {}, output: {} }));
  writeFileSync('secrets.sops.yaml', 'x: ENC[]');
  writeFileSync('kept.yaml', 'kept');
  mockAnswer = omniOf(MACHINES);
  for (const args of [
    ['discover', 'home', '--inventory', 'inventory.json'],
    ['generate', 'home'],
  ])
    expect(await cli(args)).toMatchObject({ code: 0 });
});

afterAll(() => {
  process.chdir(home);
  process.env = environment;
  rmSync(folder, { recursive: true });
});

async function cli(args: readonly string[]): Promise<{ code: number; said: string }> {
  let said = '';
  const add = (text: string): void => void (said += text);
  const code = await main(args, { out: add, err: add });
  return { code, said };
}

const MACHINES = omnictlText(Object.values(baseInventory()).map((node) => rawStatus(node)));

/** An Omni that answers each question about machines with this. */
const omniOf =
  (machines: string): Answer =>
  (command, args) =>
    command === 'omnictl' ? (args[1] === 'machinestatus' ? machines : '') : undefined;

interface Kind {
  readonly name: string;
  /** Broken texts. */
  readonly make: (mutator: Mutator) => string;
  readonly runs?: number;
  /** Each text goes to one of these; so does each extreme. */
  readonly readers: Readonly<Record<string, (text: string) => readonly string[]>>;
}

/** Writes a file and names it to a command. */
const asFile =
  (name: string, args: (file: string) => readonly string[]) =>
  (text: string): readonly string[] => {
    writeFileSync(name, text);
    return args(name);
  };

/** Lets other programs answer, and runs a command. */
const asAnswer =
  (answer: (text: string) => Answer, args: readonly string[]) =>
  (text: string): readonly string[] => {
    mockAnswer = answer(text);
    return args;
  };

const PLANS = readdirSync(join(FIXTURES, 'plans'))
  .filter((name) => name.endsWith('.json'))
  .map((name): unknown => ({
    ...(JSON.parse(fixture(`plans/${name}`)) as object),
    variables: { proxmox_pve1_api_token: { value: SECRET } },
    configuration: {
      provider_config: { proxmox: { expressions: { api_token: { constant_value: SECRET } } } },
    },
  }));

const STATE = {
  version: 4,
  terraform_version: '1.9.0',
  serial: 3,
  lineage: 'a',
  outputs: { machine_inventory: { value: baseInventory(), type: 'string' }, token: { value: SECRET } },
  resources: Object.values(baseInventory()).map(({ hostname: name, vm_id }) => ({
    mode: 'managed',
    type: 'proxmox_virtual_environment_vm',
    name,
    provider: 'provider["registry.terraform.io/bpg/proxmox"].pve1',
    instances: [
      { schema_version: 0, attributes: { name, vm_id, node_name: 'pve1', tags: ['a'], password: SECRET } },
    ],
  })),
};

const SHOWN = {
  format_version: '1.0',
  values: {
    outputs: { token: { value: SECRET, sensitive: true } },
    root_module: {
      resources: STATE.resources.map(({ mode, type, name, instances }) => ({
        address: `${type}.${name}`,
        mode,
        type,
        name,
        values: instances[0]?.attributes,
      })),
      child_modules: [{ address: 'module.a', resources: [] }],
    },
  },
};

const terraformOf =
  ({ state, outputs = JSON.stringify(baseInventory()) }: { state: string; outputs?: string }): Answer =>
  (command, args) => {
    if (command === process.execPath) return '';
    if (command !== 'terraform') return omniOf(MACHINES)(command, args);
    return args[0] === 'state' ? state : args[0] === 'output' ? outputs : '';
  };

const INVENTORY_FLAG = ['--inventory', 'inventory.json'];

const SECRETS = { TF_VAR_proxmox_pve1_api_token: SECRET, OMNI_SERVICE_ACCOUNT_KEY: SECRET, AWS_REGION: 'x' };

const LIVE: Readonly<Record<string, unknown>> = {
  clusters: {
    metadata: { id: 'home', annotations: null, phase: 'running' },
    spec: { kubernetesversion: '1.34.1', talosversion: '1.11.5' },
  },
  machinesetnodes: {
    metadata: {
      id: nodeOf(baseInventory(), 'cp-1').smbios_uuid,
      phase: 'running',
      labels: { 'omni.sidero.dev/machine-set': 'home-control-planes' },
      annotations: { name: 'cp-1' },
    },
    spec: {},
  },
  configpatches: { metadata: { id: '400-home', labels: {}, phase: 'running' }, spec: { data: SECRET } },
  clustermachinestatuses: { metadata: { id: 'x' }, spec: { ready: true, configuptodate: true } },
  talosupgradestatuses: { metadata: { id: 'home' }, spec: { phase: 1, status: '', step: '', error: '' } },
  kubernetesupgradestatuses: { metadata: { id: 'home' }, spec: { phase: 1, status: '', step: '' } },
  machinependingupdates: { metadata: { id: 'x' }, spec: {} },
};

/** All answers of an Omni, the one to this question broken. */
const omniThat =
  (question: string) =>
  (text: string): Answer =>
  (command, args) => {
    if (command !== 'omnictl') return undefined;
    const asked = args[0] === 'get' ? (args[1] ?? '') : args.slice(0, 3).join(' ');
    if (asked.includes(question)) return text;
    return asked === 'machinestatus' ? MACHINES : asked in LIVE ? JSON.stringify(LIVE[asked]) : '';
  };

const statuses = Object.values(baseInventory()).map((node) => rawStatus(node, { labels: { key: SECRET } }));
const DEFINITIONS = ['home', 'gpu', 'storage', 'datacenter', 'single'].map((name) =>
  readFileSync(join(home, `clusters/${name}.yaml`), 'utf8'),
);
const TFVARS = ['v1', 'v1_5', 'v2', 'v3', 'starter-example'].map((version) =>
  fixture(`starter/${version}/terraform.tfvars`),
);
const apply = ['apply', 'home', ...INVENTORY_FLAG, '--dry-run'];

const KINDS: readonly Kind[] = [
  {
    name: 'a definition in YAML',
    runs: 240,
    make: (mutator) => mutator.text(mutator.pick([BASE, ...DEFINITIONS])),
    readers: {
      validate: asFile('x.yaml', (file) => ['validate', file]),
      'validate --json': asFile('x.yaml', (file) => ['validate', file, '--json']),
      generate: asFile('x.yaml', (file) => [
        ...['generate', '--definitions', file, '--from-definition', '--check'],
      ]),
      adopt: asFile('x.yaml', (file) => ['adopt', 'home', '--from', file, '--worker', '*']),
    },
  },
  {
    name: 'tfvars',
    make: (mutator) => mutator.text(mutator.pick(TFVARS)),
    readers: {
      import: asFile('x.tfvars', (file) => ['import', file]),
      'import --json': asFile('x.tfvars', (file) => ['import', file, '--json']),
      'import -o': asFile('x.tfvars', (file) => ['import', file, '-o', 'kept.yaml']),
      validate: asFile('x.tfvars', (file) => ['validate', file]),
    },
  },
  {
    name: 'a plan in JSON',
    make: (mutator) => mutator.json(mutator.pick(PLANS)),
    readers: {
      review: asFile('plan.json', (file) => ['review', 'plans.yaml', '--plan', file]),
      'review --json': asFile('plan.json', (file) => [
        ...['review', 'plans.yaml', '--plan', file, '--json', '--markdown', 'x.md', '--html', 'x.html'],
      ]),
      drift: asFile('plan.json', (file) => ['drift', 'plans.yaml', '--plan', file, '--markdown', 'x.md']),
    },
  },
  {
    name: 'a state',
    make: (mutator) => mutator.json(mutator.pick([STATE, SHOWN])),
    readers: {
      'adopt --from': asFile('state.json', (file) => [
        ...['adopt', 'home', '--from', 'clusters/home.yaml', '--from', file],
      ]),
      'discover, of terraform state pull': asAnswer(
        (state) => terraformOf({ state }),
        ['discover', 'home', '--allow-partial'],
      ),
      'move-state': asAnswer((state) => terraformOf({ state }), ['move-state', 'home', '--dry-run']),
    },
  },
  {
    name: 'an inventory',
    make: (mutator) => mutator.json(baseInventory()),
    readers: {
      discover: asFile('x.json', (file) => ['discover', 'home', '--inventory', file]),
      status: asFile('x.json', (file) => ['status', 'home', '--inventory', file]),
      apply: asFile('x.json', (file) => ['apply', 'home', '--inventory', file, '--dry-run']),
      'discover, of terraform output': asAnswer(
        (outputs) => terraformOf({ state: JSON.stringify(STATE), outputs }),
        ['discover', 'home', '-o', 'json'],
      ),
      generate: asFile('machine-data/home/matched-machines.json', () => ['generate', 'home', '--check']),
    },
  },
  {
    name: 'an answer of sops',
    make: (mutator) => mutator.json(SECRETS),
    readers: {
      'with-secrets': asAnswer(
        (text) => (command) => (command === 'sops' ? text : undefined),
        ['with-secrets', '--', 'true'],
      ),
    },
  },
  {
    name: 'an output of omnictl',
    make: (mutator) => {
      const seed = mutator.pick([...statuses, ...Object.values(LIVE)]);
      const objects = mutator.json(seed) + mutator.pick(['', '\n', JSON.stringify(seed)]);
      return mutator.pick([objects, mutator.text(MACHINES)]);
    },
    readers: {
      discover: asAnswer(omniThat('machinestatus'), ['discover', 'home', ...INVENTORY_FLAG]),
      status: asAnswer(omniThat('status'), ['status', 'home', ...INVENTORY_FLAG]),
      ...Object.fromEntries(
        ['machinestatus', 'clusters', 'machinesetnodes', 'configpatches', 'clustermachinestatuses']
          .map((question) => [`apply, ${question}`, asAnswer(omniThat(question), apply)]),
      ), // prettier-ignore
    },
  },
];

/** Of a definition more: it is what people write. */
const RUNS = 120;

jest.setTimeout(60_000);

/** What a run may not lose or spoil, whatever it read. */
const KEPT = ['clusters/home.yaml', 'plans.yaml', 'inventory.json', 'kept.yaml', 'secrets.sops.yaml'];
const keptText = (): string => KEPT.map((file) => readFileSync(file, 'utf8')).join('\0');

describe.each(KINDS)('$name, cut, forged or of another form', ({ make, readers, runs = RUNS }) => {
  const names = Object.keys(readers);

  /** Words, an exit code, in time, nothing lost, and nothing of what is secret. @returns what is wrong with the run */
  async function faultsOf(reader: string, text: string): Promise<string[]> {
    const [before, start] = [keptText(), performance.now()];
    const args = readers[reader]?.(text) ?? [];
    const { code, said } = await cli(args);
    const took = performance.now() - start;
    const faults = [
      ...([0, 1, 2].includes(code) ? [] : [`exit code ${code}`]),
      ...(said.trim() === '' && code !== 0 ? ['no word'] : []),
      ...(/^\s+at .*:\d+/m.test(said) ? ['a stack trace'] : []),
      ...(said.includes('does not expect') ? ['an error that nobody foresaw'] : []),
      ...(PIECES.some((piece) => said.includes(piece)) ? ['a secret'] : []),
      ...(/\bundefined\b|\[object Object\]/.test(said) ? ['a value that is none'] : []),
      ...(keptText() === before ? [] : ['a file was changed']),
      ...(Object.keys(Object.prototype).length === 0 && !('polluted' in {}) ? [] : ['pollution']),
      ...(took < LIMIT_MS ? [] : [`took ${Math.round(took)} ms`]),
    ];
    return faults.length > 0
      ? [`${reader}: ${faults.join(', ')}\n${said.slice(0, 600)}\n--- of:\n${text.slice(0, 2000)}`]
      : [];
  }

  it(`${runs} texts are told in words`, async () => {
    const mutator = new Mutator(20_12);
    const faults: string[] = [];
    for (let i = 0; i < runs; i++)
      faults.push(...(await faultsOf(names[i % names.length] ?? '', make(mutator))));
    expect(faults).toEqual([]);
  });

  it(`${EXTREMES.length} extremes are told in words`, async () => {
    const faults: string[] = [];
    for (const [i, text] of EXTREMES.entries())
      faults.push(...(await faultsOf(names[i % names.length] ?? '', text)));
    expect(faults).toEqual([]);
  });
});
