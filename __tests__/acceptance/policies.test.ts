/** The policies with the real Open Policy Agent: on what this project synthesizes, and on each thing that they are there to refuse. */
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument, type Document } from 'yaml';
import { runPolicy } from '../../scripts/commands/policy';
import { run } from '../../scripts/lib/platform/exec';
import { PROJECT_ROOT } from '../../tools/paths';
import { programPath } from '../../tools/programs';
import { temporaryFolder } from '../testing/terraform';

const describeTools = process.env['ACCEPTANCE_TOOLS'] === undefined ? describe.skip : describe;
const POLICIES = join(PROJECT_ROOT, 'policies');

interface Denied {
  readonly rule: string;
  readonly stack: string;
  readonly resource: string;
  readonly message: string;
}

/** Breaks a stack. */
type Change = (stack: Document) => unknown;

const VMS = ['resource', 'proxmox_virtual_environment_vm'];
const IMAGES = ['resource', 'proxmox_download_file'];
const set =
  (value: unknown, ...path: readonly (string | number)[]): Change =>
  (stack) =>
    stack.setIn(path, value);
const drop =
  (...path: readonly (string | number)[]): Change =>
  (stack) =>
    stack.deleteIn(path);

/** Runs the command on stacks. */
async function policy(
  folder: string,
  policies: readonly string[] = [],
): Promise<{ code: number; deny: Denied[]; warn: Denied[]; excepted: Denied[]; err: string }> {
  process.env['OPA'] = programPath('opa');
  let out = '';
  let err = '';
  const io = { out: (text: string) => void (out += text), err: (text: string) => void (err += text) };
  const code = await runPolicy({ synthesized: folder, policies, json: true }, io);
  const said = (out === '' ? {} : JSON.parse(out)) as Partial<Record<string, Denied[]>>;
  const { deny = [], warn = [], excepted = [] } = said;
  return { code, deny, warn, excepted, err };
}

/** Output of a synthesis with stacks that are the home example, changed. */
function stacks(changes: Readonly<Record<string, readonly Change[]>>): string {
  const folder = temporaryFolder();
  const golden = readFileSync(join(PROJECT_ROOT, '__tests__/golden/home/cdk.tf.json'), 'utf8');
  for (const [name, list] of Object.entries(changes)) {
    const stack = parseDocument(golden);
    for (const change of list) change(stack);
    mkdirSync(join(folder, 'stacks', name), { recursive: true });
    writeFileSync(join(folder, 'stacks', name, 'cdk.tf.json'), JSON.stringify(stack));
  }
  return folder;
}

