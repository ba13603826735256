import type { z } from 'zod';
import { issueWords } from '../support/issue-words';
import { parseJsonStream } from '../support/json-stream';

/** Reads what `omnictl get … -o json` printed; empty output is no objects. */
export function readObjects<Schema extends z.ZodType>(
  text: string,
  schema: Schema,
): { readonly objects: readonly z.infer<Schema>[] } | { readonly problem: string } {
  const { values, problem } = parseJsonStream(text);
  if (problem !== undefined) return { problem };
  const objects: z.infer<Schema>[] = [];
  for (const [index, value] of values.entries()) {
    const result = schema.safeParse(value);
    if (!result.success) return { problem: `object ${index + 1}: ${issueWords(result.error.issues[0])}` };
    objects.push(result.data);
  }
  return { objects };
}
