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

/** What the caller may do, by path: `{ '/': { 'VM.Audit': 1 } }`. */
function permissions({ state, who }: Call): unknown {
  const acl = state.accounts.get(who.id)?.acl ?? {};
  return Object.fromEntries(
    Object.entries(acl).map(([path, names]) => [path, Object.fromEntries(names.map((name) => [name, 1]))]),
  );
}
