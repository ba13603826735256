import { readLiveCluster, type LiveAnswers } from '../../../model/omni/live-cluster';

const ANSWERS: LiveAnswers = {
  clusters: JSON.stringify({
    metadata: { annotations: { 'omni.sidero.dev/cluster-locked': null } },
    spec: { talosversion: '1.11.5', kubernetesversion: '1.34.1' },
  }),
  members: [
    {
      id: 'id-1',
      annotations: { name: 'w-1', 'omni.sidero.dev/locked': '' },
      labels: { 'omni.sidero.dev/machine-set': 'home-workers' },
    },
    { id: 'id-2' },
  ]
    .map((metadata) => JSON.stringify({ metadata }))
    .join('\n'),
  patches: JSON.stringify({ metadata: { id: 'patch-1' } }),
  ready: [
    { metadata: { id: 'id-1' }, spec: { ready: true, configuptodate: true } },
    {
      metadata: {
        id: 'id-3',
        labels: { 'omni.sidero.dev/machine-set': 'home-workers', 'omni.sidero.dev/hostname': 'w-3' },
      },
      spec: { ready: false, configuptodate: true },
    },
  ]
    .map((value) => JSON.stringify(value))
    .join('\n'),
};

it('reads what Omni has of a cluster', () => {
  expect(readLiveCluster(ANSWERS)).toEqual({
    live: {
      versions: { talos: 'v1.11.5', kubernetes: 'v1.34.1' },
      locked: true,
      members: [
        { id: 'id-1', name: 'w-1', set: 'home-workers', locked: true, lockedByHand: true },
        { id: 'id-2', name: '', set: '', locked: false, lockedByHand: false },
      ],
      leaving: [{ id: 'id-3', name: 'w-3', set: 'home-workers' }],
      patches: ['patch-1'],
      ready: new Map([
        ['id-1', true],
        ['id-3', false],
      ]),
      configured: new Map([
        ['id-1', { isUpToDate: true, error: '' }],
        ['id-3', { isUpToDate: true, error: '' }],
      ]),
    },
  });
});

it('knows a cluster that Omni does not have, and one that nobody has locked', () => {
  const none = readLiveCluster({ clusters: '', members: '', patches: '', ready: '' });
  const [ready, configured] = [new Map(), new Map()];
  expect(none).toEqual({ live: { locked: false, members: [], leaving: [], patches: [], ready, configured } });
  const clusters = JSON.stringify({ metadata: { annotations: null }, spec: {} });
  expect(readLiveCluster({ ...ANSWERS, clusters })).toMatchObject({ live: { locked: false } });
});

// What cannot be read is never taken for "there is none": a machine or a patch would be removed for that.
it.each(['clusters', 'members', 'patches', 'ready'] as const)(
  'says so where the answer about %s cannot be read, and nothing else',
  (key) => {
    const broken = { ...ANSWERS, [key]: JSON.stringify({ other: 1 }) };
    expect(readLiveCluster(broken)).toEqual({
      problem: expect.stringMatching(/^object 1: metadata /) as string,
    });
  },
);

it('tells the first of several problems, in the order of the questions', () => {
  const keys = ['clusters', 'members', 'patches', 'ready'] as const;
  for (const [i, key] of keys.entries()) {
    const bad = keys.slice(i).map((one, n) => [one, n === 0 ? '{}' : `${ANSWERS[one]}\n{}`]);
    const read = readLiveCluster({ ...ANSWERS, ...(Object.fromEntries(bad) as Partial<LiveAnswers>) });
    expect([key, read]).toEqual([key, { problem: expect.stringContaining('object 1: ') as string }]);
  }
});
