import type { StandaloneManagement } from '../cluster/management';

/** Capabilities of the containers of Cilium on Talos, which lets no container load kernel modules. Source: Talos, "Deploying Cilium CNI". */
const CAPABILITIES = {
  ciliumAgent:
    'CHOWN KILL NET_ADMIN NET_RAW IPC_LOCK SYS_ADMIN SYS_RESOURCE DAC_OVERRIDE FOWNER SETGID SETUID'.split(
      ' ',
    ),
  cleanCiliumState: 'NET_ADMIN SYS_ADMIN SYS_RESOURCE'.split(' '),
};

/**
 * Values of the Helm chart of Cilium by which it runs in a cluster as its definition has it, and is rendered alike each time.
 *
 * @param host where the API of Kubernetes answers without a service: of the endpoint
 */
export function ciliumValues(
  { kubeProxy, kubePrism }: Pick<StandaloneManagement, 'kubeProxy' | 'kubePrism'>,
  { host, port }: { readonly host: string; readonly port: number },
): Readonly<Record<string, unknown>> {
  return {
    ipam: { mode: 'kubernetes' },
    kubeProxyReplacement: !kubeProxy,
    // Cilium cannot ask a service that it makes itself.
    ...(kubeProxy
      ? {}
      : kubePrism
        ? { k8sServiceHost: 'localhost', k8sServicePort: 7445 }
        : { k8sServiceHost: host, k8sServicePort: port }),
    securityContext: { capabilities: CAPABILITIES },
    cgroup: { autoMount: { enabled: false }, hostRoot: '/sys/fs/cgroup' },
    hubble: { tls: { auto: { method: 'cronJob' } } },
  };
}
