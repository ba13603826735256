import type { DefinitionDraft } from '../../model/cluster/definition/schema';
import { checkClusters } from '../../model/doctor';
import type { Guest } from '../../model/proxmox/answers';
import type {
  AccessProblem,
  Answer,
  ServerAnswers,
  ServerSnapshot,
  SiteAnswers,
} from '../../model/proxmox/snapshot';
import { draftOf, SERVER } from './drafts';

export const ok = <T>(value: T): Answer<T> => ({ ok: true, value });

export const SITE: SiteAnswers = { guests: ok([]), configs: new Map(), pools: ok([]), mappings: ok([]) };

const storage = (name: string, content: string[]) => ({
  storage: name,
  type: 'lvmthin',
  content,
  shared: false,
  enabled: true,
  active: true,
  avail: 2 ** 50,
});

/** What a server answers on which everything is right. */
export const ANSWERS: ServerAnswers = {
  tokenId: 'terraform@pve!test',
  version: '9.1.1',
  permissions: ok({ '/': Object.fromEntries(PRIVILEGES().map((name) => [name, 1])) }),
  nodes: ok([{ node: 'pve1', status: 'online' }]),
  clusterStatus: ok([{ type: 'node', name: 'pve1', quorate: false, online: true }]),
  status: ok({ cpuinfo: { cpus: 16 }, memory: { total: 2 ** 40 } }),
  clockAhead: ok(0),
  storages: ok([storage('os', ['images']), storage('data', ['images']), storage('local', ['iso', 'import'])]),
  files: new Map([['local', ok(['local:iso/talos-v1.11.5-nocloud-amd64.iso'])]]),
  interfaces: ok([{ iface: 'vmbr0', type: 'bridge', bridge_vlan_aware: true, bridge_ports: ['eno1'] }]),
  pci: ok([]),
  cpuModels: ok(['host', 'EPYC-Genoa']),
  site: SITE,
};

/** All privileges that doctor asks for. */
export function PRIVILEGES(): string[] {
  return [
    ...[
      'Datastore.Allocate',
      'Datastore.AllocateSpace',
      'Datastore.AllocateTemplate',
      'Datastore.Audit',
      'Mapping.Modify',
      'Mapping.Use',
    ],
    ...['Pool.Allocate', 'Pool.Audit', 'SDN.Use', 'Sys.Audit', 'Sys.Modify', 'VM.Allocate', 'VM.Audit'],
    ...['VM.Config.CDROM', 'VM.Config.CPU', 'VM.Config.Cloudinit', 'VM.Config.Disk', 'VM.Config.HWType'],
    ...['VM.Config.Memory', 'VM.Config.Network', 'VM.Config.Options', 'VM.PowerMgmt'],
  ];
}

export const WORKER: DefinitionDraft = { workers: [{ name: 'w-1', ip_address: '10.0.0.21' }] };

/** `severity[rule] path: message` of all findings. */
export function findings(
  changes: Partial<ServerAnswers> | { problem: AccessProblem },
  definition: DefinitionDraft = WORKER,
  others: Readonly<Record<string, ServerSnapshot>> = {},
): string[] {
  const own: ServerSnapshot =
    'problem' in changes && changes.problem
      ? { problem: changes.problem, tokenId: 'terraform@pve!test' }
      : { ...ANSWERS, ...changes };
  const live = new Map(Object.entries({ pve1: own, ...others }));
  const { diagnostics } = checkClusters([{ cluster: draftOf(definition), live }]);
  return diagnostics.map(({ severity, rule, path, message }) => `${severity}[${rule}] ${path}: ${message}`);
}

export const vm = (vmid: number, changes: Partial<Guest> = {}): Guest => ({
  type: 'qemu',
  vmid,
  node: 'pve1',
  name: 'w-1',
  status: 'running',
  template: false,
  tags: ['lab', 'talos'],
  maxcpu: 4,
  maxmem: 2 ** 33,
  ...changes,
});

export const site = (
  guests: Guest[],
  configs: Record<number, Record<string, string>> = {},
  more: Partial<SiteAnswers> = {},
) => ({
  site: {
    ...SITE,
    guests: ok(guests),
    configs: new Map(guests.map(({ vmid }) => [vmid, ok(configs[vmid] ?? {})])),
    ...more,
  },
});

export const cluster = (name: string, quorate = true) => ({
  clusterStatus: ok([
    { type: 'cluster', name, quorate, online: false },
    { type: 'node', name: 'pve1', quorate: false, online: true },
  ]),
});

export const member = (proxmox_cluster: string): DefinitionDraft => ({
  ...WORKER,
  proxmox_servers: { pve1: { ...SERVER, storage_os: 'os', storage_data: 'data', proxmox_cluster } },
});
