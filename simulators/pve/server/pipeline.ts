import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { authenticate } from '../auth/authenticate';
import { assertCheck, type Identity } from '../auth/permissions';
import { failure, messageOf, parameterError, PveError } from '../errors';
import type { FaultSpec } from '../faults';
import type { SiteRuntime } from '../site';
import type { TaskFault } from '../tasks';
import { redact, type AccessLog, type Params } from './access-log';
import { Call, type Route } from './call';
import { decode } from './parameters';

/** Nobody: for the few paths that need no login. */
const ANYBODY: Identity = { id: 'anybody', isRoot: false };

/** What to send; undefined: the connection is left alone or closed. */
interface Outcome {
  readonly status: number;
  readonly data?: unknown;
  readonly error?: PveError;
  readonly fault?: string;
  readonly violation?: Readonly<Record<string, string>>;
}

/** Everything of a request that is known before it is carried out. */
interface Received {
  readonly path: string;
  readonly params: Params;
  readonly outcome: Outcome;
  readonly user?: string;
}

/** Answers one request of a known path: login → privileges → node → schema → faults → handler. */
export async function serve(site: SiteRuntime, route: Route, request: FastifyRequest, reply: FastifyReply) {
  const start = performance.now();
  const received = await receive(site, route, request);
  const { status, data, error, fault, violation } = received.outcome;
  site.log({
    method: route.method,
    path: received.path,
    template: route.template,
    parameters: redact(received.params),
    ...(received.user === undefined ? {} : { user: received.user }),
    status,
    ...(error ? { reason: error.message } : {}),
    ms: Math.round(performance.now() - start),
    ...(fault === undefined ? {} : { fault }),
    ...(violation === undefined ? {} : { violation }),
  });
  if (status === 0) {
    reply.hijack();
    // A request that hangs keeps its connection until the server closes.
    if (fault !== 'hang') request.raw.socket.destroy();
    return reply;
  }
  return error ? sendError(reply, error) : reply.code(status).send({ data: data ?? null });
}

async function receive(site: SiteRuntime, route: Route, request: FastifyRequest): Promise<Received> {
  const path = pathOf(request);
  let params: Params = {};
  let who: Identity | undefined;
  try {
    const { params: sent, upload } = await decode(request);
    params = { ...sent, ...pathParameters(route, request) };
    who = route.open === true ? ANYBODY : authenticate(site.state, credentials(request));
    const identity = who;
    const value = (name: string): string | undefined => text(params[name]);
    const check = (site.state.major < 9 ? route.checkIn8 : undefined) ?? route.check;
    if (check) assertCheck(site.state, identity, check, value);
    assertNode(site, value('node'));
    assertQuorum(site, route);
    const violation = site.schema?.check(route.method, route.template, params, site.state);
    if (violation) {
      return { path, params, user: who.id, outcome: { ...failed(parameterError(violation)), violation } };
    }
    const fault = site.faults.take(route.method, path, params);
    if (fault?.down !== undefined) goDown(site, fault.down);
    const outcome = await carryOut(fault, (taskFault) =>
      route.handler(new Call(site.state, site.tasks, identity, params, upload, taskFault)),
    );
    return { path, params, user: who.id, outcome };
  } catch (error) {
    return { path, params, outcome: failed(error), ...(who ? { user: who.id } : {}) };
  }
}

/** Runs the handler, with what an injected fault makes of it. */
async function carryOut(
  fault: FaultSpec | undefined,
  handler: (taskFault?: TaskFault) => unknown,
): Promise<Outcome> {
  if (!fault) return run(handler);
  if (fault.delay !== undefined) await sleep(fault.delay, undefined, { ref: false });
  const name = nameOf(fault);
  if (fault.task !== undefined || fault.warning !== undefined || fault.endless === true) {
    return { ...(await run(() => handler(fault))), fault: name };
  }
  if (isOnlySlow(fault)) return { ...(await run(handler)), fault: name };
  if (fault.afterwards === true) await run(handler);
  if (fault.drop === true || fault.hang === true || fault.down !== undefined)
    return { status: 0, fault: name };
  if (fault.status === undefined || fault.status === 200)
    return { status: 200, data: fault.data, fault: name };
  return {
    ...failed(new PveError(fault.status, fault.message ?? 'injected fault', fault.errors)),
    fault: name,
  };
}

