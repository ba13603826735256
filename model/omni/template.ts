import type { Cluster, MachineConfig, MachineSet, OmniMachine, Rollout } from '../cluster/cluster';
import {
  clusterDocuments,
  nodeDocuments,
  setDocuments,
  sorted,
  type TalosDocument,
} from '../talos/documents';
import { nodeFacts } from '../talos/facts';
import type { FileTexts } from '../talos/standalone';
import { omniSettings } from '../cluster/management';
import { byBytes } from '../support/text';
import { LOCKED_BY, LOCKED_BY_US } from './locks';
import type { MachineIds } from './machine-ids';
import { patchId, type PatchOwner } from './patch-ids';
import type { TemplateKind } from './template-schema';

/** A document of the machine configuration on its way into Omni. */
interface PatchRequest {
  /** Id in Omni, which says in what order patches are merged: that of the documents. */
  readonly id: string;
  readonly document: TalosDocument;
}

/** One document of a cluster template, to be made by the template of its kind. */
export interface DocumentRequest {
  readonly kind: TemplateKind;
  /** What the document is for, in messages: `node w-1`, `machine set workers`, `cluster home`. */
  readonly title: string;
  /** Name of the node, machine set or cluster. */
  readonly name: string;
  readonly view: object;
  readonly patches: readonly PatchRequest[];
}

/**
 * The documents of an Omni cluster template: Cluster, ControlPlane, Workers, and a Machine per node in byte order of the
 * node names.
 *
 * @param ids Omni machine id of every node
 * @param files texts of the files that the definition names
 */
export function templateDocuments(
  cluster: Cluster,
  ids: MachineIds,
  files: FileTexts = new Map(),
): DocumentRequest[] {
  const idOf = (node: string): string => {
    const id = ids.get(node);
    if (id === undefined) throw new Error(`bug: no machine id for node ${node}`);
    return id;
  };
  const patch = (document: TalosDocument): PatchRequest => {
    const { name, made } = document;
    return { id: patchId(patchOwner(document, cluster, idOf), name, { user: made === undefined }), document };
  };
  const nodes = [...cluster.nodes].sort((a, b) => byBytes(a.name, b.name));
  const sets = new Map(cluster.machineSets.map((set) => [set.name, set]));
  return [
    { ...clusterRequest(cluster, files), patches: clusterDocuments(cluster).map(patch) },
    ...cluster.machineSets.map((set) => {
      const members = nodes.filter(({ machineSet }) => machineSet === set.name);
      const machines = members.map(({ name }) => idOf(name));
      return { ...setRequest(cluster, set, machines), patches: setDocuments(cluster, set).map(patch) };
    }),
    ...nodes.map((node): DocumentRequest => {
      const set = sets.get(node.machineSet);
      if (!set) throw new Error(`bug: node ${node.name} is in no machine set`);
      const id = idOf(node.name);
      return {
        kind: 'Machine',
        title: `node ${node.name}`,
        name: node.name,
        view: {
          id,
          node: nodeFacts(node),
          machine: machineView(node.omni),
          ...changedLists(node.config, set.config),
        },
        patches: nodeDocuments(cluster, set, node).map(patch),
      };
    }),
  ];
}

function patchOwner({ owner }: TalosDocument, cluster: Cluster, idOf: (node: string) => string): PatchOwner {
  switch (owner.level) {
    case 'cluster':
      return { level: 'cluster', cluster: cluster.name };
    case 'set':
      return { level: 'set', cluster: cluster.name, set: owner.set };
    case 'node':
      return { level: 'machine', uuid: idOf(owner.node) };
  }
}

type Envelope = Omit<DocumentRequest, 'patches'>;

