import { dirname } from 'node:path';
import type { Cluster, MachineSet, Node } from '../../../model/cluster/cluster';
import { diagnostic, type Diagnostic } from '../../../model/diagnostics/diagnostics';
import { sortDiagnostics } from '../../../model/diagnostics/sort';
import type { CheckedCluster } from '../../../model/load/load';
import type { ClusterDraft, NodeDraft } from '../../../model/cluster/definition/draft';
import { overlaps, type Overlap } from '../../../model/omni/patch-overlap';
import { clusterPatches, machinePatches, setPatches, type PatchRequest } from '../../../model/omni/patches';
import { reaches, writtenPatches, type WrittenPatch } from '../../../model/talos/written-patches';
import { TemplateError, type Templates } from './engine';
import { loadTemplates } from './render';

/**
 * Patches of the user that set what the definition sets too, to something else. Omni merges the patches of cluster, machine
 * set and machine in this order, so that the one or the other is lost, and nobody is told.
 *
 * What the definition sets is read from the very patches that its templates make, with those of the user among the templates.
 */
export function overriddenPatches({
  cluster,
  draft,
}: Pick<CheckedCluster, 'cluster' | 'draft'>): Diagnostic[] {
  const written = [...writtenPatches(draft)];
  if (written.length === 0) return [];
  try {
    return findOverlaps(cluster, draft, written, loadTemplates(dirname(draft.source.file)));
  } catch (cause) {
    // What is wrong with a template is told where the template is made.
    if (cause instanceof TemplateError) return [];
    throw cause;
  }
}

function findOverlaps(
  cluster: Cluster,
  draft: ClusterDraft,
  written: readonly WrittenPatch[],
  templates: Templates,
): Diagnostic[] {
  const sets = new Map(cluster.machineSets.map((set) => [set.name, set]));
  const drafts = new Map(draft.nodes.map((node) => [node.name, node]));
  const seen = new Set<string>();
  const found = new Map<string, Diagnostic>();
  for (const node of cluster.nodes) {
    const [set, own] = [sets.get(node.machineSet), drafts.get(node.name)];
    const theirs = own ? written.filter((patch) => reaches(patch, own)) : [];
    if (!set || !own || theirs.length === 0) continue;
    const requests = madeFor(cluster, set, node);
    const alike = shapeOf(own, theirs, requests);
    if (seen.has(alike)) continue;
    seen.add(alike);
    for (const request of requests) {
      const { value } = templates.render(request.template, request.view, `node ${node.name}`);
      for (const patch of theirs)
        for (const overlap of overlaps(value, patch.body)) {
          const path = [...patch.path, ...overlap.path];
          const message = explain(overlap, request, node);
          const at = path.join('\n');
          if (!found.has(at))
            found.set(at, diagnostic(draft.source, 'patch-overridden', path, message, { of: 'key' }));
        }
    }
  }
  return sortDiagnostics([...found.values()]);
}

type Made = Extract<PatchRequest, { readonly template: unknown }>;

/** Patches that the definition makes and that reach a node. */
const madeFor = (cluster: Cluster, set: MachineSet, node: Node): Made[] =>
  [
    ...clusterPatches(cluster),
    ...setPatches(cluster, set),
    ...machinePatches(cluster, set, node, node.uuid ?? ''),
  ].flatMap((request) => ('template' in request ? [request] : []));

/** The same for nodes whose patches set the same places. */
const shapeOf = (node: NodeDraft, theirs: readonly WrittenPatch[], requests: readonly Made[]): string =>
  JSON.stringify([
    node.machineSet,
    node.server?.key,
    theirs.map(({ path }) => path),
    requests.map(({ name }) => name),
  ]);

/** What a person writes instead of a patch, by the template that makes ours. */
const INSTEAD: Readonly<Record<Made['template'], string>> = {
  'patch-gpu': 'GPU workers need it; remove it here',
  'patch-hostname': 'rename the node instead',
  'patch-install-disk': 'it selects the OS disk; remove it here',
  'patch-link': 'write it into network_config, storage_network or the node instead',
  'patch-link-alias': 'links are named by the network; choose another name here',
  'patch-longhorn': 'that is longhorn of data_disks; remove it here, or set longhorn: false',
  'patch-nameservers': 'write network_config.dns_servers instead',
  'patch-network': 'write it into network_config, storage_network or the node instead',
  'patch-node-labels': 'write it into node_labels instead',
  'patch-sysctls': 'write it into sysctls instead',
  'patch-volume': 'that is a volume of data_disks; choose another name here, or set volume: false there',
};

function explain({ place, ours }: Overlap, { template }: Made, node: Node): string {
  const value = typeof ours === 'string' ? `"${ours}"` : Array.isArray(ours) ? ours.join(', ') : String(ours);
  const short = value.length > 60 ? 'something else' : value;
  const instead = place.startsWith('machine.nodeLabels.')
    ? INSTEAD['patch-node-labels']
    : place.startsWith('machine.sysctls.')
      ? INSTEAD['patch-sysctls']
      : INSTEAD[template];
  return `the definition sets this too, to ${short} on ${node.name}, and one of the two would be lost; ${instead}`;
}
