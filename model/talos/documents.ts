import type { Cluster, MachineConfig, MachineSet, Node } from '../cluster/cluster';
import { NVIDIA_MODULE } from './extensions';
import { byBytes } from '../support/text';
import { BODIES, GPU_LABEL, GPU_SYSCTL, type Facts, type Purpose } from './bodies';
import { clusterFacts, diskFacts, nicFacts, nodeFacts, type ClusterFacts } from './facts';
import {
  standaloneCluster,
  standaloneNode,
  standaloneSet,
  type FileTexts,
  type StandaloneRequest,
} from './standalone';
import { needsDefaultRuntime } from './talos-forms';

/** Whose machine configuration a document is part of. */
type DocumentOwner =
  | { readonly level: 'cluster' }
  | { readonly level: 'set'; readonly set: string }
  | { readonly level: 'node'; readonly node: string };

/** A patch of the machine configuration: one document, or a part of the one big document. */
export interface TalosDocument {
  readonly owner: DocumentOwner;
  /** Names it among those of its owner that are `made` too, or are not: `hostname`, `volume-data-1`. */
  readonly name: string;
  readonly body: unknown;
  /** What it is made from; absent on a document that the user wrote. */
  readonly made?: { readonly purpose: Purpose; readonly facts: object };
}

/** Documents that hold for the whole cluster. Nothing here may differ from node to node. */
export function clusterDocuments(cluster: Cluster): TalosDocument[] {
  const documents = new Documents({ level: 'cluster' }, clusterFacts(cluster));
  if (isInstallDiskShared(cluster)) documents.add('install-disk', {});
  documents.add('nameservers', { nameservers: cluster.network.dnsServers });
  documents.addAll(standaloneCluster(cluster));
  documents.addConfig(cluster.config);
  return documents.inOrder();
}

const hasOwnInstallDisk = ({ omni }: Node): boolean =>
  omni.installDisk !== undefined || omni.installDiskSelector !== undefined;

/** Asked once for every node of a cluster, and told by looking at all of them. */
const shared = new WeakMap<Cluster, boolean>();

/** All machines are our VMs, and install on their OS disk. A selector would win over the device that a node names. */
function isInstallDiskShared(cluster: Cluster): boolean {
  const known = shared.get(cluster);
  if (known !== undefined) return known;
  const { nodes, machineSets } = cluster;
  const is = !nodes.some(hasOwnInstallDisk) && machineSets.every(({ members }) => members === 'nodes');
  shared.set(cluster, is);
  return is;
}

/**
 * Documents of a machine set.
 *
 * @param files texts of the files that the definition names
 */
export function setDocuments(
  cluster: Cluster,
  { name, role, config }: MachineSet,
  files: FileTexts = new Map(),
): TalosDocument[] {
  const documents = new Documents({ level: 'set', set: name }, clusterFacts(cluster));
  documents.addAll(standaloneSet(cluster, role, files));
  const isGpu = role === 'gpu-worker' && hasNvidia(config);
  if (isGpu) documents.add('gpu', gpuFacts(cluster));
  documents.addConfig(isGpu ? withOwnGpuSettings(config, [cluster.config]) : config);
  return documents.inOrder();
}

/** Documents of one node: all that has an address, a name or a disk of its own. */
export function nodeDocuments(cluster: Cluster, set: MachineSet, node: Node): TalosDocument[] {
  // A template of the user for any of them may name the node.
  const facts = { ...clusterFacts(cluster), node: nodeFacts(node) };
  const documents = new Documents({ level: 'node', node: node.name }, facts);
  documents.add('hostname', { node: facts.node });
  if (!isInstallDiskShared(cluster) && !hasOwnInstallDisk(node)) documents.add('install-disk', {});
  addNetwork(documents, facts, node);
  documents.addAll(standaloneNode(cluster, node));
  const volumes = node.disks.filter(({ volume }) => volume);
  for (const disk of volumes) documents.add('volume', { disk: diskFacts(disk) }, disk.name);
  const longhorn = volumes.find((disk) => disk.longhorn);
  if (longhorn) documents.add('longhorn', { disk: diskFacts(longhorn) });
  const isGpu = node.role === 'gpu-worker' && hasNvidia(node.config) && !hasNvidia(set.config);
  if (isGpu) documents.add('gpu', gpuFacts(cluster));
  const inherited = { ...cluster.config.nodeLabels, ...set.config.nodeLabels };
  const own = Object.entries(placeLabels(node)).filter(([key]) => !(key in inherited));
  const config = isGpu ? withOwnGpuSettings(node.config, [cluster.config, set.config]) : node.config;
  documents.addConfig({ ...config, nodeLabels: { ...Object.fromEntries(own), ...config.nodeLabels } });
  return documents.inOrder();
}

