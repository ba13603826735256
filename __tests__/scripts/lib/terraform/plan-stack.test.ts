import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  showPlan,
  withPlans,
  type PlanOptions,
  type PlanResult,
} from '../../../../scripts/lib/terraform/plan-stack';
import { runTerraform } from '../../../../scripts/lib/terraform/terraform';
import { planOf } from '../../../testing/plan-cases';

jest.mock('../../../../scripts/lib/terraform/terraform', () => ({
  ...jest.requireActual<object>('../../../../scripts/lib/terraform/terraform'),
  runTerraform: jest.fn(),
}));

interface Ran {
  readonly code?: number;
  readonly stdout?: string;
  readonly stderr?: string;
  readonly missing?: boolean;
  /** Whether a plan file is written. */
  readonly writes?: boolean;
}

const said = (severity: string, summary: string, detail = '', address?: string): string =>
  `${JSON.stringify({ '@message': summary, type: 'diagnostic', diagnostic: { severity, summary, detail, ...(address ? { address } : {}) } })}\n`;
const JSON_PLAN = JSON.stringify(planOf('nothing'));

let folder = '';
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'plan-stack-'))));
afterEach(() => rmSync(folder, { recursive: true }));

/** A stack that is initialised, unless a test says otherwise. */
const stack = (name: string, options: Partial<PlanOptions> = {}, initialised = true): PlanOptions => {
  const dir = join(folder, name);
  mkdirSync(initialised ? join(dir, '.terraform') : dir, { recursive: true });
  return { dir, ...options };
};

/** Plans with a terraform that answers so; what is not said goes well. */
async function plan(
  stacks: readonly PlanOptions[],
  answers: { readonly plan?: Ran[]; readonly init?: Ran[]; readonly show?: Ran[] } = {},
) {
  const next = {
    plan: [...(answers.plan ?? [])],
    init: [...(answers.init ?? [])],
    show: [...(answers.show ?? [])],
  };
  const calls: string[] = [];
  const variables: object[] = [];
  const blocks: string[] = [];
  let modes: number[] = [];
  jest.mocked(runTerraform).mockReset();
  jest.mocked(runTerraform).mockImplementation(({ dir, variables: given = {} }, args) => {
    const verb = args[0] as keyof typeof next;
    const { writes = true, ...answer } = next[verb].shift() ?? {};
    const file = args.find((arg) => arg.startsWith('-out='))?.slice(5);
    if (file !== undefined) {
      modes = [...modes, statSync(file).mode & 0o777];
      if (writes) writeFileSync(file, 'PK');
      const imports = join(dir, 'existing.tf.json');
      if (existsSync(imports)) blocks.push(readFileSync(imports, 'utf8'));
      variables.push(given);
    }
    calls.push(
      args.filter((arg) => !/^-(out=|input|no-color|json)/.test(arg) && !arg.startsWith('/')).join(' '),
    );
    const stdout = verb === 'show' ? JSON_PLAN : '';
    return Promise.resolve({ code: 0, stdout, stderr: '', missing: false, ...answer } as never);
  });
  let files: string[] = [];
  const result = await withPlans(stacks, (all, each) => {
    files = each.map(({ file }) => file);
    expect(each.map(({ dir }) => dir)).toEqual(stacks.slice(0, each.length).map(({ dir }) => dir));
    return Promise.resolve(all);
  });
  for (const file of files) expect(existsSync(file)).toBe(false);
  return { result, calls, variables, blocks, modes, planned: files.length };
}

const NOTHING: PlanResult = { errors: [], warnings: [], refusals: [] };

