import { z } from 'zod';
import type { Cluster, Node, PciDevice, PciMapping } from '../cluster/cluster';
import { ROLES } from '../cluster/roles';

/** Version of the shape of an assembly. Readers refuse a version that they do not know. */
export const ASSEMBLY_FORMAT_VERSION = 2;

/** Name of the file of an assembly, beside the `cdk.tf.json` of the stack that is named like the cluster. */
export const ASSEMBLY_FILE = 'cluster.json';

const text = z.string();
const texts = z.array(text).readonly();
const record = z.record(text, z.unknown()).readonly();
const textRecord = z.record(text, text).readonly();
const count = z.int().nonnegative();

const object = <Shape extends z.ZodRawShape>(shape: Shape) => z.strictObject(shape).readonly();

const role = z.enum(ROLES);

const backend = object({ type: text, config: record });

const server = object({
  key: text,
  endpoint: text,
  nodeName: text,
  site: text,
  siteName: text,
  renamedFrom: text.optional(),
  tokenId: text.optional(),
  insecure: z.boolean(),
  minTls: text,
  caFile: text.optional(),
  diskStorages: texts,
  imageStorage: text,
  sharedImages: object({ name: text, servers: texts }).optional(),
});

const image = object({
  key: text,
  source: z.discriminatedUnion('kind', [
    object({ kind: z.literal('iso'), files: textRecord }),
    object({ kind: z.literal('pxe') }),
    object({
      kind: z.literal('download'),
      url: z.union([object({ literal: text }), object({ variable: text })]),
      fileName: text,
      content: z.enum(['iso', 'import']),
      checksum: object({ algorithm: text, value: text }).optional(),
      schematic: object({ factory: text, id: text, yaml: text }).optional(),
    }),
  ]),
  platform: z.enum(['nocloud', 'metal']),
  version: text.optional(),
});

const config = object({
  systemExtensions: texts,
  kernelArgs: texts,
  sysctls: textRecord,
  nodeLabels: textRecord,
  patches: record,
});

const disk = object({
  purpose: z.enum(['os', 'data']),
  name: text,
  slot: count,
  interface: text,
  storage: text,
  sizeGb: z.number(),
  format: z.enum(['raw', 'qcow2']),
  serial: text,
  volume: z.boolean(),
  longhorn: z.boolean(),
});

const nic = object({
  network: z.enum(['management', 'storage']),
  bridge: text,
  vlanId: count,
  mac: text,
  mtu: count.optional(),
  ip: text,
  prefix: count,
  version: z.union([z.literal(4), z.literal(6)]),
  gateway: text.optional(),
});

const startup = object({
  order: z.int().optional(),
  upDelay: z.int().optional(),
  downDelay: z.int().optional(),
});

/** A node whose server and image are named by key: both stand once in the assembly. */
const node = object({
  name: text,
  role,
  index: count,
  server: text,
  vmId: count,
  uuid: text.optional(),
  adopted: z.boolean(),
  ignoreChanges: texts,
  cpuCores: z.number(),
  cpuType: text,
  memoryMb: z.number(),
  disks: z.array(disk).readonly(),
  nics: z.array(nic).readonly(),
  image: text,
  bios: z.enum(['ovmf', 'seabios']),
  machine: z.enum(['q35', 'pc']),
  scsiHardware: text,
  secureBoot: z.boolean(),
  nocloud: z.boolean(),
  gpuMappings: texts,
  gpuPciId: text,
  agent: z.boolean(),
  startOnBoot: z.boolean(),
  started: z.boolean(),
  protection: z.boolean(),
  rebootAfterUpdate: z.boolean(),
  ha: z.boolean(),
  startup: startup.optional(),
  tags: texts,
  systemExtensions: texts,
  machineSet: text,
  omni: object({
    locked: z.boolean(),
    installDisk: text.optional(),
    installDiskSelector: text.optional(),
    labels: textRecord,
    annotations: textRecord,
  }),
  config,
});

const pciMapping = object({
  name: text,
  comment: text.optional(),
  mediatedDevices: z.boolean(),
  devices: z
    .array(
      object({
        server: text,
        path: text,
        id: text,
        iommuGroup: z.int().optional(),
        subsystemId: text.optional(),
      }),
    )
    .readonly(),
});

const rollout = object({ type: z.enum(['rolling', 'unset']), maxParallelism: count.optional() });

