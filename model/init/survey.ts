/** What Proxmox VE servers have and use, as `init` has seen it: written down beside a definition, and compared by `doctor` later. */
import { z } from 'zod';

const storage = z.strictObject({
  name: z.string(),
  /** `lvmthin`, `zfspool`, `rbd`. */
  type: z.string(),
  content: z.array(z.string()),
  /** One storage for all servers that have it. */
  shared: z.boolean(),
  free_gb: z.number(),
});
export type SeenStorage = z.infer<typeof storage>;

const bridge = z.strictObject({
  name: z.string(),
  vlan_aware: z.boolean(),
  mtu: z.number().optional(),
  /** Address of the server there, with its prefix. */
  address: z.string().optional(),
  gateway: z.string().optional(),
});
export type SeenBridge = z.infer<typeof bridge>;

/** A display controller or an accelerator. */
const device = z.strictObject({
  /** `0000:01:00.0` */
  path: z.string(),
  /** `10de:2204` */
  id: z.string(),
  /** Absent without IOMMU. */
  iommu_group: z.number().optional(),
  subsystem_id: z.string().optional(),
  mediated: z.boolean().optional(),
});
export type SeenDevice = z.infer<typeof device>;

const server = z.strictObject({
  api_url: z.string(),
  tls_insecure: z.boolean().optional(),
  node_name: z.string(),
  proxmox_cluster: z.string().optional(),
  version: z.string(),
  cpus: z.number(),
  memory_gb: z.number(),
  storages: z.array(storage),
  bridges: z.array(bridge),
  devices: z.array(device),
});
export type SeenServer = z.infer<typeof server>;

const guest = z.strictObject({
  /** Proxmox cluster, or key of a server alone: VMIDs are unique there. */
  site: z.string(),
  node_name: z.string(),
  vm_id: z.number(),
  name: z.string(),
  running: z.boolean(),
  memory_gb: z.number(),
  macs: z.array(z.string()),
  /** As far as its configuration tells. */
  addresses: z.array(z.string()),
  /** Names of PCI mappings and PCI addresses that it has. */
  devices: z.array(z.string()),
  /** Whether it looks like a node of Talos. */
  talos: z.boolean(),
});
export type SeenGuest = z.infer<typeof guest>;

const mapping = z.strictObject({
  site: z.string(),
  name: z.string(),
  node_name: z.string(),
  path: z.string(),
});

export const surveySchema = z.strictObject({
  format_version: z.literal(1),
  servers: z.record(z.string(), server),
  guests: z.array(guest),
  mappings: z.array(mapping),
});
export type Survey = z.infer<typeof surveySchema>;

/** End of the name of the file beside a definition. */
export const SURVEY_END = '.servers.json';

/** What shares VMIDs, mappings and pools with a server. */
export const siteOf = (key: string, { proxmox_cluster }: SeenServer): string => proxmox_cluster ?? key;