describeTools('the policies', () => {
  it('are well formed and formatted', async () => {
    const opa = programPath('opa');
    expect(await run(opa, ['check', '--strict', POLICIES])).toMatchObject({ code: 0, stderr: '' });
    expect(await run(opa, ['fmt', '--list', POLICIES])).toMatchObject({ code: 0, stdout: '' });
  });

  it('deny nothing of what the examples synthesize', async () => {
    const folder = temporaryFolder();
    cpSync(join(PROJECT_ROOT, '__tests__/golden'), join(folder, 'stacks'), { recursive: true });
    const { code, deny, warn, err } = await policy(folder);
    expect({ code, deny }).toEqual({ code: 0, deny: [] });
    expect(new Set(warn.map(({ rule }) => rule))).toEqual(new Set(['remote-state']));
    expect(err).toBe(`${readdirSync(join(folder, 'stacks')).length} stacks: nothing is denied\n`);
  });

  it.each<[rule: string, resource: string, change: Change]>([
    ['tls-verified', 'pve1', set(true, 'provider', 'proxmox', 0, 'insecure')],
    ['no-literal-secret', 'pve2', set('a@pve!b=c', 'provider', 'proxmox', 1, 'api_token')],
    ['no-literal-secret', 'pve1', set('secret', 'provider', 'proxmox', 0, 'password')],
    ['sensitive-variable', 'proxmox_pve1_api_token', drop('variable', 'proxmox_pve1_api_token', 'sensitive')],
    [
      'control-plane-protected',
      'talos-control-1',
      drop(...VMS, 'talos-control-1', 'lifecycle', 'prevent_destroy'),
    ],
    ['guarded', 'talos-worker-1', drop(...VMS, 'talos-worker-1', 'lifecycle', 'precondition')],
    ['guarded', 'talos-worker-2', drop(...VMS, 'talos-worker-2', 'lifecycle')],
    [
      'keeps-unknown-disks',
      'talos-worker-1',
      set(true, ...VMS, 'talos-worker-1', 'delete_unreferenced_disks_on_destroy'),
    ],
    ['pinned-image', 'talos_pve1', set(false, ...IMAGES, 'talos_pve1', 'verify')],
    ['pinned-image', 'talos_pve2', set('http://x/v1.11.5/a.iso', ...IMAGES, 'talos_pve2', 'url')],
    ['pinned-image', 'talos_pve2', set('https://x/latest/a.iso', ...IMAGES, 'talos_pve2', 'url')],
    ['pinned-provider', 'proxmox', set('~> 0.111', 'terraform', 'required_providers', 'proxmox', 'version')],
    ['tagged', 'talos-worker-3', set(['talos'], ...VMS, 'talos-worker-3', 'tags')],
  ])('%s denies %s', async (rule, resource, change) => {
    const { code, deny } = await policy(stacks({ home: [change] }));
    expect(code).toBe(1);
    expect(deny.map(({ rule: denied, resource: at, stack }) => [denied, stack, at])).toEqual([
      [rule, 'home', resource],
    ]);
  });

  it.each<[what: string, change: Change, message: RegExp]>([
    [
      'MAC',
      set('bc:24:11:02:00:00', ...VMS, 'talos-worker-3', 'network_device', 0, 'mac_address'),
      /has MAC BC:24:11:02:00:00, as home\/talos-worker-1 has/,
    ],
    [
      'UUID',
      set('A99D0235-6EAC-57A2-A9AA-C6E73D74AE3D', ...VMS, 'talos-worker-3', 'smbios', 'uuid'),
      /has SMBIOS UUID a99d0235-.*, as home\/talos-worker-1 has/,
    ],
    [
      'VMID',
      set(1100, ...VMS, 'talos-worker-3', 'vm_id'),
      /has VMID 1100 on https:\/\/192\.168\.10\.5:8006\/, as home\/talos-worker-1 has/,
    ],
  ])('unique-identity denies a %s on two VMs, in one stack or two', async (_what, change, message) => {
    const here = await policy(stacks({ home: [change] }));
    expect(here.deny.map(({ rule, resource }) => [rule, resource])).toEqual([
      ['unique-identity', 'talos-worker-1'],
      ['unique-identity', 'talos-worker-3'],
    ]);
    expect(here.deny[1]?.message).toMatch(message);
    const only =
      (name: string): Change =>
      (stack) =>
        stack.setIn(VMS, { [name]: stack.getIn([...VMS, name]) });
    const there = await policy(
      stacks({ home: [only('talos-worker-1')], away: [change, only('talos-worker-3')] }),
    );
    expect(there.deny.map(({ stack }) => stack)).toEqual(['away', 'home']);
  });

  it('take those of a team along', async () => {
    const own = temporaryFolder();
    writeFileSync(
      join(own, 'own.rego'),
      'package talos_proxmox\n\ndeny contains problem("own", stack, "x", "no") if some stack, _ in input\n',
    );
    const { deny } = await policy(stacks({ home: [] }), [own]);
    expect(deny).toEqual([{ rule: 'own', stack: 'home', resource: 'x', message: 'no' }]);
  });

  it('pass what a team excepts by name, and say when an exception has no use any more', async () => {
    const own = temporaryFolder();
    const except = (...all: readonly object[]): void =>
      writeFileSync(
        join(own, 'exceptions.rego'),
        ['package talos_proxmox', ...all.map((one) => `except contains ${JSON.stringify(one)}`), ''].join(
          '\n\n',
        ),
      );
    const insecure = (n: number) => set(true, 'provider', 'proxmox', n, 'insecure');
    const folder = stacks({ home: [insecure(0), insecure(1)], lab: [] });
    const brief = ({ rule, stack, resource }: Denied): string => `${rule} ${stack} ${resource}`;

    except({ rule: 'tls-verified', stack: 'home', resource: 'pve2' });
    const one = await policy(folder, [own]);
    expect(one.code).toBe(1);
    expect(one.deny.map(brief).filter((text) => text.startsWith('tls'))).toEqual(['tls-verified home pve1']);
    expect(one.excepted.map(brief)).toEqual(['tls-verified home pve2']);

    except({ rule: 'tls-verified' }, { rule: 'unique-identity' });
    const all = await policy(folder, [own]);
    expect(all.deny).toEqual([]);
    expect(all).toMatchObject({ code: 0 });

    except({ rule: 'tls-verified' }, { rule: 'unique-identity' }, { rule: 'tagged', stack: 'home' });
    expect((await policy(folder, [own])).deny).toEqual([
      {
        rule: 'unused-exception',
        stack: 'home',
        resource: '*',
        message: 'nothing of tagged is denied there any more; remove the exception',
      },
    ]);
    except({ rules: 'tls-verified' });
    expect((await policy(folder, [own])).err).toMatch(/^error: the policies answer in another shape: /);
  });

  it('say what is missing', async () => {
    expect((await policy(stacks({ home: [] }), ['nowhere'])).err).toBe(
      'error: --policies nowhere: no such folder\n',
    );
    expect((await policy(temporaryFolder())).err).toMatch(
      /^error: .*stacks: no stacks; run npm run synth first\n$/,
    );
    const broken = temporaryFolder();
    writeFileSync(join(broken, 'broken.rego'), 'package talos_proxmox\ndeny contains if {');
    const { code, err } = await policy(stacks({ home: [] }), [broken]);
    expect(code).toBe(1);
    expect(err).toMatch(/^error: opa: .*rego_parse_error/s);
  });
});
