import type { ClusterDraft } from '../cluster/definition/draft';
import type { Path } from '../diagnostics/source';
import { isRefused, labelProblem } from './lib/labels';
import { isMap, valueAt, writtenPatches, type WrittenPatch } from '../talos/written-patches';
import { clusterRule, error, type Finding } from './lib/rule';

export const patchNodeLabels = clusterRule(
  'patch-node-labels',
  'Labels and taints in a Talos patch are ones that Kubernetes lets nodes give themselves',
  function* (cluster) {
    for (const patch of writtenPatches(cluster)) {
      yield* labels(patch);
      yield* taints(patch, cluster);
      yield* kubeletLabels(patch);
    }
  },
);

const LABELS = ['machine', 'nodeLabels'];
const TAINTS = ['machine', 'nodeTaints'];
const KUBELET_LABELS = ['machine', 'kubelet', 'extraArgs', 'node-labels'];

function* labels({ body, path, role }: WrittenPatch): Generator<Finding> {
  const written = valueAt(body, LABELS.join('.'));
  if (!isMap(written)) return;
  for (const [name, value] of Object.entries(written)) {
    // `$patch: delete` takes a label away.
    const text = typeof value === 'string' ? value : JSON.stringify(value ?? '');
    if (name.startsWith('$') || isMap(value)) continue;
    const problem = labelProblem(name, text, role);
    if (problem) yield { ...error([...path, ...LABELS, name], problem.message), atKey: problem.of === 'key' };
  }
}

/** No worker may change its taints; what it is registered with is another matter. */
function* taints({ body, path, role }: WrittenPatch, { nodes }: ClusterDraft): Generator<Finding> {
  const written = valueAt(body, TAINTS.join('.'));
  if (!isMap(written) || role === 'control-plane') return;
  if (role === undefined && nodes.every((node) => node.role === 'control-plane')) return;
  const registered = valueAt(body, 'machine.kubelet.extraConfig.registerWithTaints');
  const keys = Array.isArray(registered) ? registered.map((taint) => valueAt(taint, 'key')) : [];
  for (const [name, value] of Object.entries(written)) {
    if (name.startsWith('$') || isMap(value) || keys.includes(name)) continue;
    const message = `Kubernetes does not let a worker taint itself, and then refuses all its labels; write "${name}" into machine.kubelet.extraConfig.registerWithTaints, which counts when a node joins, or set it with kubectl`;
    yield { ...error([...path, ...TAINTS, name], message), atKey: true };
  }
}

/** Labels that the kubelet is started with: it does not start with those that it may not set, on no role. */
function* kubeletLabels({ body, path }: WrittenPatch): Generator<Finding> {
  const written = valueAt(body, KUBELET_LABELS.join('.'));
  const at: Path = [...path, ...KUBELET_LABELS];
  for (const text of Array.isArray(written) ? written : [written]) {
    if (typeof text !== 'string') continue;
    for (const name of text.split(',').map((pair) => (pair.split('=')[0] ?? '').trim()))
      if (isRefused(name))
        yield error(
          at,
          `the kubelet does not start with the label "${name}"; set it with kubectl, or choose a prefix of your own`,
        );
  }
}
