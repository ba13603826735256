import { healthcheckProblem, manifestProblems } from '../../../model/omni/manifests';

const object = (kind: string, metadata: object, more: object = {}): object => ({
  apiVersion: 'v1',
  kind,
  metadata,
  ...more,
});

const problems = (objects: readonly unknown[], bytes = 100): string[] =>
  [...manifestProblems([{ file: 'a.yaml', objects }], [bytes])].map(({ message }) => message);

describe('manifests', () => {
  it('may be in a namespace that is made in another file, and in those of every cluster', () => {
    const found = manifestProblems(
      [
        { file: 'a.yaml', objects: [object('ConfigMap', { name: 'c', namespace: 'cni' })] },
        { file: 'b.yaml', objects: [object('Namespace', { name: 'cni' })] },
        { file: 'c.yaml', objects: [object('Service', { name: 'dns', namespace: 'kube-system' })] },
      ],
      [1, 1, 1],
    );
    expect([...found]).toEqual([]);
  });

  it('are looked at inside of lists', () => {
    const items = [object('Pod', { name: 'p' })];
    expect(problems([{ apiVersion: 'v1', kind: 'List', items }])).toEqual([
      'Pod p has no namespace, and would be made in default; write metadata.namespace',
    ]);
  });

  it('may have an empty Secret, which is filled by others', () => {
    const secret = { name: 's', namespace: 'default' };
    expect(problems([object('Secret', secret)])).toEqual([]);
    expect(problems([object('Secret', secret, { stringData: { a: '1', b: '2' } })])[0]).toMatch(
      /^Secret s holds 2 secrets, /,
    );
  });

  it.each([
    [1_000_000, []],
    [
      1_000_001,
      [
        'all manifests together have 1000001 bytes, and at most 1000000 fit; leave out what can be installed later',
      ],
    ],
  ])('may have %i bytes: %j', (bytes, expected) => {
    expect(problems([object('Namespace', { name: 'n' })], bytes)).toEqual(expected);
  });
});

it.each<[readonly unknown[], boolean]>([
  [[{ apiVersion: 'batch/v1', kind: 'Job' }], true],
  [[{ apiVersion: 'batch/v1', kind: 'CronJob' }], false],
  [[{ apiVersion: 'batch/v1', kind: 'Job' }, {}], false],
  [[], false],
])('a health check %j is one: %j', (objects, isOne) => {
  expect(healthcheckProblem(objects) === undefined).toBe(isOne);
});