async function run(handler: () => unknown): Promise<Outcome> {
  try {
    return { status: 200, data: await handler() };
  } catch (error) {
    return failed(error);
  }
}

/** Not awaited: the request that finds the server going away is one of those that it ends. */
function goDown(site: SiteRuntime, ms: true | number): void {
  void site.down().then(async () => {
    if (ms === true) return;
    await sleep(ms, undefined, { ref: false });
    if (!site.tasks.isClosed) await site.up();
  });
}

const isOnlySlow = ({ status, drop, hang, down, data }: FaultSpec): boolean =>
  status === undefined && drop !== true && hang !== true && down === undefined && data === undefined;

function nameOf({ drop, hang, down, task, endless, warning, status, delay }: FaultSpec): string {
  if (drop === true) return 'drop';
  if (hang === true) return 'hang';
  if (down !== undefined) return 'down';
  if (task !== undefined) return `task: ${task}`;
  if (endless === true) return 'endless task';
  if (warning !== undefined) return `warning: ${warning}`;
  return status === undefined ? `delay ${delay ?? 0}` : `status ${status}`;
}

/** An error of ours that Proxmox could not answer is answered as 500 all the same, so that tests see its text. */
function failed(error: unknown): Outcome {
  const known = error instanceof PveError ? error : new PveError(500, messageOf(error));
  return { status: known.status, error: known };
}

/**
 * A node that does not exist cannot be looked up, and one that is off cannot be reached; all others of a site answer
 * for each other.
 */
function assertNode(site: SiteRuntime, name: string | undefined): void {
  if (name === undefined) return;
  const node = site.state.nodes.get(name);
  if (!node) {
    const text = `hostname lookup '${name}' failed - failed to get address info for: ${name}: Name or service not known`;
    throw new PveError(596, text);
  }
  if (node.offline) throw new PveError(595, 'No route to host');
}

/** Without most of its nodes a cluster can be read, and guests can be stopped, but nothing can be written. */
function assertQuorum({ state }: SiteRuntime, { method, template }: Route): void {
  if (method === 'GET' || state.isQuorate || /\/access\/|\/status\/(stop|shutdown)$|\/tasks\//.test(template))
    return;
  throw failure('cluster not ready - no quorum?');
}

/** `{node}` and the like; the last part of a template may hold slashes. */
function pathParameters({ template }: Route, request: FastifyRequest): Record<string, string> {
  const values = request.params as Readonly<Record<string, string>>;
  const last = /\{([a-z]+)\}$/.exec(template)?.[1];
  const { '*': rest, ...named } = values;
  return rest === undefined || last === undefined ? named : { ...named, [last]: rest };
}

const credentials = ({ method, headers }: FastifyRequest) => ({
  method,
  authorization: headers.authorization,
  cookie: headers.cookie,
  csrf: text(headers.csrfpreventiontoken),
});

const text = (value: string | readonly string[] | undefined): string | undefined =>
  typeof value === 'string' ? value : value?.join(',');

/** The path that faults and tests name: decoded, without base, query and last slash. */
export function pathOf({ url }: FastifyRequest): string {
  const path = url.split('?')[0] ?? '';
  const bare = path.replace(/^\/api2\/(json|extjs)/, '').replace(/(?<=.)\/$/, '');
  try {
    return decodeURIComponent(bare);
  } catch {
    return bare;
  }
}

/** The message is the HTTP reason phrase, which may hold no line break and nothing beyond Latin-1. */
export function sendError(reply: FastifyReply, { status, message, errors }: PveError): FastifyReply {
  reply.raw.statusMessage = message.replace(/[^\t\x20-\x7e\x80-\xff]+/g, ' ').trim();
  return reply.code(status).send({ data: null, message: `${message}\n`, ...(errors ? { errors } : {}) });
}

/** The log entry of a request that no route takes. */
export const unknownEntry = (
  request: FastifyRequest,
  error: PveError,
): Omit<AccessLog, 'seq' | 'site'> & { readonly reason: string } => ({
  method: request.method,
  path: pathOf(request),
  template: pathOf(request),
  parameters: {},
  status: error.status,
  reason: error.message,
  ms: 0,
});
