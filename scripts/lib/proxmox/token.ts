import type { Server } from '../../../model/cluster/cluster';
import type { AccessProblem } from '../../../model/proxmox/snapshot';
import { tokenVariable } from '../../../model/cluster/variables';

export interface Token {
  /** `user@realm!tokenid` */
  readonly id: string;
  readonly secret: string;
}

/** The API token of a server, from the variable that Terraform reads too; the form is that of the provider. */
export function tokenOf({ key }: Server, env: NodeJS.ProcessEnv): Token | AccessProblem {
  const value = env[`TF_VAR_${tokenVariable(key)}`];
  if (!value) return { kind: 'no-token' };
  const [, id, secret] = /^(\S+@\S+!\S+)=([a-zA-Z0-9-]+)$/.exec(value) ?? [];
  return id === undefined || secret === undefined ? { kind: 'malformed-token' } : { id, secret };
}
