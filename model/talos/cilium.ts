import type { StandaloneManagement } from '../cluster/management';
import { valueAt } from './written-patches';

/**
 * What of a rendered Cilium does not fit the cluster; nothing for other objects.
 *
 * @param object a Kubernetes object of `bootstrap.manifests`
 */
export function* ciliumProblems(
  object: unknown,
  { kubeProxy, kubePrism }: StandaloneManagement,
): Generator<string> {
  if (valueAt(object, 'metadata.name') === 'cilium-config' && valueAt(object, 'kind') === 'ConfigMap') {
    const replaces = valueAt(object, 'data.kube-proxy-replacement') === 'true';
    if (replaces && kubeProxy)
      yield 'Cilium takes the place of kube-proxy here (kube-proxy-replacement), and both would run; write standalone.kube_proxy: false';
    if (!replaces && !kubeProxy)
      yield 'Cilium leaves services to kube-proxy here (kube-proxy-replacement), which does not run; render it with kubeProxyReplacement=true, or remove standalone.kube_proxy: false';
  }
  // Where Cilium asks the API: it cannot ask a service that it makes itself.
  if (!kubePrism && /"KUBERNETES_SERVICE_PORT","value":"7445"/.test(JSON.stringify(object)))
    yield 'Cilium asks the API at localhost:7445 (k8sServicePort), and nothing answers there; remove standalone.kube_prism: false';
}
