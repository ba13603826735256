import { forbidden, PveError } from '../errors';
import type { SiteState } from '../store/site';

/** Who asks. */
export interface Identity {
  /** `user@realm` or `user@realm!tokenid`, as it is in task ids. */
  readonly id: string;
  /** root@pam with its password: not even a token of root@pam is that. */
  readonly isRoot: boolean;
}

/** Which privileges a request needs: the same terms as in Proxmox's own API description. */
export type Check =
  | {
      readonly path: string;
      readonly privileges: readonly string[];
      /** One of them is enough. */
      readonly any?: boolean;
      /** Holds only for requests with this parameter. */
      readonly requires?: string;
    }
  | { readonly and: readonly Check[] }
  | { readonly or: readonly Check[] };

export const perm = (path: string, ...privileges: string[]): Check => ({ path, privileges });
export const permAny = (path: string, ...privileges: string[]): Check => ({ path, privileges, any: true });

/** Whether someone has a privilege on a path. */
export function has(state: SiteState, who: Identity, path: string, privilege: string): boolean {
  if (who.isRoot || effective(state, who, path).includes(privilege)) return true;
  // A VM or a storage in a pool has the privileges of the pool too.
  return state
    .poolsOf(path)
    .some(({ poolid }) => effective(state, who, `/pool/${poolid}`).includes(privilege));
}

/** The privileges at the deepest path that says something: roles propagate and deeper ones replace. */
function effective(state: SiteState, { id }: Identity, path: string): readonly string[] {
  const acl = state.accounts.get(id)?.acl ?? {};
  for (let at = path; at !== ''; at = at.slice(0, at.lastIndexOf('/'))) {
    const privileges = acl[at];
    if (privileges) return privileges;
  }
  return acl['/'] ?? [];
}

/** Throws 403 for the first privilege that is missing. */
export function assertPrivileges(
  state: SiteState,
  who: Identity,
  path: string,
  ...privileges: readonly string[]
): void {
  const missing = privileges.find((privilege) => !has(state, who, path, privilege));
  if (missing !== undefined) throw forbidden(path, missing);
}

/** Throws 403 unless there is one of them. */
export function assertAny(
  state: SiteState,
  who: Identity,
  path: string,
  ...privileges: readonly string[]
): void {
  if (!privileges.some((privilege) => has(state, who, path, privilege))) {
    throw forbidden(path, privileges.join('|'));
  }
}

/** Throws 403 unless the check holds; `{name}` in its paths comes from the parameters. */
export function assertCheck(
  state: SiteState,
  who: Identity,
  check: Check,
  parameter: (name: string) => string | undefined,
): void {
  if ('and' in check) {
    for (const part of check.and) assertCheck(state, who, part, parameter);
  } else if ('or' in check) {
    if (!check.or.some((part) => holds(state, who, part, parameter))) {
      throw new PveError(403, 'Permission check failed');
    }
  } else {
    const path = check.path.replace(/\{([a-z]+)\}/g, (_, name: string) => parameter(name) ?? '');
    (check.any ? assertAny : assertPrivileges)(state, who, path, ...check.privileges);
  }
}

function holds(
  state: SiteState,
  who: Identity,
  check: Check,
  parameter: (name: string) => string | undefined,
): boolean {
  if ('requires' in check && check.requires !== undefined && parameter(check.requires) === undefined)
    return false;
  try {
    assertCheck(state, who, check, parameter);
    return true;
  } catch (error) {
    if (error instanceof PveError && error.status === 403) return false;
    throw error;
  }
}
