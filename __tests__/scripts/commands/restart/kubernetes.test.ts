import { nodeState } from '../../../../scripts/commands/restart/kubernetes';

let mockAnswer = '';
jest.mock('../../../../scripts/lib/platform/exec', () => ({
  run: () => Promise.resolve({ code: 0, stdout: mockAnswer, stderr: '', missing: false, timedOut: false }),
}));

const node = (status: unknown): string => JSON.stringify({ kind: 'Node', status });
const READY = [
  { type: 'MemoryPressure', status: 'False' },
  { type: 'Ready', status: 'True', reason: 'KubeletReady' },
];

it.each([
  [
    node({ nodeInfo: { bootID: 'b', architecture: 'amd64' }, conditions: READY }),
    { bootId: 'b', ready: true },
  ],
  [node({ nodeInfo: { bootID: 'b' }, conditions: [] }), { bootId: 'b', ready: false }],
  ['cut o', { problem: 'kubectl get node w-1: its answer cannot be used (it is not JSON)' }],
  [
    node({ nodeInfo: {}, conditions: [] }),
    { problem: 'kubectl get node w-1: its answer cannot be used (status.nodeInfo.bootID is missing)' },
  ],
  [
    node({ nodeInfo: { bootID: 5 }, conditions: [] }),
    { problem: 'kubectl get node w-1: its answer cannot be used (status.nodeInfo.bootID must be a text)' },
  ],
  [
    node({ nodeInfo: { bootID: 'b' }, conditions: {} }),
    { problem: 'kubectl get node w-1: its answer cannot be used (status.conditions must be a list)' },
  ],
  [
    '['.repeat(300) + ']'.repeat(300),
    { problem: 'kubectl get node w-1: its answer cannot be used (it is nested deeper than 200 levels)' },
  ],
])('what kubectl says is read, or told as what it is: case %#', async (text, state) => {
  mockAnswer = text;
  expect(await nodeState('w-1')).toEqual(state);
});