/**
 * All documents of a node, in the order in which they are merged into its machine configuration: what comes later wins. That
 * of the cluster come first, then those of the machine set, then those of the node; at each level those of the user last.
 *
 * @param files texts of the files that the definition names
 */
export function documentsFor(cluster: Cluster, node: Node, files: FileTexts = new Map()): TalosDocument[] {
  const set = cluster.machineSets.find(({ name }) => name === node.machineSet);
  if (!set) throw new Error(`bug: node ${node.name} is in no machine set`);
  return [
    ...clusterDocuments(cluster),
    ...setDocuments(cluster, set, files),
    ...nodeDocuments(cluster, set, node),
  ];
}

function addNetwork(documents: Documents, { legacy }: ClusterFacts, node: Node): void {
  const nics = node.nics.map(nicFacts);
  if (legacy) return documents.add('network', { nics });
  for (const nic of nics) {
    documents.add('link-alias', { nic }, nic.link);
    documents.add('link', { nic }, nic.link);
  }
}

/** Where a node is. A host is a zone: what runs on two hosts survives one of them. */
const placeLabels = ({ role, server }: Node): Record<string, string> => ({
  'node-role': role,
  'topology.kubernetes.io/region': server.siteName,
  'topology.kubernetes.io/zone': server.key,
  'topology.proxmox.io/node': server.nodeName,
});

const hasNvidia = ({ systemExtensions }: MachineConfig): boolean =>
  systemExtensions.some((name) => NVIDIA_MODULE.test(name));

const gpuFacts = ({ talosVersion }: Cluster) => ({ defaultRuntime: needsDefaultRuntime(talosVersion) });

/** Settings of the levels above that `gpu` would override, once more beside it: there they come after it. */
const withOwnGpuSettings = (config: MachineConfig, above: readonly MachineConfig[]): MachineConfig => ({
  ...config,
  sysctls: {
    ...only(
      GPU_SYSCTL,
      above.map(({ sysctls }) => sysctls),
    ),
    ...config.sysctls,
  },
  nodeLabels: {
    ...only(
      GPU_LABEL,
      above.map(({ nodeLabels }) => nodeLabels),
    ),
    ...config.nodeLabels,
  },
});

/** One key of maps, the last one of which counts. */
const only = (key: string, maps: readonly Readonly<Record<string, string>>[]): Record<string, string> =>
  Object.fromEntries(maps.flatMap((map) => (map[key] === undefined ? [] : [[key, map[key]] as const])));

/** The documents of one owner. */
class Documents {
  private readonly made: TalosDocument[] = [];
  private written: readonly TalosDocument[] = [];

  constructor(
    private readonly owner: DocumentOwner,
    private readonly facts: ClusterFacts,
  ) {}

  /** @param part tells documents of one purpose apart */
  add<P extends Purpose>(purpose: P, own: Omit<Facts<P>, keyof ClusterFacts>, part?: string): void {
    const facts = { ...this.facts, ...own } as Facts<P>;
    const name = part === undefined ? purpose : `${purpose}-${part}`;
    this.made.push({ owner: this.owner, name, body: BODIES[purpose](facts), made: { purpose, facts } });
  }

  addAll(requests: Iterable<StandaloneRequest>): void {
    for (const { purpose, own, part } of requests) this.add<Purpose>(purpose, own, part);
  }

  /** What the definition says at this level. */
  addConfig({ sysctls, nodeLabels, patches }: MachineConfig): void {
    if (Object.keys(sysctls).length > 0) this.add('sysctls', { sysctls: sorted(sysctls) });
    if (Object.keys(nodeLabels).length > 0) this.add('node-labels', { nodeLabels: sorted(nodeLabels) });
    this.written = Object.entries(patches).map(([name, body]) => ({ owner: this.owner, name, body }));
  }

  /** In byte order of their names: the order of a map in a definition does not reach the output. */
  inOrder(): TalosDocument[] {
    return [this.made, this.written].flatMap((some) => [...some].sort((a, b) => byBytes(a.name, b.name)));
  }
}

/** Keys in byte order. */
export const sorted = (map: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(map).sort(([a], [b]) => byBytes(a, b)));
