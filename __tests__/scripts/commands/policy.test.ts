import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runPolicy, type PolicyOptions } from '../../../scripts/commands/policy';
import { run } from '../../../scripts/lib/platform/exec';

jest.mock('../../../scripts/lib/platform/exec', () => ({ run: jest.fn() }));

const problem = (rule: string, resource = 'a', stack = 'home') => ({
  rule,
  stack,
  resource,
  message: `${rule} is so`,
});
const ABOUT = { deny: [] as object[], warn: [] as object[], except: [] as object[] };

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'policy-'));
  for (const stack of ['lab', 'home']) {
    mkdirSync(join(folder, 'stacks', stack), { recursive: true });
    writeFileSync(join(folder, 'stacks', stack, 'cdk.tf.json'), JSON.stringify({ of: stack }));
  }
});
afterEach(() => rmSync(folder, { recursive: true }));

async function policy(answer: object | string, options: Partial<PolicyOptions> = {}, result: object = {}) {
  const value =
    typeof answer === 'string' ? answer : JSON.stringify({ result: [{ expressions: [{ value: answer }] }] });
  jest.mocked(run).mockReset();
  jest
    .mocked(run)
    .mockResolvedValue({ code: 0, stdout: value, stderr: '', missing: false, ...result } as never);
  let [out, err] = ['', ''];
  const io = { out: (text: string) => void (out += text), err: (text: string) => void (err += text) };
  const code = await runPolicy({ synthesized: folder, policies: [], ...options }, io);
  return { code, out, err };
}

it('holds all stacks together against our policies and those of a team', async () => {
  expect(await policy({}, { policies: [folder] })).toEqual({
    code: 0,
    out: '',
    err: '2 stacks: nothing is denied\n',
  });
  const [, args = [], options] = jest.mocked(run).mock.calls[0] ?? [];
  expect(args.slice(0, 4)).toEqual(['eval', '--format', 'json', '--stdin-input']);
  expect(args.slice(-3)).toEqual(['--data', folder, 'data.talos_proxmox']);
  expect(args.filter((arg) => arg === '--data')).toHaveLength(2);
  expect(JSON.parse(options?.input ?? '')).toEqual({ home: { of: 'home' }, lab: { of: 'lab' } });
});

it('tells what is denied, what is excepted and what is warned of, each in one order', async () => {
  const answer = {
    deny: [problem('b'), problem('a', 'z'), problem('a'), problem('c', 'x', 'lab')],
    warn: [problem('w', 'y'), problem('v')],
    except: [{ rule: 'b' }],
  };
  expect(await policy(answer)).toEqual({
    code: 1,
    out: `home: error[a] a: a is so
home: error[a] z: a is so
lab: error[c] x: c is so
home: excepted[b] a: b is so
home: warning[v] a: v is so
home: warning[w] y: w is so
`,
    err: '2 stacks: 3 problems denied\n',
  });
});

describe('an exception', () => {
  const denied = [problem('r', 'a', 'home'), problem('r', 'b', 'home'), problem('r', 'a', 'lab')];
  it.each([
    [{ rule: 'r' }, 3],
    [{ rule: 'r', stack: 'home' }, 2],
    [{ rule: 'r', resource: 'a' }, 2],
    [{ rule: 'r', stack: 'lab', resource: 'a' }, 1],
  ])('%j is of %d', async (except, count) => {
    const { code, out } = await policy({ ...ABOUT, deny: denied, except: [except] }, { json: true });
    const { deny, excepted } = JSON.parse(out) as { deny: unknown[]; excepted: unknown[] };
    expect([deny.length, excepted.length]).toEqual([3 - count, count]);
    expect(code).toBe(count === 3 ? 0 : 1);
  });

  it('that outlives its reason is a problem', async () => {
    const { code, out } = await policy({
      deny: denied.slice(0, 1),
      except: [{ rule: 'r' }, { rule: 'gone' }, { rule: 'r', stack: 'lab' }],
    });
    expect({ code, out }).toEqual({
      code: 1,
      out: `*: error[unused-exception] *: nothing of gone is denied there any more; remove the exception
lab: error[unused-exception] *: nothing of r is denied there any more; remove the exception
home: excepted[r] a: r is so
`,
    });
  });
});

it('is JSON for programs', async () => {
  const { out } = await policy({ warn: [problem('w')] }, { json: true });
  expect(JSON.parse(out)).toEqual({
    format_version: 1,
    stacks: ['home', 'lab'],
    deny: [],
    warn: [problem('w')],
    excepted: [],
  });
});

it.each<[string, Parameters<typeof policy>, RegExp]>([
  [
    'without OPA',
    [{}, {}, { missing: true }],
    /^error: opa is not installed; install Open Policy Agent, or name it in OPA/,
  ],
  [
    'that OPA refuses',
    [{}, {}, { code: 2, stderr: 'rego_parse_error\n' }],
    /^error: opa: rego_parse_error\n$/,
  ],
  [
    'that OPA refuses on the other stream',
    [{}, {}, { code: 2, stdout: '1 error' }],
    /^error: opa: 1 error\n$/,
  ],
  ['of another shape', [{ deny: [{ msg: 'no' }] }], /^error: the policies answer in another shape: /],
  [
    'that exempts in another shape',
    [{ except: [{ rules: 'a' }] }],
    /^error: the policies answer in another shape: /,
  ],
  ['that is no JSON', ['no'], /^error: the policies answer in another shape: /],
  [
    'in a folder that is not there',
    [{}, { policies: ['none', 'nor'] }],
    /^error: --policies none: no such folder\nerror: --policies nor: no such folder\n$/,
  ],
  ['of nothing', [{}, { synthesized: 'none' }], /^error: none.stacks: no stacks; run npm run synth first\n$/],
])('a policy %s is an error', async (_, args, message) => {
  const { code, out, err } = await policy(...args);
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toMatch(message);
});

it('a stack that is no JSON is an error', async () => {
  writeFileSync(join(folder, 'stacks/lab/cdk.tf.json'), '{');
  const { code, err } = await policy({});
  expect(code).toBe(1);
  expect(err).toContain('cdk.tf.json');
});
