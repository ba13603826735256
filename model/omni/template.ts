import type { Cluster, MachineConfig, MachineSet } from '../cluster/cluster';
import { byBytes } from '../support/text';
import type { MachineIds } from './machine-ids';
import { clusterPatches, machinePatches, nodeView, setPatches, sorted, type PatchRequest } from './patches';
import type { TemplateKind } from './template-schema';

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
 */
export function templateDocuments(cluster: Cluster, ids: MachineIds): DocumentRequest[] {
  const idOf = (node: string): string => {
    const id = ids.get(node);
    if (id === undefined) throw new Error(`bug: no machine id for node ${node}`);
    return id;
  };
  const nodes = [...cluster.nodes].sort((a, b) => byBytes(a.name, b.name));
  const sets = new Map(cluster.machineSets.map((set) => [set.name, set]));
  return [
    clusterDocument(cluster),
    ...cluster.machineSets.map((set) => {
      const members = nodes.filter(({ machineSet }) => machineSet === set.name);
      return setDocument(
        cluster,
        set,
        members.map(({ name }) => idOf(name)),
      );
    }),
    ...nodes.map((node): DocumentRequest => {
      const set = sets.get(node.machineSet);
      if (!set) throw new Error(`bug: node ${node.name} is in no machine set`);
      const id = idOf(node.name);
      return {
        kind: 'Machine',
        title: `node ${node.name}`,
        name: node.name,
        view: { id, node: nodeView(node), ...changedLists(node.config, set.config) },
        patches: machinePatches(cluster, set, node, id),
      };
    }),
  ];
}

function clusterDocument(cluster: Cluster): DocumentRequest {
  const { name, talosVersion, kubernetesVersion, omni, config } = cluster;
  const { diskEncryption, workloadProxy, embeddedDiscovery, backupInterval } = omni;
  const features = { diskEncryption, workloadProxy, embeddedDiscovery, backupInterval };
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
      ...changedLists(config, { systemExtensions: [], kernelArgs: [] }),
    },
    patches: clusterPatches(cluster),
  };
}

function setDocument(cluster: Cluster, set: MachineSet, machines: readonly string[]): DocumentRequest {
  return {
    kind: set.role === 'control-plane' ? 'ControlPlane' : 'Workers',
    title: `machine set ${set.name}`,
    name: set.name,
    view: { name: set.name, machines, ...changedLists(set.config, cluster.config) },
    patches: setPatches(cluster, set),
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
