import { ROLE_FACTS, ROLES } from '../cluster/roles';
import { clusterRule, warning } from './lib/rule';

export const starterListPosition = clusterRule(
  'starter-list-position',
  'The identity of a node does not depend on its place in a list, as it does in a starter file',
  function* ({ definition, source }) {
    if (!source.starter) return;
    for (const { key, title } of ROLES.map((role) => ROLE_FACTS[role])) {
      const count = definition[key]?.length ?? 0;
      if (count === 0) continue;
      const message = `MAC and VMID of each ${title} follow from its place in this list, so removing one rebuilds all that come after it; run npm run import to give each an index of its own`;
      yield { ...warning([key], message), atKey: true };
    }
  },
);
