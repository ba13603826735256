import { clusterRule, error } from './lib/rule';
import { parseVersion } from '../talos/versions';

/** Kubernetes minors that a minor of Talos 1 supports, from its support matrix. */
const SUPPORTED: Readonly<Record<number, readonly [first: number, last: number]>> = {
  8: [26, 31],
  9: [27, 32],
  10: [28, 33],
  11: [29, 34],
  12: [30, 35],
  13: [31, 36],
};

export const k8sVersionMatrix = clusterRule(
  'k8s-version-matrix',
  'The Talos version supports the Kubernetes version',
  function* ({ definition, talosVersion }) {
    const talos = parseVersion(talosVersion);
    const kubernetes = parseVersion(definition.kubernetes_version ?? '');
    const range = talos?.major === 1 ? SUPPORTED[talos.minor] : undefined;
    if (!talos || !kubernetes || !range) return;
    const [first, last] = range;
    if (kubernetes.major === 1 && kubernetes.minor >= first && kubernetes.minor <= last) return;
    yield error(
      ['kubernetes_version'],
      `Talos 1.${talos.minor} supports Kubernetes 1.${first} to 1.${last}, not "${definition.kubernetes_version}"; use one of these`,
    );
  },
);
