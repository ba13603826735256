import fc from 'fast-check';
import { ownTags, roleInTags } from '../../../model/cluster/role-tags';
import { ROLES } from '../../../model/cluster/roles';

const role = fc.constantFrom(...ROLES);
const word = fc.oneof(fc.stringMatching(/^[a-z][a-z0-9-]{0,10}$/), role);

test('the role that is written into tags is read out of them, in any order, also of a cluster that is called like a role', () => {
  fc.assert(
    fc.property(role, word, fc.array(word), (own, cluster, further) => {
      const others = further.filter((tag) => !ROLES.some((known) => known === tag));
      const tags = [...new Set([...others, ...ownTags(own, cluster)])].sort();
      expect(roleInTags(tags, [cluster])).toBe(own);
    }),
  );
});

test('tags that name no role, or several, tell none', () => {
  expect(roleInTags([])).toBeUndefined();
  expect(roleInTags(['talos', 'home'])).toBeUndefined();
  expect(roleInTags([...ownTags('worker', 'home'), 'control-plane'], ['home'])).toBeUndefined();
});
