import { z } from 'zod';
import { labelText, SET_LABEL } from './machine-status';
import { readObjects } from './read-objects';

const clusterMachineSchema = z.object({
  metadata: z.object({ id: z.string(), labels: z.record(z.string(), z.unknown()).nullish() }),
  spec: z.object({
    ready: z.boolean().nullish(),
    configuptodate: z.boolean().nullish(),
    lastconfigerror: z.string().nullish(),
  }),
});

/** A machine as a cluster has it. */
export interface ClusterMachine {
  /** Machine id, lower case. */
  readonly id: string;
  /** Node name. */
  readonly name: string;
  /** Id of its machine set: `<cluster>-workers`. */
  readonly set: string;
}

/** Ids of the machines that are ready in their cluster, and of those that are not. */
export type Readiness = ReadonlyMap<string, boolean>;

/** Whether a machine has the configuration that Omni has for it, and what speaks against it; by machine id. */
export type Configured = ReadonlyMap<string, { readonly isUpToDate: boolean; readonly error: string }>;

/** Reads the output of `omnictl get clustermachinestatuses -o json`. */
export function readReadiness(text: string):
  | {
      readonly ready: Readiness;
      readonly configured: Configured;
      /** By the host names that they have. */
      readonly machines: readonly ClusterMachine[];
    }
  | { readonly problem: string } {
  const read = readObjects(text, clusterMachineSchema);
  if ('problem' in read) return read;
  return {
    machines: read.objects.map(({ metadata: { id, labels } }) => ({
      id,
      name: labelText(labels?.['omni.sidero.dev/hostname']),
      set: labelText(labels?.[SET_LABEL]),
    })),
    ready: new Map(read.objects.map(({ metadata, spec }) => [metadata.id, spec.ready ?? false])),
    configured: new Map(
      read.objects.map(({ metadata, spec }) => [
        metadata.id,
        { isUpToDate: spec.configuptodate ?? false, error: spec.lastconfigerror ?? '' },
      ]),
    ),
  };
}
