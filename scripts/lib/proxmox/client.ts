import { parseJson } from '../../../model/support/json';
import { createSecureContext, type SecureVersion } from 'node:tls';
import { Agent, request } from 'undici';
import type { z } from 'zod';
import type { Server } from '../../../model/cluster/cluster';
import type { AccessProblem, Answer } from '../../../model/proxmox/snapshot';
import { errorCode } from '../../../model/support/files';
import { textUpTo } from '../platform/http';
import type { Token } from './token';

/** At most so many requests at once to one server: pveproxy has three workers. */
const CONNECTIONS = 8;

/** More than any answer of Proxmox VE: that for 10,000 VMs of a cluster has some 8 MB. */
const MAX_BYTES = 32 * 1024 * 1024;

/** After so many answers that did not come in time, one after the other, a server is not asked any more. */
const MAX_LATE = 2 * CONNECTIONS;

export interface ClientOptions {
  readonly token: Token;
  /** PEM texts. */
  readonly authorities: readonly string[];
  /** Milliseconds per request, from its start to the last byte of its answer. */
  readonly timeout: number;
}

/**
 * GET requests to one server; each path is asked once, however many checks want to know. There is one door for what changes
 * something, which only `restart` uses.
 */
export class ProxmoxClient {
  private readonly agent: Agent;
  private readonly asked = new Map<string, Promise<Reply>>();
  private readonly base: string;
  private readonly turns = new RequestQueue(CONNECTIONS);
  private late = 0;

  constructor(
    { endpoint, insecure, minTls }: Pick<Server, 'endpoint' | 'insecure' | 'minTls'>,
    private readonly options: ClientOptions,
  ) {
    this.base = `${endpoint}api2/json`;
    const { timeout, authorities } = options;
    this.agent = new Agent({
      connections: CONNECTIONS,
      headersTimeout: timeout,
      bodyTimeout: timeout,
      connect: {
        timeout,
        rejectUnauthorized: !insecure,
        // Once: to read the authorities of a system takes longer than all requests.
        secureContext: createSecureContext({
          ...(insecure ? {} : { ca: [...authorities] }),
          minVersion: `TLSv${minTls}` as SecureVersion,
        }),
      },
    });
  }

  /** The answer to a question, or why there is none, in the form that the schema describes. */
  async get<T>(path: string, schema: z.ZodType<T>): Promise<Answer<T>> {
    const reply = await this.reply(path);
    const problem = 'problem' in reply ? describe(reply.problem) : statusText(reply);
    if ('problem' in reply || problem !== undefined)
      return { ok: false, reason: `GET ${path}: ${problem ?? ''}` };
    const parsed = schema.safeParse(reply.data);
    if (parsed.success) return { ok: true, value: parsed.data };
    const where = parsed.error.issues[0]?.path.join('.') ?? '';
    return { ok: false, reason: `GET ${path}: the answer has a form that is not known (at "${where}")` };
  }

  /** Has the server begin something. */
  async post(path: string): Promise<Answer<undefined>> {
    const reply = await this.turns.take(() => this.send(path, 'POST'));
    const problem = 'problem' in reply ? describe(reply.problem) : statusText(reply);
    return problem === undefined
      ? { ok: true, value: undefined }
      : { ok: false, reason: `POST ${path}: ${problem}` };
  }

  /** Whether the server is one that answers us: the first question, because everything else fails for the same reason. */
  async probe<T>(path: string, schema: z.ZodType<T>): Promise<{ value: T } | { problem: AccessProblem }> {
    const reply = await this.reply(path);
    if ('problem' in reply) return reply;
    const { status, reason } = reply;
    if (status === 401 || status === 403 || status >= 500)
      return { problem: { kind: 'refused', status, reason } };
    const parsed = schema.safeParse(reply.data);
    return parsed.success
      ? { value: parsed.data }
      : { problem: { kind: 'not-proxmox', reason: `${status} ${reason}`.trim() } };
  }

  close(): Promise<void> {
    return this.agent.destroy();
  }

