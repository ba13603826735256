import type { ClusterDraft, ServerDraft } from '../../../model/cluster/definition/draft';
import * as answers from '../../../model/proxmox/answers';
import { hasAgent } from '../../../model/proxmox/config';
import type { SiteObjects } from '../../../model/proxmox/existing';
import { imagesOf } from '../../../model/doctor/lib/places';
import { COMMON_MODELS } from '../../../model/rules/lib/cpu-models';
import type {
  Answer,
  ClusterSnapshot,
  ServerAnswers,
  ServerSnapshot,
  SiteAnswers,
} from '../../../model/proxmox/snapshot';
import { errorCode, readIfThere } from '../../../model/support/files';
import { ProxmoxClient } from './client';
import { tokenOf } from './token';
import { trustedAuthorities } from './trust';

export interface CollectOptions {
  readonly env: NodeJS.ProcessEnv;
  /** Milliseconds per request. */
  readonly timeout: number;
}

/** A server that lets us in. */
interface Admitted {
  readonly client: ProxmoxClient;
  readonly tokenId: string;
  readonly version: string;
  readonly caFileNeeded?: string;
}

/** The guests of the site of a server, or why it does not tell. */
export type GuestsAnswer = Answer<readonly answers.Guest[]> | ServerSnapshot;

/** `agent` is absent where the VM has none. */
export interface VmAnswers {
  readonly config: Answer<answers.GuestConfig>;
  readonly agent?: Answer<answers.AgentNics>;
}

/** Asks the servers of definitions, all at once, and each nothing twice. */
export class Collector {
  private readonly clients: ProxmoxClient[] = [];
  private readonly admitted = new Map<string, Promise<Admitted | ServerSnapshot>>();
  private readonly authorities: readonly string[];

  constructor(private readonly options: CollectOptions) {
    this.authorities = trustedAuthorities(options.env);
  }

  async collect(cluster: ClusterDraft): Promise<ClusterSnapshot> {
    const { servers } = cluster;
    const admissions = await Promise.all(servers.map((server) => this.admit(server)));
    const sites = new Map<string, Promise<SiteAnswers>>();
    const snapshots = servers.map(async (server, i): Promise<[string, ServerSnapshot]> => {
      const admission = admissions[i];
      if (!admission || !('client' in admission))
        return [server.key, admission ?? { problem: { kind: 'no-token' } }];
      const site = sites.get(server.site) ?? askSite(admission.client);
      sites.set(server.site, site);
      return [server.key, await askServer(cluster, server, admission, site)];
    });
    return new Map(await Promise.all(snapshots));
  }

  /** Only the guests, for a look at a running cluster: each site is asked once, by key of its servers. */
  async guests(servers: readonly ServerDraft[]): Promise<ReadonlyMap<string, GuestsAnswer>> {
    const sites = new Map<string, Promise<Answer<readonly answers.Guest[]>>>();
    const asked = servers.map(async (server): Promise<[string, GuestsAnswer]> => {
      const admission = await this.admit(server);
      if (!('client' in admission)) return [server.key, admission];
      const site = sites.get(server.site) ?? askGuests(admission.client);
      sites.set(server.site, site);
      return [server.key, await site];
    });
    return new Map(await Promise.all(asked));
  }

  /** Configuration of a VM, with what waits for a restart. */
  async config(server: ServerDraft, { node, vmid }: answers.Guest): Promise<Answer<answers.GuestConfig>> {
    const admission = await this.admit(server);
    if (!('client' in admission)) return { ok: false, reason: 'the server lets nobody in' };
    const path = `/nodes/${encodeURIComponent(node)}/qemu/${vmid}/config`;
    return admission.client.get(path, answers.configAnswer);
  }

  /** Configuration of a VM, and what its guest agent says if it is to have one. */
  async vm(server: ServerDraft, { node, vmid }: answers.Guest): Promise<VmAnswers> {
    const admission = await this.admit(server);
    if (!('client' in admission)) return { config: { ok: false, reason: 'the server lets nobody in' } };
    const { client } = admission;
    const path = `/nodes/${encodeURIComponent(node)}/qemu/${vmid}`;
    const config = await client.get(`${path}/config`, answers.configAnswer);
    if (!config.ok || !hasAgent(config.value)) return { config };
    const nics = await client.get(`${path}/agent/network-get-interfaces`, answers.agentAnswer);
    return { config, agent: mapAnswer(nics, ({ result }) => result) };
  }

