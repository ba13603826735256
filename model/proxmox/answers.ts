import { z } from 'zod';

/**
 * What Proxmox VE answers, as far as the checks look at it. Perl writes one number as `1`, the next as `"1"`, and leaves
 * out what it does not know, so that numbers are coerced and most keys are optional.
 */
const number = z.coerce.number();
const flag = number.transform((value) => value === 1).default(false);
const text = z.coerce.string();
const names = text.default('').transform((value) => value.split(',').filter((name) => name !== ''));

export const versionAnswer = z.object({ version: z.string() });

/** Privileges by path; the number says whether they hold below the path too. */
export const permissionsAnswer = z.record(z.string(), z.record(z.string(), number));
export type Permissions = z.infer<typeof permissionsAnswer>;

export const nodesAnswer = z.array(z.object({ node: z.string(), status: z.string().default('unknown') }));
export type Nodes = z.infer<typeof nodesAnswer>;

/** Of a cluster: one entry for itself, one for each member. A server alone has its own only. */
export const clusterStatusAnswer = z.array(
  z.object({
    type: z.string(),
    name: z.string(),
    quorate: flag,
    online: flag,
    /** Whether it is the one that answers. */
    local: flag.optional(),
    ip: z.string().optional(),
  }),
);
export type ClusterStatus = z.infer<typeof clusterStatusAnswer>;

export const nodeStatusAnswer = z.object({
  cpuinfo: z.object({ cpus: number }),
  /** Bytes. */
  memory: z.object({ total: number }),
});
export type NodeStatus = z.infer<typeof nodeStatusAnswer>;

/** Seconds since 1970. */
export const timeAnswer = z.object({ time: number });

export const storagesAnswer = z.array(
  z.object({
    storage: z.string(),
    type: z.string(),
    content: names,
    shared: flag,
    enabled: flag,
    active: flag,
    /** Bytes. */
    avail: number.default(0),
    /** Formats of volumes, from 9.1 on. */
    formats: z.object({ supported: z.array(z.string()) }).optional(),
    /** The same in older versions: formats with 1, and the one that is taken where nothing is said. */
    format: z.tuple([z.record(z.string(), number), z.string()]).optional(),
  }),
);
export type StorageInfo = z.infer<typeof storagesAnswer>[number];

/** CPU models that a server knows; those that it defines itself are called `custom-…`. */
export const cpuModelsAnswer = z.array(z.object({ name: z.string() }));

export const contentAnswer = z.array(z.object({ volid: z.string() }));

export const networkAnswer = z.array(
  z.object({
    iface: z.string(),
    type: z.string().default(''),
    bridge_vlan_aware: flag,
    bridge_ports: text.default('').transform((value) => value.split(/\s+/).filter((port) => port !== '')),
    mtu: number.optional(),
    /** Address of the server there, with its prefix. */
    cidr: z.string().optional(),
    gateway: z.string().optional(),
  }),
);
export type NetworkInterface = z.infer<typeof networkAnswer>[number];

export const pciAnswer = z.array(
  z.object({
    id: z.string(),
    class: z.string().default(''),
    vendor: z.string().default(''),
    device: z.string().default(''),
    subsystem_vendor: z.string().optional(),
    subsystem_device: z.string().optional(),
    /** -1 without IOMMU. */
    iommugroup: number.default(-1),
    /** Whether the device can be split into mediated devices. */
    mdev: flag,
  }),
);
export type PciFunction = z.infer<typeof pciAnswer>[number];

export const guestsAnswer = z.array(
  z.object({
    type: z.string(),
    vmid: number,
    node: z.string(),
    name: text.optional(),
    status: z.string().default('unknown'),
    template: flag,
    tags: text.default('').transform((value) => value.split(/[;,\s]+/).filter((tag) => tag !== '')),
    lock: z.string().optional(),
    pool: z.string().optional(),
    maxcpu: number.default(0),
    /** Bytes. */
    maxmem: number.default(0),
  }),
);
/** A VM or a container. */
export type Guest = z.infer<typeof guestsAnswer>[number];

export const configAnswer = z.record(z.string(), z.union([z.string(), z.number()]).transform(String));
export type GuestConfig = z.infer<typeof configAnswer>;

/** What the guest agent tells of the NICs inside the VM. */
export const agentAnswer = z.object({
  result: z.array(
    z.object({
      'hardware-address': text.optional(),
      'ip-addresses': z.array(z.object({ 'ip-address': z.string() })).default([]),
    }),
  ),
});
export type AgentNics = z.infer<typeof agentAnswer>['result'];

export const poolsAnswer = z.array(z.object({ poolid: z.string(), comment: text.default('') }));

/** `map` has an entry per device: `id=10de:2204,node=pve1,path=0000:01:00.0`. */
export const mappingsAnswer = z.array(
  z.object({ id: z.string(), map: z.array(z.string()).default([]), mdev: flag }),
);
export type Mapping = z.infer<typeof mappingsAnswer>[number];

const value = z.union([z.string(), z.number()]).transform(String).optional();

/** Keys of a VM: what it has, and what it will have after a restart (`pending`, or `delete`). */
export const pendingAnswer = z.array(
  z.object({ key: z.string(), value, pending: value, delete: number.optional() }),
);
export type PendingKeys = z.infer<typeof pendingAnswer>;
