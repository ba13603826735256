import type { z } from 'zod';
import { issueWords } from './issue-words';

/** A value of JSON, or in `problem` what is wrong with the text, in words that repeat nothing of it. */
export type ParsedJson = { readonly value: unknown } | { readonly problem: string };

/** No file that programs write for each other is nested so deep; what walks a value may recurse. */
const MAX_DEPTH = 200;

/** Reads JSON of somebody else. Never throws: what Node says of broken JSON repeats a piece of it, which may be a secret. */
export function parseJson(text: string): ParsedJson {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { problem: 'is not JSON' };
  }
  return isDeeper(value, MAX_DEPTH) ? { problem: `is nested deeper than ${MAX_DEPTH} levels` } : { value };
}

/** Reads JSON of a form, or tells in `problem` what is wrong with it, e.g. `stacks is missing`, in words that repeat nothing of it. */
export function parseJsonAs<T>(
  text: string,
  form: z.ZodType<T>,
): { readonly value: T } | { readonly problem: string } {
  const json = parseJson(text);
  if ('problem' in json) return { problem: `it ${json.problem}` };
  const read = form.safeParse(json.value);
  return read.success ? { value: read.data } : { problem: issueWords(read.error.issues[0]) };
}

/** Whether a value is nested deeper than that; without recursion. */
function isDeeper(value: unknown, most: number): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; depth <= most; depth++) {
    const next: unknown[] = [];
    for (const one of level)
      if (typeof one === 'object' && one !== null) for (const item of Object.values(one)) next.push(item);
    if (next.length === 0) return false;
    level = next;
  }
  return true;
}

/** What a map has under a key that somebody wrote; nothing that every object has, such as `constructor`. */
export const own = <T>(map: Readonly<Record<string, T>> | undefined, key: string): T | undefined =>
  map !== undefined && Object.hasOwn(map, key) ? map[key] : undefined;