  /** VMs, pools and mappings of the site of a server, or why it does not tell. */
  async objects(server: ServerDraft): Promise<Answer<SiteObjects>> {
    const admission = await this.admit(server);
    if (!('client' in admission)) return { ok: false, reason: 'the server lets nobody in' };
    const { client } = admission;
    const [guests, pools, mappings] = await Promise.all([
      askGuests(client),
      client.get('/pools', answers.poolsAnswer),
      client.get('/cluster/mapping/pci', answers.mappingsAnswer),
    ]);
    if (!guests.ok) return guests;
    if (!pools.ok) return pools;
    if (!mappings.ok) return mappings;
    return { ok: true, value: { guests: guests.value, pools: pools.value, mappings: mappings.value } };
  }

  /** Volume ids of the files on a storage. */
  async files(server: ServerDraft, storage: string, content: string): Promise<Answer<readonly string[]>> {
    const admission = await this.admit(server);
    if (!('client' in admission)) return { ok: false, reason: 'the server lets nobody in' };
    const where = `/nodes/${encodeURIComponent(server.nodeName)}/storage/${encodeURIComponent(storage)}`;
    const path = `${where}/content?content=${content}`;
    return mapAnswer(await admission.client.get(path, answers.contentAnswer), (all) =>
      all.map(({ volid }) => volid),
    );
  }

  /** Has a VM shut down and start again, so that it takes what waits for that. Proxmox goes on with it by itself. */
  async reboot(server: ServerDraft, vmid: number): Promise<Answer<undefined>> {
    const admission = await this.admit(server);
    if (!('client' in admission)) return { ok: false, reason: 'the server lets nobody in' };
    const guests = await askGuests(admission.client);
    if (!guests.ok) return guests;
    const node = guests.value.find((guest) => guest.vmid === vmid)?.node;
    if (node === undefined) return { ok: false, reason: `there is no VM ${vmid}` };
    return admission.client.post(`/nodes/${encodeURIComponent(node)}/qemu/${vmid}/status/reboot`);
  }

  /** What a VM will have only after a restart. */
  async pending(server: ServerDraft, { node, vmid }: answers.Guest): Promise<Answer<answers.PendingKeys>> {
    const admission = await this.admit(server);
    if (!('client' in admission)) return { ok: false, reason: 'the server lets nobody in' };
    return admission.client.get(
      `/nodes/${encodeURIComponent(node)}/qemu/${vmid}/pending`,
      answers.pendingAnswer,
    );
  }

  async close(): Promise<void> {
    await Promise.all(this.clients.map((client) => client.close()));
  }

  /** One client per server, also where several definitions name it. */
  private admit(server: ServerDraft): Promise<Admitted | ServerSnapshot> {
    const { key, endpoint, insecure, minTls, caFile = '' } = server;
    const id = JSON.stringify([key, endpoint, insecure, minTls, caFile]);
    const known = this.admitted.get(id) ?? this.connect(server);
    this.admitted.set(id, known);
    return known;
  }

  private async connect(server: ServerDraft): Promise<Admitted | ServerSnapshot> {
    const token = tokenOf(server, this.options.env);
    if (!('secret' in token)) return { problem: token };
    const tokenId = token.id;
    const attempt = async (authorities: readonly string[]) => {
      const client = new ProxmoxClient(server, { token, authorities, timeout: this.options.timeout });
      this.clients.push(client);
      return { client, ...(await client.probe('/version', answers.versionAnswer)) };
    };
    const first = await attempt(this.authorities);
    if ('value' in first) return { client: first.client, tokenId, version: first.value.version };
    const { problem } = first;
    if (
      server.caFile === undefined ||
      problem.kind !== 'certificate' ||
      problem.fault !== 'unknown-authority'
    )
      return { problem, tokenId };
    const own = readCertificate(server.caFile);
    if (!own.ok) return { problem: { kind: 'ca-file', reason: own.reason }, tokenId };
    const second = await attempt([...this.authorities, own.value]);
    if (!('value' in second)) return { problem: second.problem, tokenId };
    return { client: second.client, tokenId, version: second.value.version, caFileNeeded: server.caFile };
  }
}

function readCertificate(file: string): Answer<string> {
  try {
    const value = readIfThere(file);
    return value === undefined ? { ok: false, reason: 'ENOENT' } : { ok: true, value };
  } catch (cause) {
    return { ok: false, reason: errorCode(cause) };
  }
}

