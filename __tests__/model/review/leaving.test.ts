import {
  leavingNodes,
  mergePlans,
  parsePlan,
  reviewExitCode,
  reviewPlan,
  type Plan,
} from '../../../model/review';
import { clusterOf, planOf, type PlanCase } from '../../testing/plan-cases';

type Values = Record<string, unknown>;

const reviewOf = (name: PlanCase) => reviewPlan(planOf(name), clusterOf(name));

describe('nodes that leave', () => {
  const leaving = (name: PlanCase, ...named: readonly string[]) =>
    leavingNodes(planOf(name), reviewOf(name), clusterOf(name), named);

  it('are those whose VM goes, however that was allowed, and those named', () => {
    expect(leaving('worker-removal')).toEqual({ leave: ['talos-worker-2'], gone: [], changed: [] });
    expect(leaving('nothing', 'talos-worker-2', 'talos-worker-9')).toEqual({
      leave: ['talos-worker-2'],
      gone: ['talos-worker-9'],
      changed: [],
    });
    expect(leaving('one-more').leave).toEqual([]);
  });

  it('may be named by machine id, of which nobody can say that it is gone', () => {
    const id = '11111111-1111-4111-8111-000000000001';
    expect(leaving('nothing', id)).toEqual({ leave: [id], gone: [], changed: [] });
  });

  it('leave while all others are as they were applied', () => {
    // The plan does not know what is to be of any node while one is made.
    const plan = planOf('one-more');
    const inventory = plan.output_changes['machine_inventory']?.before as Record<string, Values>;
    Object.assign(inventory['talos-worker-1'] ?? {}, { ip_address: '192.168.10.199' });
    const { changed } = leavingNodes(plan, reviewOf('one-more'), clusterOf('one-more'), []);
    expect(changed).toEqual(['talos-worker-1', 'talos-worker-4']);
  });
});

test('where a VM cannot be planned, what its outputs were is in the state before', () => {
  const value = { 'talos-worker-9': { role: 'worker', proxmox_server: 'pve1', vm_id: 1109, ip_address: '' } };
  const { output_changes: _, ...rest } = planOf('worker-removal');
  const prior_state = { values: { outputs: { machine_inventory: { value } } } };
  const parsed = parsePlan(JSON.stringify({ ...rest, prior_state }));
  expect(parsed).toMatchObject({
    plan: { output_changes: { machine_inventory: { actions: ['no-op'], before: value } } },
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
