/**
 * Whatever people, machines and Omni do: no machine leaves a cluster that the definition keeps or that nobody has named. In
 * memory, many times; the same with the real omnictl is in the acceptance suite. SEED and RUNS choose others.
 */
import type * as nodeFs from 'node:fs';
import fc from 'fast-check';
import { BEFORE, historyArb, play } from '../../../testing/history';
import { InMemoryOperator } from '../../../testing/in-memory-operator';

// Waiting for the disk would be most of the time.
jest.mock('node:fs', () => {
  const fs = jest.requireActual<typeof nodeFs>('node:fs');
  const writeFileSync: typeof fs.writeFileSync = (file, data, options) =>
    fs.writeFileSync(file, data, typeof options === 'object' ? { ...options, flush: false } : options);
  return { ...fs, writeFileSync };
});

jest.setTimeout(600_000);

const seed = Number(process.env['SEED'] ?? 5);
const numRuns = Number(process.env['RUNS'] ?? 100);

it(`never loses a node (SEED=${seed} RUNS=${numRuns})`, async () => {
  const { OMNICTL, TALOSCTL } = process.env;
  Object.assign(process.env, { OMNICTL: '/nowhere', TALOSCTL: '/nowhere' });
  const sum = { removed: 0, applied: 0 };
  try {
    await fc.assert(
      fc.asyncProperty(historyArb(6), async (history) => {
        const operator = await InMemoryOperator.inMemory(BEFORE);
        const { lost, removed, applied } = await play(operator, history);
        sum.removed += removed;
        sum.applied += applied;
        expect(lost).toEqual([]);
      }),
      { seed, numRuns },
    );
  } finally {
    Object.assign(process.env, { OMNICTL, TALOSCTL });
  }
  // Otherwise it has tested nothing.
  expect(sum.applied).toBeGreaterThan(numRuns);
  expect(sum.removed).toBeGreaterThan(numRuns / 4);
});
