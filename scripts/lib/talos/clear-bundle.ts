import { parse } from 'yaml';

/** Secrets in clear, as text and as a value, or why there are none. They are never written anywhere. */
export type Clear = { readonly value: unknown; readonly text: string } | { readonly problem: string };

/** What the parser says of a mistake shows a piece of the text. */
export function parseClear(text: string, source: string): Clear {
  try {
    // A machine configuration may have more documents after the one that counts.
    const [first = ''] = text.split(/^---\s*$/m).filter((part) => part.trim() !== '');
    return { value: parse(first) as unknown, text };
  } catch {
    return { problem: `${source}: is no YAML` };
  }
}
