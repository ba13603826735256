import { fingerprint } from '../../../model/review/fingerprint';
import { editedPlan, planOf, type PlanCase, type Resource } from '../../testing/plan-cases';

const edited = (...args: Parameters<typeof editedPlan>): string => fingerprint(editedPlan(...args));

const after = ({ change }: Resource) => change.after as Record<string, unknown>;

describe('the fingerprint of a plan', () => {
  const grow = fingerprint(planOf('grow'));

  it('is another one for each change', () => {
    const cases: PlanCase[] = ['grow', 'nothing', 'image-bump', 'worker-removal', 'one-more', 'shrink'];
    const all = cases.map((name) => fingerprint(planOf(name)));
    expect(new Set(all).size).toBe(cases.length);
    for (const one of all) expect(one).toMatch(/^[0-9a-f]{16}$/);
  });

  it.each<[string, PlanCase, string, (resource: Resource) => void]>([
    ['a value', 'grow', 'talos-worker-1', (one) => (after(one)['name'] = 'other')],
    ['a value of a new VM', 'one-more', 'talos-worker-4', (one) => (after(one)['description'] = 'other')],
    ['an action', 'grow', 'talos-worker-1', ({ change }) => (change.actions = ['delete', 'create'])],
    ['an address', 'grow', 'talos-worker-1', (one) => (one.address += '2')],
    ['an import', 'nothing', 'talos-worker-1', ({ change }) => (change.importing = { id: 'pve1/1100' })],
    ['a move', 'nothing', 'talos-worker-1', (one) => (one.previous_address = 'old.address')],
  ])('says so if %s differs', (_, name, resource, edit) => {
    expect(edited(name, resource, edit)).not.toBe(fingerprint(planOf(name)));
  });

  it.each<[string, (resource: Resource) => void]>([
    [
      'the order of keys',
      (one) => (one.change.after = Object.fromEntries(Object.entries(after(one)).reverse())),
    ],
    ['what the provider reads back', (one) => (after(one)['ipv4_addresses'] = [['192.168.10.9']])],
    ['another kind of nothing', (one) => (after(one)['usb'] = null)],
    [
      'another kind of nothing in a block that changes',
      (one) => Object.assign((after(one)['cpu'] as [object])[0], { flags: null }),
    ],
    [
      'what is not known yet',
      ({ change }) => (change.after_unknown = { ...(change.after_unknown as object), hotplug: true }),
    ],
  ])('does not heed %s', (_, edit) => {
    expect(edited('grow', 'talos-worker-1', edit)).toBe(grow);
  });

  it('does not heed the order of resources, nor those that stay', () => {
    const plan = planOf('grow');
    const changing = plan.resource_changes.filter(({ change }) => change.actions.join() !== 'no-op');
    expect(changing.length).toBeLessThan(plan.resource_changes.length);
    expect(fingerprint({ ...plan, resource_changes: changing.reverse() })).toBe(grow);
  });

  it('tells nothing of a secret', () => {
    const withSecret = (secret: string): string =>
      edited('grow', 'talos-worker-1', (one) => {
        after(one)['description'] = secret;
        one.change.after_sensitive = { description: true };
      });
    expect(withSecret('hunter2')).toBe(withSecret('hunter3'));
  });
});
