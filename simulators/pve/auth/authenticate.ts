import { randomBytes } from 'node:crypto';
import { PveError } from '../errors';
import type { SiteState } from '../store/site';
import type { Identity } from './permissions';

/** The parts of a request that say who sends it. */
export interface Credentials {
  readonly method: string;
  readonly authorization?: string | undefined;
  readonly cookie?: string | undefined;
  readonly csrf?: string | undefined;
}

const unauthorized = (message: string): PveError => new PveError(401, message);

/** Token or ticket; throws 401. */
export function authenticate(
  state: SiteState,
  { method, authorization, cookie, csrf }: Credentials,
): Identity {
  const token = /^PVEAPIToken[= ](.*)$/.exec(authorization ?? '')?.[1];
  if (token !== undefined) return byToken(state, token);

  const ticket = /(?:^|;\s*)PVEAuthCookie=([^;]*)/.exec(cookie ?? '')?.[1];
  if (ticket === undefined) throw unauthorized('No ticket');
  const session = state.tickets.get(decodeURIComponent(ticket));
  if (!session) throw unauthorized('invalid PVE ticket');
  if (method !== 'GET' && csrf !== session.csrf) {
    throw unauthorized('Permission denied - invalid csrf token');
  }
  return { id: session.user, isRoot: session.user === 'root@pam' };
}

function byToken(state: SiteState, text: string): Identity {
  const match = /^([^\s!=]+)!([^\s=]+)=(.*)$/.exec(text);
  if (!match) throw unauthorized('invalid token format');
  const [, user = '', tokenId = '', secret = ''] = match;
  const account = state.accounts.get(`${user}!${tokenId}`);
  if (!account) {
    const isUser = [...state.accounts.keys()].some((id) => id === user || id.startsWith(`${user}!`));
    throw unauthorized(isUser ? `no such token '${tokenId}' for user '${user}'` : `no such user ('${user}')`);
  }
  if (account.secret !== secret) throw unauthorized('invalid token value!');
  return { id: account.id, isRoot: false };
}

/** What `POST /access/ticket` answers. */
export interface Session {
  readonly username: string;
  readonly ticket: string;
  readonly CSRFPreventionToken: string;
  readonly cap: Readonly<Record<string, unknown>>;
}

/** Logs a user in with a password, or with a ticket as the password. */
export function login(state: SiteState, user: string, password: string): Session {
  const known = state.tickets.get(password)?.user === user;
  const account = state.accounts.get(user);
  if (!account || !(known || account.secret === password)) throw unauthorized('authentication failure');
  const time = Math.floor(Date.now() / 1000)
    .toString(16)
    .toUpperCase();
  const ticket = `PVE:${user}:${time}::${randomBytes(32).toString('base64')}`;
  const csrf = `${time}:${randomBytes(20).toString('base64')}`;
  state.tickets.set(ticket, { user, csrf });
  return { username: user, ticket, CSRFPreventionToken: csrf, cap: {} };
}
