/** On which servers the nodes of a new cluster go, how large they are, and where their disks are. */
import { ROLE_FACTS, type Role } from '../cluster/roles';
import { byBytes, list } from '../support/text';
import { siteOf, type SeenDevice, type SeenServer, type SeenStorage, type Survey } from './survey';

/** Part of the memory that VMs may take; doctor keeps the rest for the host. */
const FOR_VMS = 0.8;

interface Size {
  readonly cores: number;
  readonly memoryMb: number;
}

type Sizes = Readonly<Record<Role, Size>>;

/** From comfortable to the least that a node needs. */
const SIZES: readonly Sizes[] = [
  sizes([4, 8], [8, 16], [8, 32]),
  sizes([4, 8], [4, 8], [8, 16]),
  sizes([2, 4], [4, 8], [4, 8]),
  sizes([2, 4], [2, 4], [2, 4]),
];

type CoresAndGb = readonly [cores: number, gb: number];

function sizes(...of: readonly [CoresAndGb, CoresAndGb, CoresAndGb]): Sizes {
  const [controlPlane, worker, gpu] = of.map(([cores, gb]): Size => ({ cores, memoryMb: gb * 1024 }));
  return { 'control-plane': controlPlane, worker, 'gpu-worker': gpu } as Sizes;
}

export interface PlacedNode {
  readonly role: Role;
  readonly name: string;
  readonly server: string;
  /** GPU that it gets. */
  readonly gpu?: Gpu;
}

/** A device that no guest has. */
export interface Gpu {
  readonly server: string;
  readonly device: SeenDevice;
  /** Mapping that the servers have for it already. */
  readonly mapping?: string;
}

export interface Placement {
  readonly nodes: readonly PlacedNode[];
  readonly sizes: Sizes;
  /** What is not as one would have it. */
  readonly notes: readonly string[];
}

export type Counts = Readonly<Record<Role, number>>;

/** Nodes one by one to the server that has most memory left; nodes get smaller where they would not fit otherwise. */
export function place(survey: Survey, counts: Counts): Placement | { readonly problem: string } {
  const gpus = freeGpus(survey);
  if (counts['gpu-worker'] > gpus.length)
    return {
      problem: `${counts['gpu-worker']} GPU workers are wanted, and the servers have ${gpus.length} GPUs with an IOMMU group that no guest has; lower --gpu-workers`,
    };
  for (const candidate of SIZES) {
    const fitted = fitCores(candidate, survey);
    const nodes = placeAll(survey, counts, fitted, gpus);
    if (!nodes) continue;
    const isUsual = candidate === SIZES[0];
    return {
      nodes,
      sizes: fitted,
      notes: isUsual ? [] : ['nodes are smaller than usual, so that they fit into the memory that is free'],
    };
  }
  const free = Object.entries(roomOf(survey)).map(([key, gb]) => `${key} ${Math.max(0, Math.floor(gb))} GB`);
  const wanted = Object.values(counts).reduce((sum, n) => sum + n, 0);
  return {
    problem: `${wanted} nodes do not fit: free for VMs are ${list(free)}, and a node needs 4 GB; lower --control-planes or --workers`,
  };
}

/** No VM starts with more cores than its server has. */
function fitCores(candidate: Sizes, { servers }: Survey): Sizes {
  const most = Math.min(...Object.values(servers).map(({ cpus }) => cpus));
  const fit = ({ cores, memoryMb }: Size): Size => ({ cores: Math.min(cores, most), memoryMb });
  return Object.fromEntries(
    Object.entries(candidate).map(([role, size]) => [role, fit(size)]),
  ) as unknown as Sizes;
}

/** GB that are free for VMs, by server. */
function roomOf({ servers, guests }: Survey): Record<string, number> {
  return Object.fromEntries(
    Object.entries(servers).map(([key, server]) => {
      const used = guests.filter(
        ({ site, node_name, running }) =>
          running && site === siteOf(key, server) && node_name === server.node_name,
      );
      const memory = used.reduce((sum, { memory_gb }) => sum + memory_gb, 0);
      return [key, Math.floor(server.memory_gb * FOR_VMS) - memory];
    }),
  );
}

