import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { synthesize } from '../../../../scripts/lib/project/synth';
import { askExisting } from '../../../../scripts/lib/terraform/existing';
import {
  allowErrors,
  completePlan,
  planFrom,
  type PlanSource,
} from '../../../../scripts/lib/terraform/plan-source';
import { showPlan, withPlans, type PlanOptions } from '../../../../scripts/lib/terraform/plan-stack';
import { planOf } from '../../../testing/plan-cases';

jest.mock('../../../../scripts/lib/project/synth', () => ({ synthesize: jest.fn() }));
jest.mock('../../../../scripts/lib/terraform/existing', () => ({ askExisting: jest.fn() }));
jest.mock('../../../../scripts/lib/terraform/plan-stack', () => ({
  withPlans: jest.fn(),
  showPlan: jest.fn(),
}));

const cluster = {
  name: 'home',
  parts: [{ stack: 'home-pve1' }, { stack: 'home-pve2' }],
} as unknown as PlanSource['cluster'];
const NOTHING = { errors: [], warnings: [], refusals: [] };

beforeEach(() => {
  jest.resetAllMocks();
  jest.mocked(synthesize).mockResolvedValue({ code: 0, stderr: '' } as never);
  jest.mocked(withPlans).mockImplementation((_stacks, use) => use(NOTHING, []));
});

async function plan(request: Partial<PlanSource> = {}) {
  let err = '';
  const io = { out: () => undefined, err: (text: string) => void (err += text) };
  const result = await planFrom({ cluster, definitions: 'clusters', ...request }, io);
  const stacks: readonly PlanOptions[] = jest.mocked(withPlans).mock.calls[0]?.[0] ?? [];
  return { result, stacks, err: () => err };
}

describe('a plan of a cluster', () => {
  it('is that of all its stacks, what they share first', async () => {
    const { result, stacks, err } = await plan();
    expect(result).toBe(NOTHING);
    expect(stacks.map(({ dir }) => dir.replaceAll('\\', '/').split('/').at(-1))).toEqual([
      'home',
      'home-pve1',
      'home-pve2',
    ]);
    for (const stack of stacks) {
      expect(stack).toMatchObject({ cluster: 'home', refreshOnly: false });
      for (const key of ['allow', 'guards', 'existing', 'signal']) expect(stack).not.toHaveProperty(key);
    }
    stacks[1]?.progress?.('planning');
    stacks[1]?.onLog?.('plan.log');
    expect(err()).toBe('home-pve1: planning …\nall that Terraform said: plan.log\n');
  });

  it('may be that of one of them', async () => {
    const { stacks } = await plan({ part: 'home-pve2', outdir: '/out' });
    expect(stacks.map(({ dir }) => dir)).toEqual([join('/out', 'stacks', 'home-pve2')]);
    expect(synthesize).toHaveBeenCalledWith('clusters', '/out');
  });

  it.each([undefined, 'plan.json'])(
    'of a stack that there is not, with the file %s, says which there are',
    async (file) => {
      const { result } = await plan({ part: 'home-pve9', ...(file ? { file } : {}) });
      expect(result).toEqual({
        ...NOTHING,
        errors: ['--part home-pve9 is not a stack of home; there is home, home-pve1, home-pve2'],
      });
      expect(synthesize).not.toHaveBeenCalled();
    },
  );

  it('is none without a synthesis', async () => {
    jest.mocked(synthesize).mockResolvedValue({ code: 1, stderr: 'home.yaml: wrong\n' } as never);
    expect((await plan()).result.errors).toEqual(['synth failed\nhome.yaml: wrong']);
    expect(withPlans).not.toHaveBeenCalled();
  });

  it('hands Terraform what a person allows, if that is anything', async () => {
    expect((await plan({ allow: [] })).stacks[0]).not.toHaveProperty('allow');
    jest.mocked(withPlans).mockClear();
    const { stacks } = await plan({ allow: ['remove:w-1'], signal: AbortSignal.abort() });
    expect(stacks[0]?.allow).toBeDefined();
    expect(stacks[0]).toHaveProperty('signal');
  });

  it('that only looks for drift has no guards', async () => {
    expect((await plan({ refreshOnly: true })).stacks[0]).toMatchObject({ refreshOnly: true, guards: false });
  });

  it('takes over what can only be ours, or what a person allows, and says what it does not know', async () => {
    const one = (name: string, ours: boolean, importId = name) => ({ name, ours, importId });
    const [own, foreign, meant, vm] = [
      one('own', true),
      one('foreign', false),
      one('meant', false),
      one('vm', true, ''),
    ];
    jest.mocked(askExisting).mockResolvedValue({
      found: [own, foreign, meant, vm],
      problems: ['pve2 does not answer'],
    } as never);
    const { stacks } = await plan({ draft: {} as never, allow: ['adopt:meant'] });
    expect(await stacks[0]?.existing?.('{}')).toEqual({
      found: [own, foreign, meant, vm],
      imports: [own, meant],
      notes: ['whether something of it exists already is not known: pve2 does not answer'],
    });
  });
});

describe('a plan file', () => {
  let folder = '';
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'plan-source-'))));
  afterEach(() => rmSync(folder, { recursive: true }));
  const written = (text: string): string => {
    const file = join(folder, 'plan');
    writeFileSync(file, text);
    return file;
  };

  it('as JSON is taken as it is', async () => {
    expect((await plan({ file: written('{"a": 1}') })).result).toEqual({ ...NOTHING, json: '{"a": 1}' });
    expect(showPlan).not.toHaveBeenCalled();
  });

  it('of Terraform is shown by it, in the folder of its stack', async () => {
    jest.mocked(showPlan).mockResolvedValue({ json: '{}' });
    const file = written('PK…');
    expect((await plan({ file, part: 'home-pve1' })).result).toEqual({ ...NOTHING, json: '{}' });
    expect(showPlan).toHaveBeenCalledWith(file, { dir: expect.stringMatching(/home-pve1$/) as string });
  });

  it('that is not there says so', async () => {
    const file = join(folder, 'none');
    expect((await plan({ file })).result.errors).toEqual([`${file}: cannot be read (ENOENT)`]);
  });
});

describe('a whole plan', () => {
  const json = JSON.stringify(planOf('nothing'));
  it.each([
    ['is one without errors', { json }, undefined],
    ['is none where errors are', { json, errors: ['no', 'nor this'] }, ['error: no', 'error: nor this']],
    ['is none without a plan', {}, []],
    [
      'is none where something is left out',
      { json: JSON.stringify({ ...planOf('nothing'), errored: true }) },
      [expect.stringMatching(/^error: the plan is incomplete: .+; plan again$/)],
    ],
    ['is none that is no plan', { json: '[]' }, [expect.stringMatching(/^error: the plan /)]],
  ])('%s', (_, result, problems) => {
    const whole = completePlan({ ...NOTHING, ...result });
    expect('problems' in whole ? whole.problems : undefined).toEqual(problems);
  });
});

test('items of --allow that are none are told of, all of them', () => {
  expect(allowErrors(['remove:w-1'])).toEqual([]);
  expect(allowErrors(['x', 'remove:w-1', 'y'])).toEqual([
    expect.stringMatching(/^error: --allow "x" allows nothing;/),
    expect.stringMatching(/^error: --allow "y" allows nothing;/),
  ]);
});
