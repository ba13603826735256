import { z } from 'zod';
import { optional } from './keys';

/** What a cluster is that talosctl makes, without Omni. */
export const standalone = z.strictObject({
  engine: optional(z.enum(['talosctl']), {
    purpose: 'What brings machine configurations to the nodes.',
    default: 'talosctl',
  }),
  endpoint: optional(z.string(), {
    purpose:
      'Address of the Kubernetes API, for nodes and people: that of the `vip`, of a load balancer, or of one control plane. REQUIRED for several control planes without a `vip`. It is in every kubeconfig and certificate, so choose one that stays.',
    otherwise: '`vip`, else the only control plane, at port 6443',
    example: 'https://192.168.10.50:6443',
  }),
  vip: optional(z.string(), {
    purpose:
      'Free address of the management network that the control planes share: one of them answers there. Talos and talosctl use the addresses of the nodes all the same.',
    example: '192.168.10.50',
  }),
  pod_subnets: optional(z.array(z.string()), {
    purpose: 'Networks of pods: one, or one of each IP version. Fixed when the cluster is created.',
    default: ['10.244.0.0/16'],
  }),
  service_subnets: optional(z.array(z.string()), {
    purpose: 'Networks of services: one, or one of each IP version. Fixed when the cluster is created.',
    default: ['10.96.0.0/12'],
  }),
  cni: optional(z.enum(['flannel', 'none']), {
    purpose: 'Network plugin that Talos installs; none for one of `bootstrap.manifests`, such as Cilium.',
    default: 'flannel',
  }),
  kube_proxy: optional(z.boolean(), {
    purpose: 'Run kube-proxy; false where the network plugin takes its place.',
    default: true,
  }),
  schedule_on_control_planes: optional(z.boolean(), {
    purpose: 'Let pods of users run on control planes.',
    default: false,
  }),
  cert_sans: optional(z.array(z.string()), {
    purpose:
      'Further names and addresses under which the Kubernetes and Talos APIs are reached: they go into their certificates. Those of the `endpoint`, the `vip` and the nodes are there anyway.',
    example: 'k8s.example.com',
  }),
  installer: optional(z.string(), {
    purpose: 'Installer image of all nodes with its tag, of the platform that they boot from.',
    otherwise: 'that of the schematic in the address of the image',
    example:
      'factory.talos.dev/nocloud-installer/376567988ad370138ad8b2698212367b8edcb69b5fd68c80be1f2ec7d603b4ba:v1.11.5',
  }),
});
