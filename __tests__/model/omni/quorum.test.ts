import fc from 'fast-check';
import { controlPlaneSteps, quorumProblem } from '../../../model/omni/quorum';

const healthyBut =
  (...dead: readonly string[]) =>
  (id: string): boolean =>
    !dead.includes(id);

describe('controlPlaneSteps', () => {
  it.each([
    ['a new cluster', [], ['a', 'b', 'c'], [{ machines: ['a', 'b', 'c'] }]],
    ['nothing', ['a'], ['a'], [{ machines: ['a'] }]],
    ['one more pair', ['a'], ['a', 'b', 'c'], [{ machines: ['a', 'b', 'c'] }]],
    [
      'two less',
      ['a', 'b', 'c'],
      ['a'],
      [
        { machines: ['a', 'c'], removes: 'b' },
        { machines: ['a'], removes: 'c' },
      ],
    ],
    [
      'one replaced: the new one is in before the old one is out',
      ['a', 'b', 'c'],
      ['a', 'b', 'd'],
      [{ machines: ['a', 'b', 'c', 'd'] }, { machines: ['a', 'b', 'd'], removes: 'c' }],
    ],
  ])('%s', (_what, now, wanted, steps) => {
    expect(controlPlaneSteps(now, wanted, healthyBut())).toEqual(steps);
  });

  it('has the dead one out before the new one is in', () => {
    expect(controlPlaneSteps(['a', 'b', 'c'], ['a', 'b', 'd'], healthyBut('c'))).toEqual([
      { machines: ['a', 'b'], removes: 'c' },
      { machines: ['a', 'b', 'd'] },
    ]);
  });

  it('ends with the wanted ones, removes one at a time, and never one that is wanted', () => {
    const ids = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g'), { maxLength: 7 });
    fc.assert(
      fc.property(ids, ids, ids, (now, wanted, dead) => {
        const steps = controlPlaneSteps(now, wanted, healthyBut(...dead));
        const before = [now, ...steps.map(({ machines }) => machines)];
        expect(new Set(before.at(-1))).toEqual(new Set(wanted));
        for (const [i, { machines, removes }] of steps.entries()) {
          const gone = (before[i] ?? []).filter((id) => !machines.includes(id));
          expect(gone).toEqual(removes === undefined ? [] : [removes]);
          expect(wanted).not.toContain(removes);
        }
      }),
    );
  });
});

describe('quorumProblem', () => {
  it.each([
    ['three healthy, one goes', 'abc', 'ab', 'c', [], undefined],
    ['one of three is dead and goes', 'abc', 'ab', 'c', ['c'], undefined],
    [
      'one of three is dead and another goes',
      'abc',
      'ac',
      'b',
      ['c'],
      '1 of 2 would be healthy, and etcd needs 2',
    ],
    [
      'two of three are dead: etcd agrees to nothing',
      'abc',
      'ab',
      'c',
      ['b', 'c'],
      '1 of 3 would be healthy, and etcd needs 2',
    ],
    ['two of five are dead and one of them goes', 'abcde', 'abcd', 'e', ['d', 'e'], undefined],
    [
      'two of five are dead and a healthy one goes',
      'abcde',
      'bcde',
      'a',
      ['d', 'e'],
      '2 of 4 would be healthy, and etcd needs 3',
    ],
  ])('%s', (_what, before, machines, removes, dead, problem) => {
    expect(
      quorumProblem(Array.from(before), { machines: Array.from(machines), removes }, healthyBut(...dead)),
    ).toBe(problem);
  });

  it('has nothing against a step in which nobody leaves', () => {
    expect(quorumProblem(['a'], { machines: ['a', 'b'] }, healthyBut('a'))).toBeUndefined();
  });
});
