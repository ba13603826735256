import { z } from 'zod';

// Omni writes null where it knows nothing yet, and leaves keys out between versions: both read as "nothing".
const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '');
const flag = z
  .boolean()
  .nullish()
  .transform((value) => value ?? false);
const number = z
  .number()
  .nullish()
  .transform((value) => value ?? 0);
const listOf = <T extends z.ZodType>(item: T) =>
  z
    .array(item)
    .nullish()
    .transform((value) => value ?? []);

/** Omni's own label with the name of the cluster that owns a machine. */
export const CLUSTER_LABEL = 'omni.sidero.dev/cluster';

/** Labels that people gave. Omni's own repeat the spec and come and go with the connection; only the cluster is kept. */
const labels = z
  .record(z.string(), z.unknown())
  .nullish()
  .transform((value) =>
    Object.fromEntries(
      Object.entries(value ?? {})
        .filter(([key]) => key === CLUSTER_LABEL || !key.startsWith('omni.sidero.dev/'))
        .map(([key, label]) => [key, labelText(label)]),
    ),
  );

/** Names the machine set of what belongs to one. */
export const SET_LABEL = 'omni.sidero.dev/machine-set';

/** omnictl prints label "12" as 12, "true" as true and "" as null. */
export function labelText(label: unknown): string {
  if (label === null || label === undefined) return '';
  return typeof label === 'string' ? label : JSON.stringify(label);
}

/**
 * What we keep of an Omni MachineStatus, in omnictl's own (lower-case) keys. Only what is listed here survives parsing:
 * the join token in `kernelcmdline`, `schematic.kernelargs` and `schematic.raw` does not, nor does whatever a later Omni
 * adds. Left out too is what changes by itself (versions, time stamps, traffic), so that the same machines give the same file.
 */
export const machineStatusSchema = z.object({
  metadata: z.object({
    /** The SMBIOS UUID in lower case, unless Omni had to give the machine another one. */
    id: z.string().min(1),
    labels,
  }),
  spec: z.object({
    /** Name of the cluster that owns the machine; "" for a free one. */
    cluster: text,
    connected: flag,
    /** Talos runs without installation. */
    maintenance: flag,
    /** 0 none, 1 control plane, 2 worker. */
    role: number,
    /** E.g. `v1.11.5`; "" before the machine has told it. */
    talosversion: text,
    /** null until the machine has told of its hardware. */
    hardware: z
      .object({
        arch: text,
        blockdevices: listOf(
          z.object({
            linuxname: text,
            /** Bytes. */
            size: number,
            model: text,
            serial: text,
            wwid: text,
            transport: text,
            systemdisk: flag,
            readonly: flag,
          }),
        ),
      })
      .nullish()
      .transform((value) => value ?? null),
    /** null until the machine has told of its network. */
    network: z
      .object({
        hostname: text,
        /** With prefix; without the SideroLink address. */
        addresses: listOf(z.string()),
        defaultgateways: listOf(z.string()),
        /** Physical links only. `hardwareaddress` is lower case, and may be "". */
        networklinks: listOf(
          z.object({ linuxname: text, hardwareaddress: text, linkup: flag, speedmbps: number }),
        ),
      })
      .nullish()
      .transform((value) => value ?? null),
    platformmetadata: z
      .object({ platform: text })
      .nullish()
      .transform((value) => value ?? { platform: '' }),
    /** The image that the machine booted; null until it is known. */
    schematic: z
      .object({ id: text, fullid: text, extensions: listOf(z.string()), invalid: flag })
      .nullish()
      .transform((value) => value ?? null),
  }),
});

export type MachineStatus = z.infer<typeof machineStatusSchema>;
