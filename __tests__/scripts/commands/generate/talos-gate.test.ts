import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run, type RunResult } from '../../../../scripts/lib/platform/exec';
import { checkMachineConfigs } from '../../../../scripts/commands/generate/talos-gate';
import { clusterOf } from '../../../testing/drafts';
import { documentsOf } from '../../../testing/generate';

jest.mock('../../../../scripts/lib/platform/exec', () => ({ run: jest.fn() }));
const program = jest.mocked(run);

const OK: RunResult = { code: 0, stdout: '', stderr: '', missing: false, timedOut: false };

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'talos-gate-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const DEFINITION = {
  control_planes: [{ name: 'cp-1', ip_address: '10.0.0.11' }],
  workers: ['1', '2'].map((n) => ({ name: `w-${n}`, ip_address: `10.0.0.2${n}` })),
};

/** Checks a cluster with a talosctl that answers some calls, by their first words, in its own way. */
async function gate(answers: Readonly<Record<string, Partial<RunResult>>> = {}, changes: object = {}) {
  const calls: string[] = [];
  program.mockReset().mockImplementation((_, args) => {
    const call = args.join(' ');
    calls.push(call);
    const [, answer] = Object.entries(answers).find(([start]) => call.startsWith(start)) ?? [];
    return Promise.resolve({
      ...OK,
      ...(call.startsWith('version') ? { stdout: 'v1.11.5' } : {}),
      ...answer,
    });
  });
  const cluster = clusterOf({ kubernetes_version: 'v1.34.1', ...DEFINITION, ...changes });
  const result = await checkMachineConfigs(cluster, documentsOf(cluster), folder);
  const steps = calls.map((call) => call.split(' ').slice(0, 2).join(' '));
  return { result, calls, steps };
}

const SHAPE = ['machineconfig patch', 'validate -c'];

it('checks one node of each shape', async () => {
  const { result, calls, steps } = await gate();
  expect(result).toEqual({
    tool: 'talosctl',
    status: 'ok',
    line: 'talosctl v1.11.5: the machine configurations of 3 nodes are valid (2 shapes)',
  });
  expect(steps).toEqual(['version --client', 'gen config', ...SHAPE, ...SHAPE]);
  expect(calls[1]).toContain('--kubernetes-version 1.34.1');
  expect(calls[2]).toMatch(/^machineconfig patch controlplane.yaml -p @.* -o shape-0.yaml$/);
  expect(calls[4]).toMatch(/^machineconfig patch worker.yaml -p @.* -o shape-1.yaml$/);
  expect(readdirSync(folder).sort()).toEqual(['shape-0', 'shape-1']);
});

it.each<[string, Partial<RunResult>, string, number]>([
  ['gen config', { stderr: 'bad contract\n' }, 'cannot make a configuration: bad contract', 2],
  ['machineconfig patch controlplane', { stdout: 'bad patch' }, 'node cp-1: bad patch', 3],
  ['validate -c shape-0', { stderr: 'bad', stdout: ' key' }, 'node cp-1: bad key', 4],
  ['machineconfig patch worker', { stderr: 'bad patch' }, 'node w-1 (and 1 like it): bad patch', 5],
  ['validate -c shape-1', { stderr: 'bad key' }, 'node w-1 (and 1 like it): bad key', 6],
])('fails where "talosctl %s" does, and goes no further', async (call, answer, text, number) => {
  for (const code of [1, 128]) {
    const { result, calls } = await gate({ [call]: { ...answer, code } });
    expect(result).toEqual({ tool: 'talosctl', status: 'failed', line: `error: talosctl: ${text}` });
    expect(calls).toHaveLength(number);
    for (const made of readdirSync(folder)) rmSync(join(folder, made), { recursive: true });
  }
});

it('does not show where it worked', async () => {
  const { result } = await gate({ 'gen config': { code: 1, stderr: `${folder}/a.yaml: bad` } });
  expect(result.line).toBe('error: talosctl: cannot make a configuration: a.yaml: bad');
});

it.each<[string, Partial<RunResult>, object, string]>([
  ['is not installed', { missing: true, code: 127, stdout: '' }, {}, 'which is not installed'],
  [
    'is older than the cluster',
    { stdout: 'v1.10.9' },
    {},
    'whose version v1.10.9 is older than Talos v1.11.5',
  ],
  ['does not tell its version', { stdout: 'dev' }, {}, 'whose version unknown is older than Talos v1.11.5'],
])('leaves out what a talosctl cannot check that %s', async (_, version, changes, why) => {
  const { result, calls } = await gate({ version }, changes);
  expect(result).toMatchObject({ tool: 'talosctl', status: 'skipped' });
  expect(result.line).toContain(`not checked: machine configurations by talosctl, ${why}`);
  expect(calls).toHaveLength(1);
});

it('checks with a talosctl that is newer than the cluster, or tells its version as an error', async () => {
  expect((await gate({ version: { stdout: 'v1.12.0' } })).result.line).toMatch(/^talosctl v1\.12\.0: /);
  for (const made of readdirSync(folder)) rmSync(join(folder, made), { recursive: true });
  expect((await gate({ version: { stdout: '', stderr: 'v1.11.0' } })).result.status).toBe('ok');
});
