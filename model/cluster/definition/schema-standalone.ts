import { z } from 'zod';
import { optional, required } from './keys';

/** Where images of a registry are pulled from. */
export const registryMirror = z.strictObject({
  endpoints: required(z.array(z.string()), {
    purpose: 'Addresses, in the order in which they are tried.',
    example: ['https://mirror.example.com'],
  }),
  override_path: optional(z.boolean(), {
    purpose: 'Take the path of the addresses as it is, without /v2 after it, as Harbor and Artifactory need.',
    default: false,
  }),
  skip_fallback: optional(z.boolean(), {
    purpose: 'Leave the registry itself alone where no mirror answers: for networks without a way out.',
    default: false,
  }),
});

/** Who asks a registry, or a mirror of one. */
const registryLogin = z.strictObject({
  username: required(z.string(), { purpose: 'Name of the user.', example: 'robot$talos' }),
  password: required(z.string(), {
    purpose: 'Its password or token, as a reference: the value comes from the environment.',
    example: '${secret:mirror_password}',
  }),
});

/** What a cluster is that talosctl makes, without Omni. */
export const standalone = z.strictObject({
  engine: optional(z.enum(['talosctl', 'terraform']), {
    purpose:
      'What brings machine configurations to the nodes: talosctl, by the commands of this program, which keeps every secret out of the state; or terraform, so that one apply makes the whole cluster. Then the secrets of the cluster stand in the state.',
    default: 'talosctl',
  }),
  engine_before: optional(z.enum(['terraform']), {
    purpose:
      'Say terraform when the engine was that until now: the next apply lets the state forget what it knows of Talos, and touches no node. Needs Terraform 1.7; take it out after that apply. Make the file of the secrets before, see the guide.',
  }),
  secrets_in_local_state: optional(z.boolean(), {
    purpose:
      'Accept that with engine terraform the secrets of the cluster stand in clear text in a state file on this machine.',
    default: false,
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
    example: ['10.244.0.0/16'],
    purpose: 'Networks of pods: one, or one of each IP version. Fixed when the cluster is created.',
    otherwise: '[10.244.0.0/16], or [fd00:10:244::/56] where nodes have IPv6',
  }),
  service_subnets: optional(z.array(z.string()), {
    example: ['10.96.0.0/12'],
    purpose: 'Networks of services: one, or one of each IP version. Fixed when the cluster is created.',
    otherwise: '[10.96.0.0/12], or [fd00:10:96::/112] where nodes have IPv6',
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
    example: ['k8s.example.com'],
  }),
  discovery: optional(z.boolean(), {
    purpose:
      'Let members find each other through the public discovery service of Talos, which sees what they tell it only encrypted. Where it is off, `talosctl get members` is empty.',
    default: true,
  }),
  disk_encryption: optional(z.enum(['none', 'node_id', 'tpm']), {
    purpose:
      'Encrypt the disk of Talos: node_id with a key made of the UUID of the VM, which keeps a disk safe that leaves its VM; tpm with one that the TPM of the VM seals, for nodes with `secure_boot`. Fixed when a node is installed.',
    default: 'none',
  }),
  registry_mirrors: optional(z.record(z.string(), registryMirror), {
    purpose:
      'Where images are pulled from instead, by the host of a registry such as docker.io; "*" stands for all others. What one of them asks for is in `registry_logins`.',
  }),
  registry_logins: optional(z.record(z.string(), registryLogin), {
    purpose: 'With what nodes log in, by the host of a registry or mirror, with its port where it has one.',
  }),
  time_servers: optional(z.array(z.string()), {
    example: ['time.cloudflare.com'],
    purpose: 'Servers of the time, by name or address.',
    otherwise: 'time.cloudflare.com, of Talos',
  }),
  host_dns: optional(z.enum(['pods', 'nodes', 'none']), {
    purpose:
      'Who asks the DNS cache of a node: the node and, through CoreDNS, pods; the node alone, as Cilium with eBPF masquerading needs; or nobody.',
    default: 'pods',
  }),
  kube_prism: optional(z.boolean(), {
    purpose:
      'Give each node a load balancer of the Kubernetes API at localhost:7445. Network plugins in place of kube-proxy need it.',
    default: true,
  }),
  audit_policy: optional(z.record(z.string(), z.unknown()), {
    example: { apiVersion: 'audit.k8s.io/v1', kind: 'Policy', rules: [{ level: 'Metadata' }] },
    purpose:
      'Audit policy of the Kubernetes API, as Kubernetes has it: apiVersion audit.k8s.io/v1, kind Policy, and rules.',
    otherwise: 'that of Talos: the metadata of every request',
  }),
  etcd_metrics: optional(z.boolean(), {
    purpose: 'Show the metrics of etcd to the network at port 2381, without authentication.',
    default: false,
  }),
  installer: optional(z.string(), {
    purpose: 'Installer image of all nodes with its tag, of the platform that they boot from.',
    otherwise: 'that of the schematic of the image, or in its address',
    example:
      'factory.talos.dev/nocloud-installer/376567988ad370138ad8b2698212367b8edcb69b5fd68c80be1f2ec7d603b4ba:v1.11.5',
  }),
});
