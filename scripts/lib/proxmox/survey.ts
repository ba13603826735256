import type { z } from 'zod';
import { accessFindings } from '../../../model/doctor/access';
import type { ServerDraft } from '../../../model/cluster/definition/draft';
import { SERVER_DEFAULTS } from '../../../model/cluster/server';
import { seenGuest, seenMappings, seenServer } from '../../../model/init/see';
import type { SeenServer, Survey } from '../../../model/init/survey';
import * as answers from '../../../model/proxmox/answers';
import { byBytes } from '../../../model/support/text';
import { ProxmoxClient } from './client';
import { tokenOf } from './token';
import { trustedAuthorities } from './trust';

/** A server that a person names. */
export interface NamedServer {
  readonly key: string;
  /** `https://192.168.10.5:8006/` */
  readonly url: string;
}

export interface SurveyOptions {
  readonly env: NodeJS.ProcessEnv;
  /** Milliseconds per request. */
  readonly timeout: number;
  /** Whether certificates are taken unchecked. */
  readonly insecure: boolean;
}

/** A server that has let us in. */
interface Entered extends NamedServer {
  readonly client: ProxmoxClient;
  readonly version: string;
  readonly status: answers.ClusterStatus;
}

/** Stops the work on one server, with the reason for a person. */
class NoAnswer extends Error {}

/**
 * Asks servers what they have, by GET requests only, and the members of their Proxmox clusters through them.
 *
 * @returns what they said, or everything that kept them from it
 */
export async function surveyServers(
  named: readonly NamedServer[],
  options: SurveyOptions,
): Promise<Survey | { readonly problems: readonly string[] }> {
  const clients: ProxmoxClient[] = [];
  const problems: string[] = [];
  const tried = async <T>(key: string, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (reason) {
      if (!(reason instanceof NoAnswer)) throw reason;
      problems.push(`${key}: ${reason.message}`);
      return undefined;
    }
  };
  try {
    const entered = await Promise.all(named.map((one) => tried(one.key, () => enter(one, options, clients))));
    const inside = entered.filter((one) => one !== undefined);
    const sites = new Map<string, Entered[]>();
    for (const one of inside) {
      const site = clusterOf(one.status) ?? one.key;
      sites.set(site, [...(sites.get(site) ?? []), one]);
    }
    const seen = await Promise.all(
      [...sites].map(([site, of]) => tried(of[0]?.key ?? site, () => seeSite(site, of, options))),
    );
    if (problems.length > 0) return { problems: problems.sort(byBytes) };
    const all = seen.filter((one) => one !== undefined);
    return {
      format_version: 1,
      servers: Object.fromEntries(all.flatMap(({ servers }) => servers).sort(([a], [b]) => byBytes(a, b))),
      guests: all.flatMap(({ guests }) => guests),
      mappings: all.flatMap(({ mappings }) => mappings),
    };
  } finally {
    await Promise.all(clients.map((client) => client.close()));
  }
}

async function enter(
  { key, url }: NamedServer,
  { env, timeout, insecure }: SurveyOptions,
  clients: ProxmoxClient[],
): Promise<Entered> {
  const server: ServerDraft = {
    ...SERVER_DEFAULTS,
    ...{ key, endpoint: url, insecure, path: ['proxmox_servers', key] },
    ...{ nodeName: '', site: key, siteName: key, diskStorages: [] },
  };
  const token = tokenOf(server, env);
  const stop = (problem: Parameters<typeof accessFindings>[1]): never => {
    const [first] = accessFindings(server, problem);
    throw new NoAnswer(first?.message ?? 'does not answer');
  };
  if (!('secret' in token)) return stop({ problem: token });
  const client = new ProxmoxClient(server, { token, timeout, authorities: trustedAuthorities(env) });
  clients.push(client);
  const entry = await client.probe('/version', answers.versionAnswer);
  if (!('value' in entry)) return stop({ problem: entry.problem, tokenId: token.id });
  const status = await ask(client, '/cluster/status', answers.clusterStatusAnswer);
  return { key, url, client, version: entry.value.version, status };
}

async function ask<T>(client: ProxmoxClient, path: string, schema: z.ZodType<T>): Promise<T> {
  const answer = await client.get(path, schema);
  if (answer.ok) return answer.value;
  throw new NoAnswer(answer.reason);
}

const clusterOf = (status: answers.ClusterStatus): string | undefined =>
  status.find(({ type }) => type === 'cluster')?.name;

/** What a Proxmox cluster, or a server alone, has. */
async function seeSite(
  site: string,
  entered: readonly Entered[],
  { insecure }: SurveyOptions,
): Promise<Pick<Survey, 'guests' | 'mappings'> & { servers: [string, SeenServer][] }> {
  const [first] = entered;
  if (!first) throw new NoAnswer('does not answer');
  const { client, status } = first;
  const cluster = clusterOf(status);
  const own = entered.map((one) => ({ ...one, node: nodeOf(one) }));
  const known = new Set(own.map(({ node }) => node));
  const port = new URL(first.url).port || '443';
  const others = status
    .filter(({ type, name, online, ip }) => type === 'node' && online && ip && !known.has(name))
    .map(({ name, ip = '' }) => ({
      ...first,
      key: name,
      node: name,
      url: `https://${bracketed(ip)}:${port}/`,
    }));
  const servers = [...own, ...others].map(async (one): Promise<[string, SeenServer]> => {
    const head = {
      api_url: one.url,
      node_name: one.node,
      ...(cluster === undefined ? {} : { proxmox_cluster: cluster }),
      ...(insecure ? { tls_insecure: true } : {}),
    };
    return [one.key, seenServer(head, { version: one.version, ...(await nodeFacts(one.client, one.node)) })];
  });
  const guests = await ask(client, '/cluster/resources?type=vm', answers.guestsAnswer);
  const seen = guests.map(async (guest) => {
    const path = `/nodes/${encodeURIComponent(guest.node)}/${guest.type}/${guest.vmid}/config`;
    const config = await client.get(path, answers.configAnswer);
    // A guest on a node that is off does not tell its configuration: its VMID is known all the same.
    return seenGuest(site, guest, config.ok ? config.value : {});
  });
  const mappings = await ask(client, '/cluster/mapping/pci', answers.mappingsAnswer);
  return {
    servers: await Promise.all(servers),
    guests: (await Promise.all(seen)).sort((a, b) => a.vm_id - b.vm_id),
    mappings: seenMappings(site, mappings),
  };
}

/** A member of a cluster is meant by its name; else the one that answers. */
function nodeOf({ key, status }: Entered): string {
  const nodes = status.filter(({ type }) => type === 'node');
  const found =
    nodes.find(({ name }) => name === key) ?? nodes.find(({ local }) => local === true) ?? nodes[0];
  if (found) return found.name;
  throw new NoAnswer('GET /cluster/status names no node');
}

const bracketed = (ip: string): string => (ip.includes(':') ? `[${ip}]` : ip);

async function nodeFacts(client: ProxmoxClient, name: string) {
  const node = `/nodes/${encodeURIComponent(name)}`;
  const [status, storages, interfaces, pci] = await Promise.all([
    ask(client, `${node}/status`, answers.nodeStatusAnswer),
    ask(client, `${node}/storage?format=1`, answers.storagesAnswer),
    ask(client, `${node}/network`, answers.networkAnswer),
    ask(client, `${node}/hardware/pci`, answers.pciAnswer),
  ]);
  return { status, storages, interfaces, pci };
}