async function askServer(
  cluster: ClusterDraft,
  server: ServerDraft,
  { client, tokenId, version, caFileNeeded }: Admitted,
  site: Promise<SiteAnswers>,
): Promise<ServerAnswers> {
  const node = `/nodes/${encodeURIComponent(server.nodeName)}`;
  const nodes = cluster.nodes.filter(({ server: own }) => own?.key === server.key);
  const isoStorages = imagesOf(nodes).flatMap(({ source }) =>
    source.kind === 'iso' ? (source.files[server.key]?.split(':')[0] ?? []) : [],
  );
  const files = [...new Set(isoStorages)].map(
    async (storage): Promise<[string, Answer<readonly string[]>]> => {
      const path = `${node}/storage/${encodeURIComponent(storage)}/content?content=iso`;
      return [
        storage,
        mapAnswer(await client.get(path, answers.contentAnswer), (all) => all.map(({ volid }) => volid)),
      ];
    },
  );
  const usesPci =
    nodes.some(({ gpuMappings }) => gpuMappings.length > 0) ||
    cluster.pciMappings.some(({ devices }) => devices.some((device) => device.server?.key === server.key));
  const [permissions, members, clusterStatus, status, clockAhead, storages, interfaces, pci, models] =
    await Promise.all([
      client.get('/access/permissions', answers.permissionsAnswer),
      client.get('/nodes', answers.nodesAnswer),
      client.get('/cluster/status', answers.clusterStatusAnswer),
      client.get(`${node}/status`, answers.nodeStatusAnswer),
      askClock(client, node),
      client.get(`${node}/storage?format=1`, answers.storagesAnswer),
      askInterfaces(client, node),
      usesPci ? client.get(`${node}/hardware/pci`, answers.pciAnswer) : NOT_NEEDED,
      nodes.some(({ cpuType }) => !COMMON_MODELS.includes(cpuType))
        ? client.get(`${node}/capabilities/qemu/cpu`, answers.cpuModelsAnswer)
        : NOT_NEEDED,
    ]);
  return {
    tokenId,
    version,
    permissions,
    nodes: members,
    clusterStatus,
    status,
    clockAhead,
    storages,
    cpuModels: mapAnswer(models, (all) => all.map(({ name }) => name)),
    interfaces,
    pci,
    files: new Map(await Promise.all(files)),
    site: await site,
    ...(caFileNeeded === undefined ? {} : { caFileNeeded }),
  };
}

const NOT_NEEDED: Answer<never> = { ok: false, reason: 'not asked: no check needs it' };

async function askClock(client: ProxmoxClient, node: string): Promise<Answer<number>> {
  return mapAnswer(
    await client.get(`${node}/time`, answers.timeAnswer),
    ({ time }) => time - Date.now() / 1000,
  );
}

/** Interfaces of the node, and networks of SDN, which only this filter lists. */
async function askInterfaces(
  client: ProxmoxClient,
  node: string,
): Promise<Answer<readonly answers.NetworkInterface[]>> {
  const [own, bridges] = await Promise.all([
    client.get(`${node}/network`, answers.networkAnswer),
    client.get(`${node}/network?type=any_bridge`, answers.networkAnswer),
  ]);
  if (!own.ok || !bridges.ok) return own;
  const names = new Set(own.value.map(({ iface }) => iface));
  return { ok: true, value: [...own.value, ...bridges.value.filter(({ iface }) => !names.has(iface))] };
}

const askGuests = (client: ProxmoxClient): Promise<Answer<readonly answers.Guest[]>> =>
  client.get('/cluster/resources?type=vm', answers.guestsAnswer);

async function askSite(client: ProxmoxClient): Promise<SiteAnswers> {
  const [guests, pools, mappings] = await Promise.all([
    askGuests(client),
    client.get('/pools', answers.poolsAnswer),
    client.get('/cluster/mapping/pci', answers.mappingsAnswer),
  ]);
  const configs = (guests.ok ? guests.value : []).map(
    async ({ type, node, vmid }): Promise<[number, Answer<answers.GuestConfig>]> => [
      vmid,
      await client.get(`/nodes/${encodeURIComponent(node)}/${type}/${vmid}/config`, answers.configAnswer),
    ],
  );
  return {
    guests,
    configs: new Map(await Promise.all(configs)),
    pools: mapAnswer(pools, (all) => all.map(({ poolid }) => poolid)),
    mappings,
  };
}

const mapAnswer = <T, U>(answer: Answer<T>, change: (value: T) => U): Answer<U> =>
  answer.ok ? { ok: true, value: change(answer.value) } : answer;
