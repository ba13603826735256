import { z } from 'zod';

/** Documents of an Omni cluster template, as far as we write them; unknown keys are refused, as omnictl does. */

const strings = z.record(z.string(), z.string());

/** Omni keeps these for itself and refuses them. */
const labels = strings.refine((map) => !Object.keys(map).some((key) => key.startsWith('omni.sidero.dev/')), {
  message: 'keys that start with omni.sidero.dev/ belong to Omni',
});

const patch = z.strictObject({
  // Without it the id depends on the place in the list, and a new patch at the front deletes and creates all others.
  idOverride: z.string().min(1),
  annotations: strings.optional(),
  labels: labels.optional(),
  // One document as a map: Omni checks only the first of several, and lists need Omni 1.8.
  inline: z.record(z.string(), z.unknown()).refine((map) => Object.keys(map).length > 0, {
    message: 'a patch must not be empty',
  }),
});

const common = {
  labels: labels.optional(),
  annotations: strings.optional(),
  systemExtensions: z.array(z.string()).optional(),
  kernelArgs: z.array(z.string()).optional(),
  patches: z.array(patch).optional(),
};

const machines = z.array(z.guid().lowercase());

const machineClass = z.strictObject({
  name: z.string().min(1),
  size: z.union([z.int().min(0), z.literal('unlimited')]),
});

const manifest = z.strictObject({
  name: z.string().min(1),
  mode: z.enum(['one-time', 'full']),
  // A file would be read from the folder of the template, which is not always that of the definition.
  inline: z.string().min(1),
  labels: labels.optional(),
  annotations: strings.optional(),
});

const healthcheck = z.strictObject({
  idOverride: z.string().min(1),
  job: z.string().min(1),
  interval: z.string().optional(),
  labels: labels.optional(),
  annotations: strings.optional(),
});

const rollout = z.strictObject({
  type: z.enum(['Rolling', 'Unset']),
  rolling: z.strictObject({ maxParallelism: z.int().min(1) }).optional(),
});

const clusterDocument = z.strictObject({
  kind: z.literal('Cluster'),
  name: z.string().regex(/^[A-Za-z0-9_-]+$/),
  kubernetes: z.strictObject({
    version: z.string(),
    manifests: z.array(manifest).optional(),
    healthchecks: z.array(healthcheck).optional(),
  }),
  talos: z.strictObject({ version: z.string().startsWith('v') }),
  features: z
    .strictObject({
      diskEncryption: z.boolean().optional(),
      enableWorkloadProxy: z.boolean().optional(),
      useEmbeddedDiscoveryService: z.boolean().optional(),
      disablePublicDiscoveryService: z.boolean().optional(),
      enableNodeAuditSkip: z.boolean().optional(),
      backupConfiguration: z.strictObject({ interval: z.string() }).optional(),
    })
    .optional(),
  ...common,
});

const controlPlaneDocument = z.strictObject({
  kind: z.literal('ControlPlane'),
  machines: machines.min(1),
  bootstrapSpec: z.strictObject({ clusterUUID: z.string(), snapshot: z.string() }).optional(),
  upgradeStrategy: rollout.optional(),
  ...common,
});

const workersDocument = z.strictObject({
  kind: z.literal('Workers'),
  name: z.string().regex(/^[A-Za-z0-9_-]+$/),
  machines: machines.optional(),
  machineClass: machineClass.optional(),
  updateStrategy: rollout.optional(),
  deleteStrategy: rollout.optional(),
  upgradeStrategy: rollout.optional(),
  ...common,
});

const machineDocument = z.strictObject({
  kind: z.literal('Machine'),
  name: z.guid().lowercase(),
  locked: z.boolean().optional(),
  install: z.strictObject({ disk: z.string().optional(), diskSelector: z.string().optional() }).optional(),
  ...common,
});

/** One schema per kind. */
export const TEMPLATE_SCHEMAS = {
  Cluster: clusterDocument,
  ControlPlane: controlPlaneDocument,
  Workers: workersDocument,
  Machine: machineDocument,
} as const;

export type TemplateKind = keyof typeof TEMPLATE_SCHEMAS;

/** A patch of a template document after its own template was rendered. */
export type TemplatePatch = z.infer<typeof patch>;