  private reply(path: string): Promise<Reply> {
    const known = this.asked.get(path) ?? this.turns.take(() => this.inTime(path));
    this.asked.set(path, known);
    return known;
  }

  /** A server that is late again and again would keep a person waiting for each of hundreds of answers. */
  private async inTime(path: string): Promise<Reply> {
    const lateness = { kind: 'timeout', seconds: this.options.timeout / 1000 } as const;
    if (this.late >= MAX_LATE) return { problem: lateness };
    const reply = await this.send(path);
    this.late = 'problem' in reply && reply.problem.kind === 'timeout' ? this.late + 1 : 0;
    return reply;
  }

  private async send(path: string, method: 'GET' | 'POST' = 'GET'): Promise<Reply> {
    const { token, timeout } = this.options;
    try {
      const {
        statusCode,
        statusText: phrase,
        body,
      } = await request(`${this.base}${path}`, {
        method,
        dispatcher: this.agent,
        // Of the whole call: the limits of undici start anew with each byte.
        signal: AbortSignal.timeout(timeout),
        headers: { authorization: `PVEAPIToken=${token.id}=${token.secret}` },
      });
      const text = await textUpTo(MAX_BYTES, body);
      if (text === undefined) {
        const size = `${MAX_BYTES / 1024 / 1024} MB`;
        return { problem: { kind: 'unreachable', reason: `the answer has more than ${size}` } };
      }
      const reason = phrase.replaceAll(token.secret, '<secret>');
      return { status: statusCode, reason, data: dataOf(text) };
    } catch (cause) {
      return { problem: problemOf(cause, timeout) };
    }
  }
}

/** Lets so many do their work at once, in the order in which they come: the time of a request starts with its turn. */
class RequestQueue {
  private readonly waiting: (() => void)[] = [];

  constructor(private free: number) {}

  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.free > 0) this.free--;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.free++;
    }
  }
}

type Reply =
  | { readonly status: number; readonly reason: string; readonly data: unknown }
  | { readonly problem: AccessProblem };

function dataOf(text: string): unknown {
  const json = parseJson(text);
  return 'value' in json ? (json.value as { data?: unknown } | null)?.data : undefined;
}

/** `403 Permission check failed (/, Sys.Audit)`, of an answer that is none. */
const statusText = (reply: Reply): string | undefined =>
  'status' in reply && reply.status !== 200 ? `${reply.status} ${reply.reason}`.trim() : undefined;

const describe = (problem: AccessProblem): string =>
  problem.kind === 'timeout'
    ? `no answer within ${problem.seconds} s`
    : 'reason' in problem
      ? problem.reason
      : problem.kind;

/** What went wrong before there was an answer. Codes of OpenSSL and of the system are stable, texts are not. */
function problemOf(cause: unknown, timeout: number): AccessProblem {
  const code = errorCode(cause);
  const text = (cause instanceof Error ? cause.message : String(cause)).replace(/^Error: /, '');
  const isLate = (cause as { readonly name?: unknown } | null)?.name === 'TimeoutError';
  if (isLate || /^UND_ERR_(CONNECT|HEADERS|BODY)_TIMEOUT$/.test(code))
    return { kind: 'timeout', seconds: timeout / 1000 };
  if (/^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w+)$/.test(code))
    return { kind: 'certificate', fault: 'unknown-authority', reason: text };
  if (code === 'CERT_HAS_EXPIRED') return { kind: 'certificate', fault: 'expired', reason: text };
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return { kind: 'certificate', fault: 'other-host', reason: namesIn(text) };
  if (code === 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' || code === 'ERR_SSL_UNSUPPORTED_PROTOCOL')
    return { kind: 'certificate', fault: 'protocol', reason: code };
  if (/^(ERR_SSL_|EPROTO|CERT_)/.test(code)) return { kind: 'certificate', fault: 'other', reason: code };
  return { kind: 'unreachable', reason: code === 'unknown reason' ? text : code };
}

/** The part of Node's text that says which names there are. */
const namesIn = (text: string): string =>
  /altnames: (.*)$|cert's (.*)$/.exec(text)?.slice(1).find(Boolean) ?? text;