function clusterRequest(cluster: Cluster, files: FileTexts): Envelope {
  const { name, talosVersion, kubernetesVersion, config } = cluster;
  const omni = omniSettings(cluster);
  const { diskEncryption, workloadProxy, embeddedDiscovery, backupInterval } = omni;
  const { publicDiscovery, nodeAuditSkip } = omni;
  const features = {
    diskEncryption,
    workloadProxy,
    embeddedDiscovery,
    backupInterval,
    nodeAuditSkip,
    disablePublicDiscovery: publicDiscovery === undefined ? undefined : !publicDiscovery,
  };
  return {
    kind: 'Cluster',
    title: `cluster ${name}`,
    name,
    view: {
      name,
      talosVersion,
      kubernetesVersion,
      features: Object.values(features).some((value) => value !== undefined) ? features : null,
      labels: orNull(omni.labels),
      annotations: orNull(omni.annotations),
      manifests: manifestGroups(cluster, files),
      healthchecks: omni.healthchecks.map(({ name: check, jobFile, interval = null }) => ({
        id: `${name}-${check}`,
        name: check,
        interval,
        job: files.get(jobFile) ?? '',
      })),
      ...changedLists(config, { systemExtensions: [], kernelArgs: [] }),
    },
  };
}

/**
 * One group per mode, with a name that stays: Omni tells groups by their names and places, and would take one that moves out of
 * Kubernetes and put it there anew. What is kept comes first, because that is what would go.
 */
function manifestGroups({ manifests }: Cluster, files: FileTexts) {
  const modes = ['full', 'one-time'] as const;
  return modes.flatMap((mode) => {
    const texts = manifests
      .filter((one) => one.mode === mode)
      .map(({ file }) => (files.get(file) ?? '').replace(/^---\n/, ''));
    return texts.length === 0 ? [] : [{ name: `bootstrap-${mode}`, mode, text: texts.join('---\n') }];
  });
}

function machineView({ locked, installDisk, installDiskSelector, labels, annotations }: OmniMachine) {
  const install = { disk: installDisk, diskSelector: installDiskSelector };
  return {
    locked,
    labels: orNull(labels),
    // What is locked here is told from what a person has locked.
    annotations: orNull({ ...annotations, ...(locked ? { [LOCKED_BY]: LOCKED_BY_US } : {}) }),
    install: Object.values(install).some((value) => value !== undefined) ? install : null,
  };
}

/** The strategy as Omni spells it. */
const rolloutView = (rollout: Rollout | undefined) =>
  rollout && {
    type: rollout.type === 'rolling' ? 'Rolling' : 'Unset',
    maxParallelism: rollout.maxParallelism ?? null,
  };

function setRequest(cluster: Cluster, set: MachineSet, machines: readonly string[]): Envelope {
  const { upgradeStrategy, updateStrategy, deleteStrategy, labels, annotations } = set.omni;
  const isControlPlane = set.role === 'control-plane';
  const strategies = {
    upgradeStrategy: rolloutView(upgradeStrategy),
    updateStrategy: rolloutView(updateStrategy),
    deleteStrategy: rolloutView(deleteStrategy),
  };
  return {
    kind: isControlPlane ? 'ControlPlane' : 'Workers',
    title: `machine set ${set.name}`,
    name: set.name,
    view: {
      name: set.name,
      ...(set.members === 'nodes' ? { machines } : { machineClass: set.members }),
      strategies,
      labels: orNull(labels),
      annotations: orNull(annotations),
      ...(isControlPlane ? { restore: omniSettings(cluster).restore ?? null } : {}),
      ...changedLists(set.config, cluster.config),
    },
  };
}

const orNull = (map: Readonly<Record<string, string>>) => (Object.keys(map).length > 0 ? sorted(map) : null);

type Lists = Pick<MachineConfig, 'systemExtensions' | 'kernelArgs'>;

/**
 * Lists of a level that differ from those above it; null where they do not. Omni takes the nearest list and merges
 * nothing, so that a list is either absent or complete.
 */
function changedLists(own: Lists, above: Lists) {
  const changed = (list: readonly string[], other: readonly string[]) =>
    JSON.stringify(list) === JSON.stringify(other) ? null : list;
  const extensions = ({ systemExtensions }: Lists) => [...new Set(systemExtensions)].sort(byBytes);
  return {
    systemExtensions: changed(extensions(own), extensions(above)),
    kernelArgs: changed(own.kernelArgs, above.kernelArgs),
  };
}
