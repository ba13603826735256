import { z } from 'zod';
import { parseJsonStream } from './json-stream';

const clusterMachineSchema = z.object({
  metadata: z.object({ id: z.string() }),
  spec: z.object({ ready: z.boolean().nullish() }),
});

/** Ids of the machines that are ready in their cluster, and of those that are not. */
export type Readiness = ReadonlyMap<string, boolean>;

/** Reads the output of `omnictl get clustermachinestatuses -o json`. */
export function readReadiness(text: string): { readonly ready: Readiness } | { readonly problem: string } {
  const { values, problem } = parseJsonStream(text);
  const parsed = z.array(clusterMachineSchema).safeParse(values);
  if (problem !== undefined) return { problem };
  if (!parsed.success) return { problem: 'an object has an unknown form' };
  return { ready: new Map(parsed.data.map(({ metadata, spec }) => [metadata.id, spec.ready ?? false])) };
}
