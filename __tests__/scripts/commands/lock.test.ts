import type * as nodeFs from 'node:fs';
import type * as nodeOs from 'node:os';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runLock, type LockOptions } from '../../../scripts/commands/lock';
import { PROJECT_ROOT } from '../../../scripts/lib/project/project';
import { synthesize } from '../../../scripts/lib/project/synth';
import { lockText, ownPlatform, parseLock, platformsOf } from '../../../scripts/lib/terraform/provider-lock';
import { runTerraform } from '../../../scripts/lib/terraform/terraform';

jest.mock('../../../scripts/lib/project/project', () => {
  const { mkdtempSync } = jest.requireActual<typeof nodeFs>('node:fs');
  const { tmpdir } = jest.requireActual<typeof nodeOs>('node:os');
  return { PROJECT_ROOT: mkdtempSync(`${tmpdir()}/lock-`) };
});
jest.mock('../../../scripts/lib/project/workspace', () => ({
  stackFolder: (stack: string) => `${PROJECT_ROOT}/stacks/${stack}`,
}));
jest.mock('../../../scripts/lib/project/synth', () => ({ synthesize: jest.fn() }));
jest.mock('../../../scripts/lib/terraform/terraform', () => ({
  ...jest.requireActual<object>('../../../scripts/lib/terraform/terraform'),
  runTerraform: jest.fn(),
}));

const PROXMOX = 'registry.terraform.io/bpg/proxmox';
const NULL = 'registry.terraform.io/hashicorp/null';
const FILE = join(PROJECT_ROOT, 'terraform.lock.hcl');
const block = (address: string, version: string, hash = 'abc='): string =>
  `provider "${address}" {\n  version = "${version}"\n  hashes = [\n    "h1:${hash}",\n  ]\n}\n`;
const lock = (platforms: string[], ...blocks: string[]) => lockText(parseLock(blocks.join('\n')), platforms);
const BOTH = [block(PROXMOX, '0.111.1'), block(NULL, '3.2.4')];

beforeEach(() => {
  rmSync(FILE, { force: true });
  for (const [stack, providers] of Object.entries({
    home: { proxmox: { source: 'bpg/proxmox', version: '0.111.1' } },
    lab: {
      proxmox: { source: 'bpg/proxmox', version: '0.111.1' },
      null: { source: 'hashicorp/null', version: '3.2.4' },
    },
  })) {
    const folder = join(PROJECT_ROOT, 'stacks', stack);
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      join(folder, 'cdk.tf.json'),
      JSON.stringify({ terraform: { required_providers: providers } }),
    );
  }
});
afterAll(() => rmSync(PROJECT_ROOT, { recursive: true }));

interface World {
  readonly before?: string;
  /** What Terraform writes into its lock file. */
  readonly makes?: readonly string[];
  readonly result?: object;
  readonly synth?: object;
}

async function run(
  options: Partial<LockOptions> = {},
  { before, makes = BOTH, result = {}, synth = {} }: World = {},
) {
  jest.mocked(synthesize).mockReset();
  jest.mocked(synthesize).mockResolvedValue({ code: 0, stderr: '', ...synth } as never);
  if (before !== undefined) writeFileSync(FILE, before);
  const seen: { lock?: string; main?: unknown } = {};
  jest.mocked(runTerraform).mockReset();
  jest.mocked(runTerraform).mockImplementation(({ dir }) => {
    const file = join(dir, '.terraform.lock.hcl');
    seen.lock = readFileSync(file, 'utf8');
    seen.main = JSON.parse(readFileSync(join(dir, 'main.tf.json'), 'utf8'));
    writeFileSync(file, makes.join('\n'));
    return Promise.resolve({ code: 0, stdout: '', stderr: '', missing: false, ...result } as never);
  });
  let err = '';
  const io = { out: () => undefined, err: (text: string) => void (err += text) };
  const code = await runLock({ definitions: 'clusters', platform: [], ...options }, io);
  const [, args = []] = jest.mocked(runTerraform).mock.calls[0] ?? [];
  return { code, err, args, ...seen, written: existsSync(FILE) ? readFileSync(FILE, 'utf8') : undefined };
}

