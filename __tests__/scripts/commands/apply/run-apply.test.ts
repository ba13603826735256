import type { Diagnostic } from '../../../../model/diagnostics/diagnostics';
import { runApply, type ApplyOptions } from '../../../../scripts/commands/apply/apply';
import { carryOut, untilHealthy } from '../../../../scripts/commands/apply/carry-out';
import { examine, type Examined } from '../../../../scripts/commands/apply/examine';
import { chooseCluster } from '../../../../scripts/lib/project/choose-cluster';
import { confirm } from '../../../../scripts/lib/platform/confirm';
import { INTERRUPTED } from '../../../../scripts/lib/platform/interrupt';

jest.mock('../../../../scripts/commands/apply/carry-out', () => ({
  carryOut: jest.fn(),
  untilHealthy: jest.fn(),
}));
jest.mock('../../../../scripts/commands/apply/examine', () => ({ examine: jest.fn() }));
jest.mock('../../../../scripts/lib/project/choose-cluster', () => ({ chooseCluster: jest.fn() }));
jest.mock('../../../../scripts/lib/platform/confirm', () => ({ confirm: jest.fn() }));
const [carry, healthy, asked] = [jest.mocked(carryOut), jest.mocked(untilHealthy), jest.mocked(confirm)];
const [examined, chosen] = [jest.mocked(examine), jest.mocked(chooseCluster)];

/** What happens in a run: differences in Omni, the answer of a person, and how each part ends. */
interface World {
  readonly differs?: boolean;
  readonly yes?: boolean;
  readonly works?: boolean;
  readonly diagnostics?: readonly Pick<Diagnostic, 'severity'>[];
  readonly unread?: boolean;
  readonly aborted?: boolean;
}

async function apply(options: Partial<ApplyOptions>, world: World = {}) {
  const { differs = false, yes = false, works = true, diagnostics = [], unread, aborted } = world;
  jest.resetAllMocks();
  chosen.mockResolvedValue({ cluster: { name: 'home', management: { kind: 'omni' } } } as never);
  const found = {
    diff: differs ? '+ a line\n' : '',
    changes: differs ? ['w-1 joins'] : [],
    gone: [],
    lines: differs ? [{}] : [],
    prepared: { wanted: { members: [{}, {}] } },
  } as unknown as Examined;
  const full = diagnostics.map((one) => ({ rule: 'r', path: '', file: 'f', message: 'm', ...one }));
  examined.mockResolvedValue({ ...(unread ? {} : { examined: found }), diagnostics: full });
  carry.mockResolvedValue(works);
  healthy.mockResolvedValue(works);
  asked.mockResolvedValue(yes);
  let [out, err] = ['', ''];
  const io = { out: (text: string) => void (out += text), err: (text: string) => void (err += text) };
  const all: ApplyOptions = {
    remove: [],
    gone: [],
    removePatches: [],
    definitions: 'clusters',
    machineConfigs: 'configs',
    timeout: '10m',
    wait: '15m',
    ...options,
  };
  const code = await runApply(all, io, aborted ? AbortSignal.abort() : new AbortController().signal);
  return { code, out, err };
}

const LIMITS = 'error: write --timeout and --wait as 90s, 10m or 1h30m\n';

it.each<[Partial<ApplyOptions>, string]>([
  [{ timeout: 'soon' }, LIMITS],
  [{ wait: 'soon' }, LIMITS],
  [{ timeout: '', wait: '' }, LIMITS],
  [{ detailedExitcode: true }, 'error: --detailed-exitcode needs --dry-run\n'],
])('refuses %j before anything is read', async (options, text) => {
  expect(await apply(options)).toEqual({ code: 1, out: '', err: text });
  expect(chosen).not.toHaveBeenCalled();
});

it('keeps the limits that it is given, each in its place', async () => {
  expect((await apply({ timeout: '90s', wait: '1h30m' })).code).toBe(0);
  expect(healthy.mock.calls[0]?.[0]).toMatchObject({ timeoutMs: 90_000, waitMs: 5_400_000, brief: false });
  // No time at all is a time too.
  expect((await apply({ timeout: '0s', wait: '0s' })).code).toBe(0);
  expect(healthy.mock.calls[0]?.[0]).toMatchObject({ timeoutMs: 0, waitMs: 0 });
});

it.each<[string, Partial<ApplyOptions>, World, number, 'carry' | 'health' | 'nothing']>([
  ['the same', {}, {}, 0, 'health'],
  ['the same, and never healthy', {}, { works: false }, 1, 'health'],
  ['the same, dry', { dryRun: true }, {}, 0, 'nothing'],
  ['the same, dry, in detail', { dryRun: true, detailedExitcode: true }, {}, 0, 'nothing'],
  ['different, dry', { dryRun: true }, { differs: true }, 0, 'nothing'],
  ['different, dry, in detail', { dryRun: true, detailedExitcode: true }, { differs: true }, 2, 'nothing'],
  [
    'different, dry, approved',
    { dryRun: true, autoApprove: true },
    { differs: true, yes: true },
    0,
    'nothing',
  ],
  ['different, and a person says no', {}, { differs: true }, 1, 'nothing'],
  ['different, and a person says yes', {}, { differs: true, yes: true }, 0, 'carry'],
  ['different, and approved', { autoApprove: true }, { differs: true }, 0, 'carry'],
  ['different, and it fails', { autoApprove: true }, { differs: true, works: false }, 1, 'carry'],
  [
    'with an error',
    { autoApprove: true },
    { differs: true, diagnostics: [{ severity: 'error' }] },
    1,
    'nothing',
  ],
  [
    'with a warning',
    { autoApprove: true },
    { differs: true, diagnostics: [{ severity: 'warning' }] },
    0,
    'carry',
  ],
  ['not to be read', { autoApprove: true }, { differs: true, unread: true }, 1, 'nothing'],
  ['interrupted', { autoApprove: true }, { differs: true, aborted: true }, INTERRUPTED, 'carry'],
])('a cluster that is %s', async (_, options, world, code, done) => {
  expect((await apply(options, world)).code).toBe(code);
  expect(carry).toHaveBeenCalledTimes(done === 'carry' ? 1 : 0);
  expect(healthy).toHaveBeenCalledTimes(done === 'health' ? 1 : 0);
});

it('asks only where something is to change and nobody has approved', async () => {
  await apply({}, {});
  expect(asked).not.toHaveBeenCalled();
  await apply({ autoApprove: true }, { differs: true });
  expect(asked).not.toHaveBeenCalled();
  await apply({}, { differs: true });
  expect(asked).toHaveBeenCalledTimes(1);
});

it('says what it found and did', async () => {
  const done = await apply({}, { differs: true, yes: true });
  expect(done).toMatchObject({ out: '+ a line\n\n- w-1 joins\n', err: 'home: applied; 2 machines ready\n' });
  const brief = await apply({ brief: true }, { differs: true });
  expect(brief).toMatchObject({ out: '- w-1 joins\n', err: 'nothing changed\n' });
  expect(await apply({}, {})).toMatchObject({ out: '', err: 'home: unchanged\n' });
  const { out } = await apply({ json: true, dryRun: true }, { differs: true });
  expect(JSON.parse(out)).toEqual({
    format_version: 1,
    cluster: 'home',
    status: 'differs',
    changes: ['w-1 joins'],
    diagnostics: [],
  });
});