const machineSet = object({
  name: text,
  role,
  members: z.union([
    z.literal('nodes'),
    object({ machineClass: text, size: z.union([count, z.literal('unlimited')]) }),
  ]),
  omni: object({
    upgradeStrategy: rollout.optional(),
    updateStrategy: rollout.optional(),
    deleteStrategy: rollout.optional(),
    labels: textRecord,
    annotations: textRecord,
  }),
  config,
});

const management = z.discriminatedUnion('kind', [
  object({
    kind: z.literal('omni'),
    endpoint: text.optional(),
    settings: object({
      diskEncryption: z.boolean().optional(),
      workloadProxy: z.boolean().optional(),
      embeddedDiscovery: z.boolean().optional(),
      backupInterval: text.optional(),
      labels: textRecord,
      annotations: textRecord,
      publicDiscovery: z.boolean().optional(),
      nodeAuditSkip: z.boolean().optional(),
      restore: object({ clusterUuid: text, snapshot: text }).optional(),
      healthchecks: z.array(object({ name: text, jobFile: text, interval: text.optional() })).readonly(),
    }),
  }),
  object({
    kind: z.literal('standalone'),
    engine: z.enum(['talosctl', 'terraform']),
    engineBefore: z.literal('terraform').optional(),
    endpoint: text,
    vip: text.optional(),
    podSubnets: texts,
    serviceSubnets: texts,
    cni: z.enum(['flannel', 'none']),
    kubeProxy: z.boolean(),
    scheduleOnControlPlanes: z.boolean(),
    certSans: texts,
    discovery: z.boolean(),
    diskEncryption: z.enum(['none', 'node_id', 'tpm']),
    registryMirrors: z
      .record(text, object({ endpoints: texts, overridePath: z.boolean(), skipFallback: z.boolean() }))
      .readonly(),
    registryLogins: z.record(text, object({ username: text, password: text })).readonly(),
    timeServers: texts,
    hostDns: z.enum(['pods', 'nodes', 'none']),
    kubePrism: z.boolean(),
    auditPolicy: record.optional(),
    etcdMetrics: z.boolean(),
    installer: text.optional(),
  }),
  object({ kind: z.literal('none') }),
]);

const cluster = object({
  name: text,
  renamedFrom: text.optional(),
  talosVersion: text,
  talosContract: text,
  kubernetesVersion: text.optional(),
  servers: z.array(server).readonly(),
  network: object({ subnet: text, prefix: count, gateway: text, dnsServers: texts }),
  nodes: z.array(node).readonly(),
  images: z.array(image).readonly(),
  pciMappings: z.array(pciMapping).readonly(),
  resourcePool: object({ id: text, create: z.boolean(), comment: text.optional() }).optional(),
  backend,
  stateSplit: z.enum(['none', 'server', 'machine_set']),
  parts: z.array(object({ stack: text, backend, nodes: texts })).readonly(),
  guards: z.boolean(),
  management,
  manifests: z.array(object({ file: text, mode: z.enum(['one-time', 'full']) })).readonly(),
  config,
  machineSets: z.array(machineSet).readonly(),
  postApplyCommand: text.optional(),
});

/** What `cluster.json` holds. */
export const assemblySchema = object({
  format_version: z.literal(ASSEMBLY_FORMAT_VERSION).describe('Version of this shape.'),
  stack: text.describe('Stack of the cluster: the folder that this file lies in.'),
  source: object({
    kind: z
      .enum(['yaml', 'tfvars', 'typescript'])
      .describe('Where a person wrote the cluster: decides how messages name places.'),
    file: text.describe(
      'File of the definition, from the root of the repository; a construct path for TypeScript.',
    ),
  }).describe('Where the cluster comes from.'),
  definition: record.describe('The cluster as it was written, with the keys of a definition.'),
  cluster: cluster.describe('The cluster with everything filled in.'),
});

/** What `cluster.json` holds. */
export type Assembly = z.infer<typeof assemblySchema>;

/**
 * A cluster in which servers and images stand once, and are named by key elsewhere. Writer and reader take one for the other,
 * so that the compiler stops where the schema and `Cluster` are no longer the same.
 */
export type StoredCluster = Omit<Cluster, 'nodes' | 'pciMappings'> & {
  readonly nodes: readonly (Omit<Node, 'server' | 'image'> & {
    readonly server: string;
    readonly image: string;
  })[];
  readonly pciMappings: readonly (Omit<PciMapping, 'devices'> & {
    readonly devices: readonly (Omit<PciDevice, 'server'> & { readonly server: string })[];
  })[];
};