describe('a new lock file', () => {
  it('is of all stacks, for common platforms and this one', async () => {
    const { code, err, args, main, lock: kept, written } = await run();
    const platforms = [...new Set(['linux_amd64', 'linux_arm64', 'darwin_arm64', ownPlatform()])];
    expect(args).toEqual(['providers', 'lock', ...platforms.map((one) => `-platform=${one}`)]);
    const providers = Object.values(
      (main as { terraform: { required_providers: object } }).terraform.required_providers,
    );
    expect(providers).toEqual([
      { source: 'bpg/proxmox', version: '0.111.1' },
      { source: 'hashicorp/null', version: '3.2.4' },
    ]);
    expect(parseLock(kept ?? '').size).toBe(0);
    expect([...parseLock(written ?? '').keys()]).toEqual([PROXMOX, NULL]);
    expect(platformsOf(written ?? '')).toEqual([...platforms].sort());
    expect({ code, err }).toEqual({ code: 0, err: `terraform.lock.hcl: written; ${platforms.join(', ')}\n` });
  });

  it('is for the platforms that are named alone, from the folder that is named', async () => {
    const { args, written } = await run({ platform: ['linux_riscv64'], fsMirror: '/mirror' });
    expect(args.slice(2)).toEqual(['-platform=linux_riscv64', '-fs-mirror=/mirror']);
    expect(platformsOf(written ?? '')).toEqual(['linux_riscv64']);
  });
});

describe('a lock file that is there', () => {
  const before = lock(
    ['linux_amd64'],
    block(PROXMOX, '0.111.1'),
    block(NULL, '3.2.3'),
    block('registry.opentofu.org/bpg/proxmox', '0.100.0'),
  );

  it('gets what is new, keeps its platforms and what the other program uses', async () => {
    const { code, args, lock: kept, written } = await run({}, { before });
    expect(code).toBe(0);
    expect(args.slice(2)).toEqual(['-platform=linux_amd64']);
    // Of the same version another checksum would be refused; an older version must not stand in the way.
    expect([...parseLock(kept ?? '').keys()]).toEqual([PROXMOX]);
    expect(
      new Map([...parseLock(written ?? '')].map(([address, { version }]) => [address, version])),
    ).toEqual(
      new Map([
        ['registry.opentofu.org/bpg/proxmox', '0.100.0'],
        [PROXMOX, '0.111.1'],
        [NULL, '3.2.4'],
      ]),
    );
  });

  it('gets further platforms', async () => {
    const makes = [block(PROXMOX, '0.111.1', 'other='), block(NULL, '3.2.4')];
    const { code, written } = await run({ platform: ['darwin_arm64'] }, { before, makes });
    expect(code).toBe(0);
    expect(platformsOf(written ?? '')).toEqual(['darwin_arm64', 'linux_amd64']);
  });

  it('is not overwritten by other checksums of the same version', async () => {
    const makes = [block(PROXMOX, '0.111.1', 'other='), block(NULL, '3.2.4')];
    const { code, err, written } = await run({}, { before, makes });
    expect({ code, written }).toEqual({ code: 1, written: before });
    expect(err).toMatch(
      /^error: registry\.terraform\.io\/bpg\/proxmox 0\.111\.1 has other checksums than those in terraform\.lock\.hcl: /,
    );
  });
});

describe('a check', () => {
  it('changes nothing, and says what is missing', async () => {
    expect(await run({ check: true }, { before: lock([ownPlatform()], ...BOTH) })).toMatchObject({
      code: 0,
      err: 'terraform.lock.hcl: has what all stacks need\n',
      args: [],
    });
    const old = lock([ownPlatform()], block(PROXMOX, '0.111.0'));
    const { code, err, written } = await run({ check: true }, { before: old });
    expect({ code, written }).toEqual({ code: 2, written: old });
    expect(err.split('\n')).toHaveLength(3);
    rmSync(FILE);
    expect(await run({ check: true })).toMatchObject({
      code: 2,
      err: 'error: there is no terraform.lock.hcl; npm run lock makes it\n',
    });
  });
});

it.each<[string, World, RegExp]>([
  [
    'that cannot be synthesized',
    { synth: { code: 1, stderr: 'home.yaml: wrong\n' } },
    /^error: synth failed\nhome\.yaml: wrong\n$/,
  ],
  ['without Terraform', { result: { code: 127, missing: true } }, /^error: .*terraform/],
  [
    'that Terraform refuses',
    { result: { code: 1, stderr: 'Error: no such provider' } },
    /^error: .*no such provider/,
  ],
])('nothing is written of stacks %s', async (_, world, message) => {
  const { code, err, written } = await run({}, world);
  expect({ code, written }).toEqual({ code: 1, written: undefined });
  expect(err).toMatch(message);
});
