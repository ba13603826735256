import type { Permissions } from './answers';

/**
 * Whether a privilege holds on a path, from what `GET /access/permissions` lists: that of the deepest listed path on the
 * way, which counts below itself only if it propagates. Roles on deeper paths replace those above.
 */
export function holds(permissions: Permissions, path: string, privilege: string): boolean {
  for (let at = path; ; at = parentOf(at)) {
    const privileges = permissions[at];
    if (privileges) {
      const propagates = privileges[privilege];
      return propagates !== undefined && (at === path || propagates === 1);
    }
    if (at === '/') return false;
  }
}

const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/';
