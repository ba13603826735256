import { manifestProblems } from '../../../model/omni/manifests';
import type { StandaloneManagement } from '../../../model/cluster/management';
import { ciliumProblems } from '../../../model/talos/cilium';

const problems = (object: unknown, kubeProxy: boolean, kubePrism = true): string[] => [
  ...ciliumProblems(object, { kubeProxy, kubePrism } as StandaloneManagement),
];

const config = (replacement: string) => ({
  kind: 'ConfigMap',
  metadata: { name: 'cilium-config', namespace: 'kube-system' },
  data: { 'kube-proxy-replacement': replacement },
});

it('takes the place of kube-proxy where that does not run, and nowhere else', () => {
  expect(problems(config('true'), false)).toEqual([]);
  expect(problems(config('false'), true)).toEqual([]);
  expect(problems(config('true'), true)).toEqual([
    expect.stringContaining('write standalone.kube_proxy: false'),
  ]);
  expect(problems(config('false'), false)).toEqual([
    expect.stringContaining('render it with kubeProxyReplacement=true'),
  ]);
  expect(problems({ ...config('true'), metadata: { name: 'other' } }, true)).toEqual([]);
});

it('finds the API at KubePrism', () => {
  const env = [{ name: 'KUBERNETES_SERVICE_PORT', value: '7445' }];
  const agent = { kind: 'DaemonSet', spec: { template: { spec: { containers: [{ env }] } } } };
  expect(problems(agent, false)).toEqual([]);
  expect(problems(agent, false, false)).toEqual([
    expect.stringContaining('remove standalone.kube_prism: false'),
  ]);
});

it('has its certificates of Hubble made in the cluster', () => {
  const secret = (name: string) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: 'kube-system' },
    data: { 'tls.key': 'a' },
  });
  const told = (name: string): string =>
    [...manifestProblems([{ file: 'a', objects: [secret(name)] }], [1])].map(({ message }) => message).join();
  expect(told('hubble-server-certs')).toContain('hubble.tls.auto.method=cronJob');
  expect(told('cilium-ca')).toContain('hubble.tls.auto.method=cronJob');
  expect(told('other')).toContain('make it in the cluster by other means');
});
