import { reviewPlan, type Review } from '../../../model/review';
import { headline } from '../../../model/review/words';
import { clusterOf, planOf } from '../../testing/plan-cases';

const NOTHING = reviewPlan(planOf('nothing'), clusterOf('nothing'));
const NODES = reviewPlan(planOf('worker-removal'), clusterOf('worker-removal')).nodes;
const OTHERS: Review['others'] = [
  ...['a', 'b'].map((name) => ({ kind: 'image', name, action: 'replace' as const })),
  { kind: 'resource pool', name: 'c', action: 'create' as const },
].map((one) => ({ place: '', address: '', level: 'low', changes: [], reasons: [], origin: '', ...one }));
const OUTPUTS = ['a', 'b'];

const headlineOf = (changes: Partial<Review>): string =>
  headline({
    ...NOTHING,
    verdict: 'safe',
    nodes: [],
    others: [],
    outputs: [],
    untouched: 0,
    ...changes,
  });

it.each<[string, Partial<Review>]>([
  ['nothing changes', {}],
  ['nothing changes', { untouched: 3 }],
  ['nothing changes', { verdict: 'nothing', outputs: OUTPUTS }],
  ['only outputs change: a, b', { outputs: OUTPUTS }],
  ['only outputs change: a, b', { outputs: OUTPUTS, untouched: 3 }],
  ['1 node destroyed', { nodes: NODES }],
  ['1 node destroyed', { nodes: NODES, outputs: OUTPUTS }],
  ['1 node destroyed, 3 untouched', { nodes: NODES, untouched: 3 }],
  ['2 images replaced; 1 resource pool created', { others: OTHERS }],
  ['2 images replaced; 1 resource pool created', { others: OTHERS, outputs: OUTPUTS }],
  ['no node changes; 2 images replaced; 1 resource pool created', { others: OTHERS, untouched: 3 }],
  [
    '1 node destroyed, 3 untouched; 2 images replaced; 1 resource pool created',
    { nodes: NODES, others: OTHERS, untouched: 3, outputs: OUTPUTS },
  ],
  ['the plan is incomplete; so far nothing is known', { verdict: 'incomplete' }],
  ['the plan is incomplete; so far 1 node destroyed', { verdict: 'incomplete', nodes: NODES }],
  ['the plan is incomplete; so far only outputs change: a, b', { verdict: 'incomplete', outputs: OUTPUTS }],
])('the headline "%s"', (text, changes) => {
  expect(headlineOf(changes)).toBe(text);
});
