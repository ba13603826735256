import type { WantedCluster } from '../../../model/omni/membership';
import { readProgress, unfinished, type ProgressAnswers } from '../../../model/omni/progress';

const wanted: WantedCluster = {
  name: 'home',
  talosVersion: 'v1.11.6',
  kubernetesVersion: 'v1.34.2',
  patches: new Set(),
  locked: new Set(),
  classSets: new Map(),
  members: ['cp-1', 'w-1'].map((name) => ({ id: `id-${name}`, name, set: 'home-workers' })),
};

const upgrade = (phase: number, lastupgradeversion: string, status = ''): string =>
  JSON.stringify({ spec: { phase, lastupgradeversion, status, step: null, error: '' } });

const machine = (name: string, talosversion: string): string =>
  JSON.stringify({ metadata: { id: `id-${name}` }, spec: { talosversion } });

const DONE: ProgressAnswers = {
  talos: upgrade(2, '1.11.6'),
  kubernetes: upgrade(2, '1.34.2'),
  pending: '',
  versions: machine('cp-1', 'v1.11.6') + machine('w-1', 'v1.11.6'),
};

const UP_TO_DATE = { isUpToDate: true, error: '' };

function left(
  answers: Partial<ProgressAnswers>,
  configured: Readonly<Record<string, { isUpToDate: boolean; error: string }>> = {},
  locked: readonly string[] = [],
): string[] {
  const read = readProgress({ ...DONE, ...answers });
  if ('problem' in read) throw new Error(read.problem);
  const all = { 'id-cp-1': UP_TO_DATE, 'id-w-1': UP_TO_DATE, ...configured };
  return unfinished(wanted, read.progress, new Map(Object.entries(all)), new Set(locked));
}

describe('what Omni has still to do', () => {
  it('is nothing when all is as the template says', () => {
    expect(left({})).toEqual([]);
  });

  it('is an upgrade between two machines, when the cluster is healthy', () => {
    expect(
      left({
        talos: upgrade(1, '1.11.5', 'updating machines 1/2'),
        versions: machine('cp-1', 'v1.11.6') + machine('w-1', 'v1.11.5'),
      }),
    ).toEqual(['not yet on Talos v1.11.6: w-1 (updating machines 1/2)']);
  });

  it.each([
    ['it has not begun', upgrade(2, '1.11.5')],
    ['it is at its end', upgrade(1, '1.11.6')],
    ['it reinstalls for extensions', upgrade(5, '1.11.6')],
  ])('is an upgrade of which the machines say nothing: %s', (_, talos) => {
    expect(left({ talos })).toEqual(['Talos v1.11.6: Omni is still at it']);
  });

  it('is an upgrade of which Omni does not know yet', () => {
    expect(left({ talos: '', kubernetes: '' })).toEqual([
      'Talos v1.11.6: Omni is still at it',
      'not yet on Kubernetes v1.34.2',
    ]);
  });

  it('is a machine configuration that a machine does not have, or cannot take', () => {
    expect(left({ pending: '{"metadata":{"id":"id-w-1"}}' })).toEqual([
      'without the new machine configuration: w-1',
    ]);
    expect(left({}, { 'id-w-1': { isUpToDate: false, error: '' } })).toEqual([
      'without the new machine configuration: w-1',
    ]);
    expect(left({}, { 'id-cp-1': { isUpToDate: false, error: 'no such disk' } })).toEqual([
      'cp-1 cannot take its machine configuration: no such disk',
    ]);
  });

  it('is nothing that a locked machine would get', () => {
    const versions = machine('cp-1', 'v1.11.6') + machine('w-1', 'v1.11.5');
    const pending = '{"metadata":{"id":"id-w-1"}}';
    expect(
      left(
        { versions, pending, talos: upgrade(1, '1.11.5') },
        { 'id-w-1': { isUpToDate: false, error: '' } },
        ['id-w-1'],
      ),
    ).toEqual([]);
  });

  it.each(['talos', 'kubernetes', 'pending', 'versions'] as const)(
    'names output that is none: %s',
    (about) => {
      expect(readProgress({ ...DONE, [about]: 'no JSON' })).toEqual({ problem: 'no JSON object at place 1' });
    },
  );
});