function placeAll(
  survey: Survey,
  counts: Counts,
  { ...of }: Sizes,
  gpus: readonly Gpu[],
): PlacedNode[] | undefined {
  const room = new Map(Object.entries(roomOf(survey)));
  const nodes: PlacedNode[] = [];
  const take = (role: Role, server: string | undefined, rest: object = {}): boolean => {
    const gb = of[role].memoryMb / 1024;
    if (server === undefined || (room.get(server) ?? 0) < gb) return false;
    room.set(server, (room.get(server) ?? 0) - gb);
    const number = nodes.filter((node) => node.role === role).length + 1;
    nodes.push({ role, name: `${NODE_NAMES[role]}-${number}`, server, ...rest });
    return true;
  };
  // GPUs stay where they are.
  for (const gpu of gpus.slice(0, counts['gpu-worker']))
    if (!take('gpu-worker', gpu.server, { gpu })) return undefined;
  for (const role of ['control-plane', 'worker'] as const)
    for (let i = 0; i < counts[role]; i++) if (!take(role, emptiest(role, nodes, room))) return undefined;
  const order = Object.keys(ROLE_FACTS);
  return nodes.sort((a, b) => order.indexOf(a.role) - order.indexOf(b.role));
}

const NODE_NAMES: Readonly<Record<Role, string>> = {
  'control-plane': 'control',
  worker: 'worker',
  'gpu-worker': 'gpu',
};

/** The server with the fewest nodes of the role, and of those the one with most memory left. */
function emptiest(
  role: Role,
  nodes: readonly PlacedNode[],
  room: ReadonlyMap<string, number>,
): string | undefined {
  const number = (key: string): number =>
    nodes.filter((node) => node.role === role && node.server === key).length;
  const most = Math.max(...room.values());
  return [...room]
    .filter(([, gb]) => gb >= most / 4)
    .sort(([a, gbA], [b, gbB]) => number(a) - number(b) || gbB - gbA || byBytes(a, b))[0]?.[0];
}

/** Devices with an IOMMU group that no guest has, by server and address. */
export function freeGpus({ servers, guests, mappings }: Survey): Gpu[] {
  return Object.entries(servers).flatMap(([key, server]) => {
    const site = siteOf(key, server);
    const here = guests.filter((guest) => guest.site === site && guest.node_name === server.node_name);
    const taken = new Set(here.flatMap(({ devices }) => devices));
    return server.devices.flatMap((device): Gpu[] => {
      if (device.iommu_group === undefined) return [];
      const mapping = mappings.find(
        (one) => one.site === site && one.node_name === server.node_name && samePath(one.path, device.path),
      )?.name;
      const isTaken =
        (mapping !== undefined && taken.has(mapping)) ||
        [...taken].some((path) => samePath(path, device.path));
      return isTaken ? [] : [{ server: key, device, ...(mapping === undefined ? {} : { mapping }) }];
    });
  });
}

/** `01:00` is `0000:01:00.0` too. */
const samePath = (a: string, b: string): boolean => slot(a) === slot(b);
const slot = (path: string): string => path.replace(/^0000:/, '').replace(/\.\d$/, '');

/** Where disks go: the storage with most room. */
export const diskStorage = (server: SeenServer): SeenStorage | undefined =>
  roomiest(server.storages.filter(({ content }) => content.includes('images')));

/** Where images are downloaded to: `local` where it can, else a storage of the server alone. */
export function imageStorage(server: SeenServer): SeenStorage | undefined {
  const fitting = server.storages.filter(({ content }) => content.includes('iso'));
  return (
    fitting.find(({ name, shared }) => name === 'local' && !shared) ??
    roomiest(fitting.filter(({ shared }) => !shared)) ??
    roomiest(fitting)
  );
}

const roomiest = (storages: readonly SeenStorage[]): SeenStorage | undefined =>
  [...storages].sort((a, b) => b.free_gb - a.free_gb || byBytes(a.name, b.name))[0];
