/**
 * The property of `__tests__/scripts/commands/apply/never-lose-a-node.test.ts`, in fewer histories, with our commands as children, the real
 * omnictl and a server. SEED and RUNS choose others.
 */
import fc from 'fast-check';
import { BEFORE, historyArb, play } from '../testing/history';
import { describeOmni, omniWith } from '../testing/omni';
import { HastyOperator } from '../testing/hasty-operator';

jest.setTimeout(600_000);

const seed = Number(process.env['SEED'] ?? 7);
const numRuns = Number(process.env['RUNS'] ?? 12);

describeOmni('a node', () => {
  it(`is never lost (SEED=${seed} RUNS=${numRuns})`, async () => {
    const sum = { removed: 0, applied: 0 };
    await fc.assert(
      fc.asyncProperty(historyArb(4), async (history) => {
        const omni = await omniWith({ readyAfterMs: 50 });
        const operator = await HastyOperator.at(omni, 'home', BEFORE);
        const { lost, removed, applied } = await play(operator, history);
        sum.removed += removed;
        sum.applied += applied;
        await omni.stop();
        expect(lost).toEqual([]);
      }),
      // Each try to make a history shorter takes seconds.
      { seed, numRuns, endOnFailure: true },
    );
    // Otherwise it has tested nothing.
    expect(sum.applied).toBeGreaterThanOrEqual(numRuns);
    expect(sum.removed).toBeGreaterThan(0);
  });
});
