import { z } from 'zod';
import { optional, required, type ManagedBy } from './keys';

/** What makes machine configurations. */
export const MANAGED: readonly ManagedBy[] = ['omni', 'standalone'];

/** Keys that become machine configuration; values of all levels reach a node, the most specific last. */
export const machineConfigKeys = {
  kernel_args: optional(z.array(z.string()), {
    example: ['console=ttyS0'],
    purpose: 'Extra kernel arguments. The list of a role or node replaces that of `all`, so it repeats it.',
    management: MANAGED,
  }),
  sysctls: optional(z.record(z.string(), z.string()), {
    example: { 'vm.max_map_count': '262144' },
    purpose: 'Kernel parameters. Those of node, pool, role and all add up.',
    management: MANAGED,
  }),
  node_labels: optional(z.record(z.string(), z.string()), {
    example: { 'topology.kubernetes.io/zone': 'house' },
    purpose: 'Kubernetes node labels. Those of node, pool, role and all add up.',
    management: MANAGED,
  }),
  patches: optional(z.record(z.string(), z.unknown()), {
    example: { kubelet: { machine: { kubelet: { extraArgs: { 'rotate-server-certificates': 'true' } } } } },
    purpose:
      'Talos patches by name: a part of the machine configuration, or one document with apiVersion and kind. Those of node, pool, role and all add up.',
    management: MANAGED,
  }),
};

const strings = z.record(z.string(), z.string());

/** Keys of a strategy. */
export const rollout = z.strictObject({
  type: optional(z.enum(['rolling', 'unset']), {
    purpose: 'rolling: so many machines at a time; unset: all at once.',
    default: 'rolling',
  }),
  max_parallelism: optional(z.number(), {
    purpose: 'How many machines at a time.',
    default: 1,
    minimum: 1,
  }),
});

const machineSetKeys = {
  upgrade_strategy: optional(rollout, {
    purpose: 'How upgrades of Talos go through the set. Needs Omni 1.6.',
    otherwise: 'rolling, one at a time',
  }),
  update_strategy: optional(rollout, {
    purpose: 'How changes of the machine configuration go through the set. Workers only.',
    otherwise: 'rolling, one at a time',
  }),
  delete_strategy: optional(rollout, {
    purpose: 'How machines leave the set. Workers only.',
    otherwise: 'unset: all at once',
  }),
  labels: optional(strings, {
    example: { 'example.com/team': 'blue' },
    purpose: 'Labels of the machine set in Omni.',
  }),
  annotations: optional(strings, {
    example: { 'example.com/owner': 'ops' },
    purpose: 'Annotations of the machine set in Omni.',
  }),
};

/** What a machine set is in Omni besides its machines. */
export const machineSet = z.strictObject(machineSetKeys);

/** What the machine of one node is in Omni. */
export const omniMachine = z.strictObject({
  locked: optional(z.boolean(), {
    purpose:
      'Lock the machine: Omni changes nothing on it until it is false again. A lock that a person put on it in Omni stays either way. Workers only.',
    default: false,
  }),
  install_disk: optional(z.string(), {
    purpose:
      'Disk that Talos is installed on, in place of the one that the VM has as OS disk. Omni before 1.10 ignores it on Talos 1.13 and newer.',
    otherwise: 'the OS disk, by its place in the VM',
    example: '/dev/vda',
  }),
  install_disk_selector: optional(z.string(), {
    purpose: 'The same, as a CEL expression over the disks. Needs Omni 1.10.',
    example: 'disk.transport == "nvme"',
  }),
  labels: optional(strings, {
    example: { 'example.com/team': 'blue' },
    purpose: 'Labels of the membership in Omni. Machine classes do not see them.',
  }),
  annotations: optional(strings, {
    example: { 'example.com/owner': 'ops' },
    purpose: 'Annotations of the membership in Omni.',
  }),
});

