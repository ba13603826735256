import { tokenVariable } from '../cluster/variables';
import { clusterRule, error } from './lib/rule';

export const tokenFormat = clusterRule(
  'token-format',
  'Ids of API tokens are user@realm!tokenid, without the secret',
  function* ({ definition, servers }) {
    for (const { key, path } of servers) {
      const id = definition.proxmox_servers?.[key]?.api_token_id;
      const problem = id ? tokenProblem(id, key) : undefined;
      if (problem !== undefined) yield error([...path, 'api_token_id'], problem);
    }
  },
);

/** Nothing of a value without `user@realm!` is shown: it may be the secret itself. */
function tokenProblem(id: string, key: string): string | undefined {
  const [, whole = ''] =
    /^(?:PVEAPIToken=)?([^\s:/!="'$%{}\\]+@[A-Za-z][\w.-]+![A-Za-z][\w.-]+)/.exec(id) ?? [];
  if (whole === id) return undefined;
  if (id.slice(whole.length).includes('=')) {
    const short = whole === '' ? 'write user@realm!tokenid alone' : `write "${whole}"`;
    return `the secret is in here too; ${short}, set TF_VAR_${tokenVariable(key)} instead and rotate the token`;
  }
  const user = /^[^\s:/!="'$%{}\\]+@[A-Za-z][\w.-]+(?=!|$)/.exec(id)?.[0];
  if (user === undefined) return 'expected user@realm!tokenid; write it like terraform@pve!talos';
  if (user === id)
    return `expected user@realm!tokenid; "!tokenid" is missing, write "${user}!" and the name of the token`;
  return `expected user@realm!tokenid; the part after "${user}!" is not a token id, which has letters, digits, ".", "_" and "-"`;
}
