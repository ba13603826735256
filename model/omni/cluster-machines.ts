import { z } from 'zod';
import { readObjects } from './read-objects';

const clusterMachineSchema = z.object({
  metadata: z.object({ id: z.string() }),
  spec: z.object({ ready: z.boolean().nullish() }),
});

/** Ids of the machines that are ready in their cluster, and of those that are not. */
export type Readiness = ReadonlyMap<string, boolean>;

/** Reads the output of `omnictl get clustermachinestatuses -o json`. */
export function readReadiness(text: string): { readonly ready: Readiness } | { readonly problem: string } {
  const read = readObjects(text, clusterMachineSchema);
  if ('problem' in read) return read;
  return { ready: new Map(read.objects.map(({ metadata, spec }) => [metadata.id, spec.ready ?? false])) };
}
