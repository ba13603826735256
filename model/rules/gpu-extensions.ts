import type { ClusterDraft, NodeDraft } from '../cluster/definition/draft';
import type { Path } from '../diagnostics/source';
import { fullName, NVIDIA_MODULE } from '../talos/extensions';
import { byPlace } from './lib/places';
import { parseVersion } from '../talos/versions';
import { clusterRule, error, warning, type Finding } from './lib/rule';

const TOOLKIT = /^siderolabs\/nvidia-container-toolkit-(production|lts)$/;
const NVIDIA = '10de:';

export const gpuExtensions = clusterRule(
  'gpu-extensions',
  'GPU workers have the NVIDIA kernel module and container toolkit of one production line',
  function* (cluster) {
    // What the starter installed is not written in its file.
    if (cluster.source.starter) return;
    const gpu = cluster.nodes.filter(
      (node) => node.role === 'gpu-worker' && node.systemExtensions.length > 0,
    );
    for (const { path, nodes } of byPlace(gpu, 'system_extensions'))
      yield* lineProblems(cluster, path, nodes);
  },
);

function* lineProblems(
  cluster: ClusterDraft,
  path: Path,
  nodes: [NodeDraft, ...NodeDraft[]],
): Generator<Finding> {
  const names = nodes[0].systemExtensions.map(fullName);
  const find = (kind: RegExp) => names.map((name) => kind.exec(name)).find((match) => match !== null);
  const [module, moduleLine] = find(NVIDIA_MODULE) ?? [];
  const [toolkit, toolkitLine] = find(TOOLKIT) ?? [];
  if (module && !toolkit) {
    yield error(
      path,
      `${module} is listed without its container toolkit; add siderolabs/nvidia-container-toolkit-${moduleLine}`,
    );
  } else if (toolkit && !module) {
    yield error(
      path,
      `${toolkit} is listed without its kernel module; add siderolabs/nonfree-kmod-nvidia-${toolkitLine} or siderolabs/nvidia-open-gpu-kernel-modules-${toolkitLine}`,
    );
  } else if (moduleLine !== toolkitLine) {
    yield error(
      path,
      `${module} and ${toolkit} are of different driver versions; take both from ${moduleLine}`,
    );
  } else if (!module && nodes.some((node) => mayBeNvidia(cluster, node))) {
    yield warning(
      path,
      'GPU workers have no NVIDIA driver; add siderolabs/nonfree-kmod-nvidia-production and siderolabs/nvidia-container-toolkit-production',
    );
  } else if (module && (parseVersion(cluster.talosVersion)?.minor ?? 0) >= 13) {
    yield warning(
      path,
      'from Talos 1.13 GPUs reach pods through CDI and the NVIDIA GPU Operator; follow the NVIDIA guide of 1.13',
    );
  }
}

/** Whether a node has a GPU that is not known to be of another maker. */
function mayBeNvidia({ pciMappings }: ClusterDraft, { gpuMappings, server }: NodeDraft): boolean {
  const ids = pciMappings
    .filter(({ name }) => gpuMappings.includes(name))
    .flatMap(({ devices }) =>
      devices.filter((device) => device.server === server).map(({ id }) => id.toLowerCase()),
    );
  return ids.length < gpuMappings.length || ids.length === 0 || ids.some((id) => id.startsWith(NVIDIA));
}
