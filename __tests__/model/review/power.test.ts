import { reviewPlan } from '../../../model/review';
import type { NodeReview } from '../../../model/review/types';
import { clusterOf, editedPlan, planOf, type PlanCase, type Resource } from '../../testing/plan-cases';

type Values = Record<string, unknown>;

/** Whether the VM runs before and after, and whether Terraform may restart it. */
type Runs = readonly [before: boolean, after: boolean, reboot?: boolean];

/** The recorded change of a node, with other values. */
const edited = (
  name: PlanCase,
  node: string,
  [before, after, reboot = false]: Runs,
  edit: (one: Resource) => void,
) =>
  editedPlan(name, node, (one) => {
    edit(one);
    if (one.change.before) (one.change.before as Values)['started'] = before;
    if (one.change.after) Object.assign(one.change.after, { started: after, reboot_after_update: reboot });
  });

const keep = (): void => undefined;
const importing = ({ change }: Resource): void => void (change.importing = { id: 'pve1/1100' });
const forgotten = ({ change }: Resource): void => void (change.actions = ['forget']);
const moved = (one: Resource): void => void (one.previous_address = 'old.address');
const created = ({ change }: Resource): void =>
  void Object.assign(change, { actions: ['create'], before: null });
const alike = (one: Resource): void => {
  one.change.after = structuredClone(one.change.before);
};

function review(name: PlanCase, node: string, runs: Runs, edit: (one: Resource) => void = keep): NodeReview {
  const { nodes } = reviewPlan(edited(name, node, runs, edit), clusterOf(name));
  return nodes.find((one) => one.name === node) as NodeReview;
}

describe('what a VM goes through', () => {
  it.each<[string, PlanCase, string, Runs, string, string]>([
    ['running', 'worker-removal', 'talos-worker-2', [true, false], 'remove', 'stops'],
    ['stopped', 'worker-removal', 'talos-worker-2', [false, false], 'remove', 'keeps'],
    ['running', 'control-plane-replacement', 'talos-control-2', [true, false], 'replace', 'restarts'],
    ['stopped', 'control-plane-replacement', 'talos-control-2', [false, true], 'replace', 'starts'],
    ['that is to run', 'one-more', 'talos-worker-4', [false, true], 'create', 'starts'],
    ['that is not to run', 'one-more', 'talos-worker-4', [false, false], 'create', 'keeps'],
  ])('%s, in %s: %s %j is %s and %s', (_, name, node, runs, action, power) => {
    expect(review(name, node, runs)).toMatchObject({ action, power });
  });

  const UPDATES: readonly [string, Runs, (one: Resource) => void, string][] = [
    ['stopped, and stays so', [false, false], keep, 'keeps'],
    ['stopped, and is to run', [false, true], keep, 'starts'],
    ['running, and is to stop', [true, false], keep, 'stops'],
    ['running, with a change that waits', [true, true], keep, 'later'],
    ['running, and may be restarted', [true, true, true], keep, 'restarts'],
    ['running, may be restarted, and has no reason to', [true, true, true], alike, 'keeps'],
  ];

  it.each(UPDATES)('changed: %s', (_, runs, edit, power) => {
    expect(review('grow', 'talos-worker-1', runs, edit)).toMatchObject({ action: 'update', power });
  });

  it.each(UPDATES)('imported: %s', (_, runs, edit, power) => {
    const both = (one: Resource): void => {
      edit(one);
      importing(one);
    };
    const found = review('grow', 'talos-worker-1', runs, both);
    expect(found).toMatchObject({ action: 'import', power, level: 'high' });
  });

  it.each([
    [true, 'starts'],
    [false, 'keeps'],
  ])('made anew because it is gone, to run: %s', (started, power) => {
    const plan = edited('nothing', 'talos-worker-3', [true, started], created);
    plan.resource_drift = planOf('drift').resource_drift.filter(({ name }) => name === 'talos-worker-3');
    expect(reviewPlan(plan, clusterOf('nothing')).nodes).toMatchObject([{ action: 'lost', power }]);
  });

  it('nothing, where only the state changes, whatever the values say', () => {
    const left = review('worker-removal', 'talos-worker-2', [true, false], forgotten);
    expect(left).toMatchObject({ action: 'forget', power: 'keeps', level: 'medium' });
    for (const runs of [
      [true, false],
      [false, true],
    ] as const) {
      const found = review('nothing', 'talos-worker-1', runs, moved);
      expect(found).toMatchObject({ action: 'move', power: 'keeps', level: 'low' });
    }
  });
});
