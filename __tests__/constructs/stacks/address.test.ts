import { Construct } from 'constructs';
import fc from 'fast-check';
import { addressOf, AddressScope, legalName } from '../../../constructs/stacks/address';

const root = new Construct(undefined as unknown as Construct, '');

/** The address of a path below the stack; ids in brackets are address scopes. */
function address(...ids: string[]): string {
  let scope = new Construct(root, `stack-${ids.join()}-${root.node.children.length}`);
  const from = scope.node.scopes.length;
  for (const id of ids) {
    scope = id.startsWith('[') ? new AddressScope(scope, id.slice(1, -1)) : new Construct(scope, id);
  }
  return addressOf(scope.node.scopes.slice(from));
}

test('defaults: the ids below the stack, joined', () => {
  expect(address('a', 'b', 'c-1')).toBe('a_b_c-1');
});

test('hides ids that say nothing', () => {
  expect(address('cp-1', 'Resource')).toBe('cp-1');
  expect(address('Default', 'cp-1')).toBe('cp-1');
  expect(address('resources', 'default')).toBe('resources_default');
});

test('starts at the innermost address scope', () => {
  expect(address('team', '[nodes]', 'cp-1', 'Resource')).toBe('cp-1');
  expect(address('[outer]', 'x', '[inner]', 'cp-1')).toBe('cp-1');
});

test.each([
  ['1st', '_1st'],
  ['-x', '_-x'],
  ['_x', '_x'],
  ['a.b c', 'a_b_c'],
  ['käse', 'k_se'],
  ['rtx 3090/pve1', 'rtx_3090_pve1'],
])('%j becomes the name %j', (id, name) => {
  expect(legalName(id)).toBe(name);
});

test('every id becomes a name that Terraform takes, and a legal one stays as it is', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, unit: 'binary' }), (id) => {
      expect(legalName(id)).toMatch(/^[A-Za-z_][A-Za-z0-9_-]*$/);
      expect(legalName(legalName(id))).toBe(legalName(id));
    }),
  );
});
