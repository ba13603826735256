import type { Role } from '../../cluster/roles';

const LABEL_NAME = /^(?:[a-z0-9][a-z0-9.-]{0,252}\/)?[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;
const LABEL_VALUE = /^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$/;

/** Labels of Kubernetes itself, which the admission plugin NodeRestriction keeps from kubelets. */
const OF_KUBERNETES = /^(?:[a-z0-9.-]+\.)?(?:kubernetes|k8s)\.io\//;

/** Those of them that a kubelet may set on its own node. */
const OF_KUBELETS = new RegExp(
  `^(?:${[
    'topology\\.kubernetes\\.io/(?:zone|region)',
    'failure-domain\\.beta\\.kubernetes\\.io/(?:zone|region)',
    '(?:beta|node)\\.kubernetes\\.io/instance-type',
    'kubernetes\\.io/(?:hostname|os|arch)',
    'beta\\.kubernetes\\.io/(?:os|arch)',
    '(?:[a-z0-9.-]+\\.)?(?:kubelet|node)\\.kubernetes\\.io/.+',
  ].join('|')})$`,
);

/** What is wrong with a label, and whether it is its name or its value. */
export interface LabelProblem {
  readonly of: 'key' | 'value';
  readonly message: string;
}

/** Whether Kubernetes refuses the label from a kubelet. */
export const isRefused = (name: string): boolean => OF_KUBERNETES.test(name) && !OF_KUBELETS.test(name);

/**
 * Checks a label of a node. Talos sets those of workers with the rights of their kubelet, in one request: one that
 * Kubernetes refuses takes all others with it. Those of control planes it sets with rights of its own.
 *
 * @param role of the nodes that get it; undefined for all
 */
export function labelProblem(name: string, value: string, role: Role | undefined): LabelProblem | undefined {
  if (!LABEL_NAME.test(name))
    return { of: 'key', message: `"${name}" is not a valid label name; write it like example.com/tier` };
  if (role !== 'control-plane' && isRefused(name)) {
    const what = `Kubernetes does not let a worker give itself the label "${name}", and then refuses all its labels`;
    return { of: 'key', message: `${what}; set it with kubectl, or choose a prefix of your own` };
  }
  if (!LABEL_VALUE.test(value))
    return {
      of: 'value',
      message: `"${value}" is not a valid label value: at most 63 letters, digits, ".", "_" and "-"; correct it`,
    };
  return undefined;
}
