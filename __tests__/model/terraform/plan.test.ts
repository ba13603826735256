import { parsePlan, type Plan } from '../../../model/review';
import { planText, type PlanCase } from '../../testing/plan-cases';

describe('a plan', () => {
  it.each([
    ['secret{', 'is not JSON; make it with: terraform show -json <planfile>'],
    ['[]', 'is not a Terraform plan (root); make it with: terraform show -json <planfile>'],
    ['{"format_version":"2.0"}', 'has format 2.0; this reader knows format 1'],
    [
      '{"format_version":"1.2","resource_changes":[{"secret":1}]}',
      'is not a Terraform plan (resource_changes.0.address); make it with: terraform show -json <planfile>',
    ],
  ])('of %s is told by its problem', (text, problem) => {
    expect(parsePlan(text)).toEqual({ problem });
  });

  function planOf(name: PlanCase, edit: (plan: Plan) => unknown = () => undefined): Plan {
    const plan = JSON.parse(planText(name)) as Plan;
    edit(plan);
    const parsed = parsePlan(JSON.stringify(plan));
    if ('problem' in parsed) throw new Error(parsed.problem);
    return parsed.plan;
  }
  const first = ({ resource_changes: [one] }: Plan) => {
    if (!one) throw new Error('no resource');
    return one;
  };

  it.each<[string, boolean, Plan]>([
    ['nothing', false, planOf('nothing')],
    ['a new node', true, planOf('one-more')],
    ['a removal', true, planOf('worker-removal')],
    ['an import', true, planOf('nothing', (plan) => (first(plan).change.importing = { id: 'pve1/1' }))],
    ['a move', true, planOf('nothing', (plan) => (first(plan).previous_address = 'old.address'))],
    ['something to read', false, planOf('nothing', (plan) => (first(plan).change.actions = ['read']))],
    ['an output', true, planOf('nothing', (plan) => (plan.output_changes = { a: { actions: ['update'] } }))],
    ['what Terraform says', false, planOf('one-more', (plan) => Object.assign(plan, { applyable: false }))],
  ])('is there to be applied, or not: %s', (_, applyable, plan) => {
    expect(plan.applyable).toBe(applyable);
  });
});
