import { privilegesOf } from '../auth/privileges';
import { login } from '../auth/authenticate';
import { route, type Call, type Route } from '../server/call';

export const accessRoutes: readonly Route[] = [
  { ...route('POST', '/access/ticket', ticket), open: true },
  route('GET', '/access/permissions', permissions),
];

function ticket(call: Call): unknown {
  const realm = call.optional('realm');
  const user = call.text('username');
  return login(
    call.state,
    realm === undefined || user.includes('@') ? user : `${user}@${realm}`,
    call.text('password'),
  );
}

/** What the caller may do, by path: `{ '/': { 'VM.Audit': 1 } }`; 1 says that it holds below too. Paths without any are left out. */
function permissions(call: Call): unknown {
  const { state, who } = call;
  const path = call.optional('path');
  const listed =
    path === undefined ? [...TOP, ...Object.keys(state.accounts.get(who.id)?.acl ?? {})] : [path];
  const held = [...new Set(listed)].map((at): [string, Record<string, 1>] => [
    at,
    Object.fromEntries(
      privilegesOf(state.version).flatMap((name) => (call.has(at, name) ? [[name, 1]] : [])),
    ),
  ]);
  return Object.fromEntries(held.filter(([at, names]) => at === path || Object.keys(names).length > 0));
}

/** Paths that are listed whatever the roles are about. */
const TOP = ['/', '/access', '/access/groups', '/nodes', '/pool', '/sdn', '/storage', '/vms'];