describe('a plan of a stack', () => {
  it('is made and shown, in a file that only its owner reads', async () => {
    const { result, calls, modes, variables } = await plan([stack('home')]);
    expect(result).toEqual({ ...NOTHING, json: JSON_PLAN });
    expect(calls).toEqual(['plan', 'show']);
    expect(modes).toEqual([0o600]);
    expect(variables).toEqual([{}]);
  });

  it('is told what it may do, and what to compare alone', async () => {
    const told: string[] = [];
    const options = {
      allow: '["a"]',
      guards: false,
      refreshOnly: true,
      progress: (what: string) => told.push(what),
    };
    const { calls, variables } = await plan([stack('home', options)]);
    expect(calls[0]).toBe('plan -refresh-only');
    expect(variables).toEqual([{ TF_VAR_allow: '["a"]', TF_VAR_guards: 'false' }]);
    expect(told).toEqual(['terraform plan -refresh-only without guards']);
  });

  it('is initialised before where it never was, and again where Terraform asks for it', async () => {
    expect((await plan([stack('new', {}, false)])).calls).toEqual(['init', 'plan', 'show']);
    const asks: Ran = { code: 1, stdout: said('error', 'Inconsistent lock', 'please run terraform init') };
    const { result, calls } = await plan([stack('home')], { plan: [asks] });
    expect(calls).toEqual(['plan', 'init', 'plan', 'show']);
    expect(result.errors).toEqual([]);
  });

  it('is none where that fails, and Terraform says why', async () => {
    const logs: string[] = [];
    const options = { onLog: (file: string) => void logs.push(readFileSync(file, 'utf8')) };
    const { result, calls } = await plan([stack('new', options, false)], {
      init: [{ code: 1, stderr: 'Error: no such backend' }],
    });
    expect(calls).toEqual(['init']);
    expect(result).toMatchObject({
      warnings: [],
      refusals: [],
      errors: [expect.stringContaining('no such backend')],
    });
    expect(logs.join()).toContain('no such backend');
  });

  it.each([
    ['init', {}, { init: [{ code: 127, missing: true }] }],
    ['plan', {}, { plan: [{ code: 127, missing: true, writes: false }] }],
  ])('is none without Terraform: %s', async (verb, options, answers) => {
    const { result } = await plan([stack('home', options, verb !== 'init')], answers);
    expect(result.json).toBeUndefined();
    expect(result.errors).toEqual([expect.stringMatching(/terraform/i)]);
  });

  it('says what Terraform complains of, each warning once', async () => {
    const stdout =
      said('warning', 'Old', 'key') +
      said('warning', 'Old', 'key') +
      said('error', 'Broken', 'badly', 'vm.a');
    const { result, calls } = await plan([stack('home')], { plan: [{ code: 1, stdout }] });
    expect(result.warnings).toHaveLength(1);
    expect(result.errors).toEqual([expect.stringContaining('Broken')]);
    expect(result.json).toBe(JSON_PLAN);
    expect(calls).toEqual(['plan', 'show']);
    const silent = await plan([stack('home')], { plan: [{ code: 1, stderr: 'Error: died', writes: false }] });
    expect(silent.result.errors).toEqual([expect.stringContaining('died')]);
    expect(silent.result.json).toBeUndefined();
  });

  it('that guards refuse is made once more without them, to be read', async () => {
    const refused = said('error', 'Resource precondition failed', 'w-1 would go\nw-2 would go');
    const prevented = said('error', 'Instance cannot be destroyed', 'Resource vm.w\n  has it set.');
    const { result, calls, variables } = await plan([stack('home')], {
      plan: [
        { code: 1, stdout: refused },
        { code: 1, stdout: prevented + refused },
      ],
    });
    expect(calls).toEqual(['plan', 'plan', 'show']);
    expect(variables).toEqual([{}, { TF_VAR_guards: 'false' }]);
    expect(result).toEqual({
      ...NOTHING,
      json: JSON_PLAN,
      refusals: ['w-1 would go', 'w-2 would go', 'Resource vm.w has it set.'],
    });
  });

  it('imports what is there already, and leaves no block behind', async () => {
    const found = [
      { importId: 'pve1/1100', address: 'vm.w' },
      { importId: '', address: 'vm.x' },
    ];
    const existing = (imports: object[]) => ({
      existing: () => Promise.resolve({ found, imports, notes: ['pve2 does not answer'] } as never),
    });
    const home = stack('home', existing(found.slice(0, 1)));
    writeFileSync(join(home.dir, 'existing.tf.json'), '{"left": "by a killed run"}');
    const { result, blocks, calls } = await plan([home]);
    expect(blocks).toEqual(['{"import":[{"to":"vm.w","id":"pve1/1100"}]}']);
    expect(existsSync(join(home.dir, 'existing.tf.json'))).toBe(false);
    expect(calls).toEqual(['plan', 'show', 'plan', 'show']);
    expect(result).toEqual({
      ...NOTHING,
      json: JSON_PLAN,
      existing: found,
      warnings: ['pve2 does not answer'],
    });
    const none = await plan([stack('home', existing([]))]);
    expect(none.calls).toEqual(['plan', 'show']);
    expect(none.result).toMatchObject({ existing: found, warnings: ['pve2 does not answer'] });
  });

  it('that a person interrupts says nothing else', async () => {
    const { result } = await plan([stack('home', { signal: AbortSignal.abort() })], {
      plan: [{ code: 1, stderr: 'x' }],
    });
    expect(result).toEqual({ ...NOTHING, errors: ['interrupted'] });
  });
});

describe('a plan of several stacks', () => {
  it('is one, with what is said of each', async () => {
    const warns: Ran = { stdout: said('warning', 'Old', 'key') };
    const { result, planned } = await plan([stack('a'), stack('b')], { plan: [warns, warns] });
    expect(planned).toBe(2);
    expect(result.warnings).toHaveLength(1);
    expect(JSON.parse(result.json ?? '')).toMatchObject({ resource_changes: expect.any(Array) as unknown });
  });

  it('ends with the first that fails', async () => {
    const { result, planned } = await plan([stack('a'), stack('b'), stack('c')], {
      plan: [{}, { code: 1, stderr: 'Error: died', writes: false }],
    });
    expect(planned).toBe(2);
    expect(result.json).toBeUndefined();
    expect(result.errors).toHaveLength(1);
  });
});

describe('a plan that is shown', () => {
  it.each<[string, Ran, object]>([
    ['is JSON', {}, { json: JSON_PLAN }],
    [
      'is none of this Terraform',
      { code: 1, stderr: 'Error: plan of a newer version' },
      { errors: [expect.stringContaining('newer version')] },
    ],
    ['needs Terraform', { code: 127, missing: true }, { errors: [expect.stringMatching(/--plan FILE/)] }],
  ])('%s', async (_, answer, expected) => {
    jest
      .mocked(runTerraform)
      .mockResolvedValue({ code: 0, stdout: JSON_PLAN, stderr: '', missing: false, ...answer } as never);
    expect(await showPlan('plan', stack('home'))).toEqual(expected);
  });
});
