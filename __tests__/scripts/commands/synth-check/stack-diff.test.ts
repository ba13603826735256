import { diffStacks, type Json } from '../../../../scripts/commands/synth-check/stack-diff';

const brief = (from: Json, to: Json): string[] =>
  diffStacks(from, to).map(({ address, what }) => `${address} ${what}`);

const notes = (version: string, stackName = 'home'): Json => ({ '//': { metadata: { version, stackName } } });

it('does not count the version of cdktf, and only that', () => {
  expect(brief(notes('1'), notes('2'))).toEqual([]);
  expect(brief({ '//': {} }, { '//': {} })).toEqual([]);
  expect(brief(notes('1'), notes('1', 'other'))).toEqual(['// changed']);
  expect(brief({ '//': { outputs: 1 } }, { '//': { outputs: 2 } })).toEqual(['// changed']);
  // The same key elsewhere is a version that counts.
  const provider = (version: string): Json => ({ provider: { metadata: { version } } });
  expect(brief(provider('1'), provider('2'))).toEqual(['provider changed']);
});

it.each<[string, Json, string]>([
  ['resource', { vm: { a: 1 } }, 'vm.a'],
  ['data', { vm: { a: 1 } }, 'data.vm.a'],
  ['output', { a: { b: 1 } }, 'output.a'],
  ['variable', { a: { b: 1 } }, 'var.a'],
  ['locals', { a: { b: 1 } }, 'local.a'],
  ['provider', { a: { b: 1 } }, 'provider'],
  ['terraform', { a: { b: 1 } }, 'terraform'],
])('names what is in "%s"', (section, value, address) => {
  expect(brief({}, { [section]: value })).toEqual([`${address} added`]);
  expect(brief({ [section]: value }, {})).toEqual([`${address} removed`]);
  expect(brief({ [section]: value }, { [section]: value })).toEqual([]);
});

it('goes through the addresses in order, one by one, whatever the order of keys', () => {
  const from = { resource: { vm: { a: { x: 1, y: 2 }, b: 1 } }, output: { z: 1 } };
  const to = { output: { z: 2 }, resource: { vm: { b: 2, c: 3, a: { y: 2, x: 1 } } } };
  expect(brief(from, to)).toEqual(['output.z changed', 'vm.b changed', 'vm.c added']);
});

it('shows the lines that differ', () => {
  const stack = (cores: number): Json => ({ resource: { vm: { a: { cores, name: 'a' } } } });
  const [only] = diffStacks(stack(4), stack(8));
  expect(only?.lines).toEqual(['  …', ' {', '-  "cores": 4,', '+  "cores": 8,', '   "name": "a"', ' }']);
});
