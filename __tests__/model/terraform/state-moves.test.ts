import fc from 'fast-check';
import { readState, type StateFile } from '../../../model/terraform/state-file';
import { carryOutMoves, findMoves, type StatePlace } from '../../../model/terraform/state-moves';

const VM = 'proxmox_virtual_environment_vm';

const state = (names: readonly string[], serial = 3): StateFile => ({
  version: 4,
  terraform_version: '1.11.4',
  serial,
  lineage: 'lineage',
  outputs: { machine_inventory: {} },
  resources: names.map((name) => ({ mode: 'managed', type: VM, name, instances: [{ id: name }] })),
});

const wants = (...names: readonly string[]): ReadonlySet<string> =>
  new Set(names.map((name) => `${VM}.${name}`));
const namesOf = (file: StateFile | undefined): string[] =>
  (file?.resources ?? []).map(({ name }) => name).sort();

describe('moves between states', () => {
  it('bring a VM into a state that is new, and clear one that is no longer defined', () => {
    const places: StatePlace[] = [
      { stack: 'home', wants: wants('a') },
      { stack: 'home-pve1', state: state(['a']) },
    ];
    const { moves, problems } = findMoves(places, 'home');
    expect({ moves, problems }).toEqual({
      moves: [{ address: `${VM}.a`, from: 'home-pve1', to: 'home', isThere: false }],
      problems: [],
    });
    const { taken, given } = carryOutMoves(places, moves, () => 'new');
    expect(taken.get('home')).toMatchObject({ lineage: 'new', serial: 1, terraform_version: '1.11.4' });
    expect(given.get('home-pve1')).toMatchObject({ serial: 4, outputs: {}, resources: [] });
  });

  it('leave what nobody defines any more where it is, or to the stack that takes the rest', () => {
    const places: StatePlace[] = [
      { stack: 'home', state: state(['gone']), wants: wants() },
      { stack: 'home-pve1', state: state(['old']) },
    ];
    expect(findMoves(places, 'home').moves).toMatchObject([{ address: `${VM}.old`, to: 'home' }]);
  });

  it('finish what was ended half-way: only the giving is left', () => {
    const places: StatePlace[] = [
      { stack: 'home', state: state(['a', 'b']), wants: wants('b') },
      { stack: 'home-pve1', state: state(['a'], 7), wants: wants('a') },
    ];
    const { moves, problems } = findMoves(places, 'home');
    expect(problems).toEqual([]);
    const { taken, given } = carryOutMoves(places, moves, () => 'new');
    expect([...taken.keys()]).toEqual([]);
    expect([...given].map(([stack, file]) => [stack, namesOf(file)])).toEqual([['home', ['b']]]);
  });

  it('are refused where two states have one VM, and differ', () => {
    const other = {
      ...state(['a']),
      resources: [{ ...state(['a']).resources[0], instances: [{ id: 'x' }] }],
    };
    const places = [
      { stack: 'home', state: state(['a']), wants: wants() },
      { stack: 'home-pve1', state: other as StateFile, wants: wants('a') },
    ];
    for (const order of [places, [...places].reverse()])
      expect(findMoves(order, 'home').problems).toEqual([
        expect.stringContaining(`${VM}.a is in the states of`),
      ]);
  });

  it('lose nothing, at no time, and leave each VM where it is wanted', () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    const stacks = ['home', 'home-1', 'home-2'];
    const somewhere = fc.array(fc.constantFrom(...stacks), { minLength: 5, maxLength: 5 });
    fc.assert(
      fc.property(somewhere, somewhere, (from, to) => {
        const at = (where: readonly string[], stack: string) => names.filter((_, i) => where[i] === stack);
        const places = stacks.map((stack) => ({
          stack,
          state: state(at(from, stack)),
          wants: wants(...at(to, stack)),
        }));
        const { taken, given } = carryOutMoves(places, findMoves(places, 'home').moves, () => 'new');
        const after = (step: (stack: string, before: StateFile) => StateFile | undefined) =>
          places.map(({ stack, state: before }) => namesOf(step(stack, before) ?? before));
        expect([...new Set(after((stack) => taken.get(stack)).flat())].sort()).toEqual(names);
        expect(after((stack) => given.get(stack) ?? taken.get(stack))).toEqual(
          stacks.map((stack) => at(to, stack)),
        );
      }),
    );
  });

  it.each([
    ['', {}],
    ['{', { problem: 'is not JSON' }],
    ['{"version": 3}', { problem: 'is no state of version 4 (version)' }],
  ])('read %j', (text, expected) => {
    expect(readState(text)).toEqual(expected);
  });
});
