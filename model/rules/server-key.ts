import { tokenVariable } from '../cluster/variables';
import { SERVER_KEY, use } from './lib/names';
import { clusterRule, error } from './lib/rule';

export const serverKey = clusterRule(
  'server-key',
  'Keys of `proxmox_servers` have only letters, digits, `_` and `-`, and give each server a token variable of its own',
  function* ({ servers }) {
    const owners = new Map<string, string>();
    for (const { key, path } of servers) {
      const variable = tokenVariable(key);
      const owner = owners.get(variable);
      if (!SERVER_KEY.test(key)) {
        const repaired = key.replace(/[^A-Za-z0-9_-]+/g, '-').replace(/^[-_]+|-+$/g, '');
        const message = `"${key}" may have only letters, digits, "_" and "-", and starts with a letter or digit`;
        yield { ...error(path, message + use(repaired, 'write a key, e.g. "pve1"')), atKey: true };
      } else if (owner !== undefined) {
        const message = `"${key}" and "${owner}" would both take their token from the variable ${variable}; rename one`;
        yield { ...error(path, message), atKey: true };
      }
      owners.set(variable, owner ?? key);
    }
  },
);
