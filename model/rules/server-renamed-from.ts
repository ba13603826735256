import { SERVER_KEY } from './lib/names';
import { clusterRule, error } from './lib/rule';

export const serverRenamedFrom = clusterRule(
  'server-renamed-from',
  'The `renamed_from` of a server is a key that no server has any more, and that no other server had',
  function* ({ servers }) {
    const owners = new Map<string, string>();
    for (const { key, renamedFrom, path } of servers) {
      if (renamedFrom === undefined) continue;
      const where = [...path, 'renamed_from'];
      const owner = owners.get(renamedFrom);
      if (!SERVER_KEY.test(renamedFrom)) {
        yield error(
          where,
          `"${renamedFrom}" was never the key of a server, which has only letters, digits, "_" and "-"; write the former key`,
        );
      } else if (servers.some((server) => server.key === renamedFrom)) {
        yield error(
          where,
          `"${renamedFrom}" is still the key of a server; remove renamed_from, or rename that server`,
        );
      } else if (owner !== undefined) {
        yield error(
          where,
          `"${renamedFrom}" was also the key of "${owner}"; keep renamed_from at one of them`,
        );
      }
      owners.set(renamedFrom, owner ?? key);
    }
  },
);