const machineClassSet = z.strictObject({
  machine_class: required(z.string(), {
    purpose: 'Machine class of Omni that the machines are taken from, by their labels.',
    example: 'workers',
  }),
  size: required(z.union([z.number(), z.literal('unlimited')]), {
    purpose: 'Number of machines, or unlimited: all that the class has.',
    example: 3,
  }),
  system_extensions: optional(z.array(z.string()), {
    example: ['siderolabs/iscsi-tools'],
    purpose: 'Talos system extensions, in place of the list of the cluster.',
  }),
  sysctls: machineConfigKeys.sysctls,
  node_labels: machineConfigKeys.node_labels,
  patches: machineConfigKeys.patches,
  ...machineSetKeys,
});

const healthcheck = z.strictObject({
  job_file: required(z.string(), {
    purpose: 'File with a Kubernetes Job, from the folder of the definition.',
    example: 'checks/storage.yaml',
  }),
  interval: optional(z.string(), {
    purpose: 'How often it is tried again while an upgrade waits for it, as a Go duration from 5s.',
    default: '30s',
  }),
});

/** What the cluster is in Omni. */
export const omni = z.strictObject({
  endpoint: required(z.string(), {
    purpose: 'Address of Sidero Omni.',
    example: 'https://omni.example.com',
  }),
  disk_encryption: optional(z.boolean(), {
    purpose: 'Encrypt the disks with keys of Omni. Fixed when the cluster is created.',
    default: false,
  }),
  workload_proxy: optional(z.boolean(), {
    purpose: 'Omni exposes services of the cluster.',
    default: false,
  }),
  embedded_discovery: optional(z.boolean(), {
    purpose: 'Use the discovery service inside Omni instead of the public one.',
    default: false,
  }),
  public_discovery: optional(z.boolean(), {
    purpose:
      'Whether members may find each other through the public discovery service. false needs Omni 1.10.',
    default: true,
  }),
  node_audit_skip: optional(z.boolean(), {
    purpose: 'Keep Omni from removing Kubernetes nodes that it does not know. Needs Omni 1.10.',
    default: false,
  }),
  backup_interval: optional(z.string(), {
    purpose: 'Interval of etcd backups, as a Go duration from 1h to 24h.',
    otherwise: 'no backups',
    example: '6h',
  }),
  restore: optional(
    z.strictObject({
      cluster_uuid: required(z.string(), {
        example: 'aa4cc7d4-64d5-4ba8-8ab0-9f3f2d1c5e01',
        purpose: 'UUID of the cluster that the backup is of (`omnictl get clusteruuid`).',
      }),
      snapshot: required(z.string(), {
        purpose: 'Name of the backup (`omnictl get etcdbackup`).',
        example: 'FFFFFFFF9A99FBFD.snapshot',
      }),
    }),
    {
      purpose:
        'Create the cluster from a backup of etcd. Omni refuses every change of it afterwards: it stays as long as the cluster.',
    },
  ),
  healthchecks: optional(z.record(z.string(), healthcheck), {
    purpose: 'Kubernetes Jobs by name that must succeed before an upgrade of Talos goes on. Needs Omni 1.9.',
  }),
  machine_sets: optional(z.record(z.string(), machineClassSet), {
    purpose:
      'Sets of workers that Omni takes from a machine class, by name. Their machines are none of this definition: Terraform and the inventory do not know them.',
  }),
  labels: optional(strings, {
    example: { 'example.com/team': 'blue' },
    purpose: 'Labels of the cluster in Omni.',
  }),
  annotations: optional(strings, {
    example: { 'example.com/owner': 'ops' },
    purpose: 'Annotations of the cluster in Omni.',
  }),
});

/** What is put into Kubernetes when the cluster starts. */
export const bootstrap = z.strictObject({
  manifests: optional(
    z.array(
      z.strictObject({
        file: required(z.string(), {
          purpose: 'File with Kubernetes objects, from the folder of the definition.',
          example: 'manifests/cilium.yaml',
        }),
        mode: optional(z.enum(['one-time', 'full']), {
          purpose:
            'one-time: applied once, then left alone; full: kept as in the file, and removed from Kubernetes when it goes out of the file.',
          default: 'one-time',
          management: ['omni'],
        }),
      }),
    ),
    {
      purpose:
        'Kubernetes objects, such as a CNI. Omni takes them from version 1.7. Without Omni they are part of the machine configuration of control planes: Talos up to 1.12 makes what is missing and changes nothing, and from 1.13 keeps all as in the files.',
    },
  ),
});
