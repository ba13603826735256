import fc from 'fast-check';
import { madeByTemplate, patchId, readPatchId, setId, type PatchOwner } from '../../../model/omni/patch-ids';

const name = fc.oneof(
  fc.stringMatching(/^[a-z][a-z0-9-]{0,20}[a-z0-9]$/),
  fc.constantFrom('cm', 'cluster', 'cm-x', 'cluster-a', 'cmx'),
);
const owner: fc.Arbitrary<PatchOwner> = fc.oneof(
  fc.record({ level: fc.constant('cluster' as const), cluster: name }),
  fc.record({ level: fc.constant('set' as const), cluster: name, set: name }),
  fc.record({ level: fc.constant('machine' as const), uuid: fc.uuid() }),
);

const idOf = (of: PatchOwner): string =>
  of.level === 'cluster' ? of.cluster : of.level === 'set' ? setId(of.cluster, of.set) : of.uuid;

test('what is written into the id of a patch is read out of it', () => {
  fc.assert(
    fc.property(owner, name, fc.boolean(), (of, patch, user) => {
      const id = patchId(of, patch, { user });
      expect(readPatchId(id)).toEqual({ level: of.level, owner: idOf(of), name: patch, user });
      expect(madeByTemplate(id)).toBe(true);
    }),
  );
});

test.each(['my-patch', '500-home', '300-cluster-home.x', '200-home.x', '000-cm-x-install'])(
  '%s is of somebody else',
  (id) => {
    expect(readPatchId(id)).toBeUndefined();
    expect(madeByTemplate(id)).toBe(false);
  },
);

test('the patch that Omni makes for an install disk is made by a template', () => {
  expect(madeByTemplate('000-cm-11111111-1111-4111-8111-000000000001-install-disk')).toBe(true);
});
