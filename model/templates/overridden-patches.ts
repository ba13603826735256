import type { Cluster, Node } from '../cluster/cluster';
import { diagnostic, type Diagnostic } from '../diagnostics/diagnostics';
import { sortDiagnostics } from '../diagnostics/sort';
import type { CheckedCluster } from '../load/load';
import type { ClusterDraft, NodeDraft } from '../cluster/definition/draft';
import { overlaps, type Overlap } from '../talos/overlaps';
import type { Purpose } from '../talos/bodies';
import { documentsFor, type TalosDocument } from '../talos/documents';
import { maySetAnything, reaches, writtenPatches, type WrittenPatch } from '../talos/written-patches';
import { TemplateError, type Templates } from './engine';
import { documentBody, loadTemplates, templatesBeside } from './render';

/**
 * Patches of the user that set what the definition sets too, to something else. Omni merges the patches of cluster, machine
 * set and machine in this order, so that the one or the other is lost, and nobody is told.
 *
 * What the definition sets is read from the very documents that it makes, or that templates of the user make in their place.
 */
export function overriddenPatches({
  cluster,
  draft,
}: Pick<CheckedCluster, 'cluster' | 'draft'>): Diagnostic[] {
  const written = [...writtenPatches(draft)].filter(
    (patch) => !maySetAnything(patch, cluster.management.kind),
  );
  if (written.length === 0) return [];
  try {
    return findOverlaps(cluster, draft, written, loadTemplates(templatesBeside(draft.source.file)));
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
  const drafts = new Map(draft.nodes.map((node) => [node.name, node]));
  const seen = new Set<string>();
  const found = new Map<string, Diagnostic>();
  for (const node of cluster.nodes) {
    const own = drafts.get(node.name);
    const theirs = own ? written.filter((patch) => reaches(patch, own)) : [];
    if (!own || theirs.length === 0) continue;
    const made = documentsFor(cluster, node).filter(isMade);
    const alike = shapeOf(own, theirs, made);
    if (seen.has(alike)) continue;
    seen.add(alike);
    for (const document of made) {
      const body = documentBody(document, `node ${node.name}`, templates);
      for (const patch of theirs)
        for (const overlap of overlaps(body, patch.body)) {
          const path = [...patch.path, ...overlap.path];
          const message = explain(overlap, document, node);
          const at = path.join('\n');
          if (!found.has(at))
            found.set(at, diagnostic(draft.source, 'patch-overridden', path, message, { of: 'key' }));
        }
    }
  }
  return sortDiagnostics([...found.values()]);
}

type Made = TalosDocument & Required<Pick<TalosDocument, 'made'>>;

const isMade = (document: TalosDocument): document is Made => document.made !== undefined;

/** The same for nodes whose patches set the same places. */
const shapeOf = (node: NodeDraft, theirs: readonly WrittenPatch[], made: readonly Made[]): string =>
  JSON.stringify([
    node.machineSet,
    node.server?.key,
    theirs.map(({ path }) => path),
    made.map(({ name }) => name),
  ]);

/** What a person writes instead of a patch, by what ours is for. */
const INSTEAD: Readonly<Record<Purpose, string>> = {
  'api-server': 'write it into standalone.cert_sans or standalone.audit_policy instead',
  'cert-names': 'write it into standalone.cert_sans instead',
  'cluster-network':
    'write it into standalone.cni, kube_proxy, pod_subnets or service_subnets instead: nodes must agree on it',
  discovery: 'write it into standalone.discovery instead',
  'disk-encryption': 'write it into standalone.disk_encryption instead',
  endpoint: 'write it into standalone.endpoint instead',
  'etcd-metrics': 'write it into standalone.etcd_metrics instead',
  'host-dns': 'write it into standalone.host_dns instead',
  installer: 'write it into standalone.installer instead',
  'kube-prism': 'write it into standalone.kube_prism instead',
  manifests: 'write a file into bootstrap.manifests instead',
  'registry-login': 'write it into standalone.registry_logins instead',
  'registry-mirror': 'write it into standalone.registry_mirrors instead',
  scheduling: 'write it into standalone.schedule_on_control_planes instead',
  'time-servers': 'write it into standalone.time_servers instead',
  vip: 'write it into standalone.vip instead',
  gpu: 'GPU workers need it; remove it here',
  hostname: 'rename the node instead',
  'install-disk': 'it selects the OS disk; remove it here',
  link: 'write it into network_config, storage_network or the node instead',
  'link-alias': 'links are named by the network; choose another name here',
  longhorn: 'that is longhorn of data_disks; remove it here, or set longhorn: false',
  nameservers: 'write network_config.dns_servers instead',
  network: 'write it into network_config, storage_network or the node instead',
  'node-labels': 'write it into node_labels instead',
  sysctls: 'write it into sysctls instead',
  volume: 'that is a volume of data_disks; choose another name here, or set volume: false there',
};

function explain({ place, ours }: Overlap, { made: { purpose } }: Made, node: Node): string {
  const value = typeof ours === 'string' ? `"${ours}"` : Array.isArray(ours) ? ours.join(', ') : String(ours);
  const short = value.length > 60 ? 'something else' : value;
  const instead = place.startsWith('machine.nodeLabels.')
    ? INSTEAD['node-labels']
    : place.startsWith('machine.sysctls.')
      ? INSTEAD.sysctls
      : INSTEAD[purpose];
  return `the definition sets this too, to ${short} on ${node.name}, and one of the two would be lost; ${instead}`;
}
