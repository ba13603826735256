import { leavingNodes, mergePlans, reviewExitCode, reviewPlan, type Plan } from '../../../model/review';
import { clusterOf, planOf, type PlanCase } from '../../testing/plan-cases';

type Values = Record<string, unknown>;

const reviewOf = (name: PlanCase) => reviewPlan(planOf(name), clusterOf(name));

describe('nodes that leave', () => {
  const leaving = (name: PlanCase, ...named: readonly string[]) =>
    leavingNodes(planOf(name), reviewOf(name), named);

  it('are those whose VM goes, however that was allowed, and those named', () => {
    expect(leaving('worker-removal')).toEqual({ leave: ['talos-worker-2'], gone: [], changed: [] });
    expect(leaving('nothing', 'talos-worker-2', 'talos-worker-9')).toEqual({
      leave: ['talos-worker-2'],
      gone: ['talos-worker-9'],
      changed: [],
    });
  });

  it('may be named by machine id, of which nobody can say that it is gone', () => {
    const id = '11111111-1111-4111-8111-000000000001';
    expect(leaving('nothing', id)).toEqual({ leave: [id], gone: [], changed: [] });
  });

  it('leave while all others are as they were applied', () => {
    const plan = planOf('worker-removal');
    const inventory = plan.output_changes['machine_inventory']?.after as Record<string, Values>;
    inventory['talos-worker-4'] = { vm_id: 1103 };
    Object.assign(inventory['talos-worker-1'] ?? {}, { ip_address: '192.168.10.199' });
    expect(leavingNodes(plan, reviewOf('worker-removal'), []).changed).toEqual([
      'talos-worker-1',
      'talos-worker-4',
    ]);
  });
});

describe('an incomplete plan', () => {
  it.each<[string, Partial<Plan>, boolean]>([
    ['of which Terraform says so', { errored: true }, false],
    ['that leaves something out', { complete: false }, false],
    ['whose planning ended with errors', {}, true],
  ])('%s has no verdict and no name', (_, flags, failed) => {
    const plan = { ...planOf('one-more'), ...flags };
    const review = reviewPlan(plan, clusterOf('one-more'), { failed });
    expect(review).toMatchObject({ verdict: 'incomplete', fingerprint: '' });
    expect(reviewExitCode(review)).toBe(1);
  });

  it('is told of one stack of several too', () => {
    const part = (flags: object) => JSON.stringify({ ...planOf('nothing'), ...flags });
    const merged = (flags: object) => {
      const result = mergePlans([part({}), part(flags)]);
      if ('problem' in result) throw new Error(result.problem);
      return reviewPlan({ ...planOf('nothing'), ...(JSON.parse(result.json) as Plan) }, clusterOf('nothing'));
    };
    expect(merged({}).verdict).toBe('nothing');
    expect(merged({ errored: true }).verdict).toBe('incomplete');
    expect(merged({ complete: false, applyable: false }).verdict).toBe('incomplete');
  });
});
