import { parse } from 'yaml';
import { z } from 'zod';
import { didYouMean, list } from '../../../support/text';

const schema = z.object({
  context: z.string().default(''),
  contexts: z
    .record(
      z.string(),
      z.object({ endpoints: z.array(z.string()).nullish(), nodes: z.array(z.string()).nullish() }),
    )
    .nullish(),
});

/** Whom a context of a talosconfig leads to. */
export interface TalosContext {
  readonly name: string;
  readonly endpoints: readonly string[];
  readonly nodes: readonly string[];
}

/** Reads one context of a talosconfig, the current one by default. Repeats nothing of its text. */
export function readContext(
  text: string,
  name?: string,
): { readonly context: TalosContext } | { readonly problem: string } {
  let read: ReturnType<typeof schema.safeParse>;
  try {
    read = schema.safeParse(parse(text));
  } catch {
    return { problem: 'is no YAML; name the talosconfig of the cluster' };
  }
  if (!read.success)
    return { problem: 'is no talosconfig; name that of the cluster, such as ~/.talos/config' };
  const contexts = read.data.contexts ?? {};
  const wanted = name ?? read.data.context;
  const found = Object.hasOwn(contexts, wanted) ? contexts[wanted] : undefined;
  const names = Object.keys(contexts);
  if (!found) {
    const what = wanted === '' ? 'chooses no context' : `has no context "${wanted}"`;
    return { problem: `${what}${didYouMean(wanted, names) || `; name one with --context: ${list(names)}`}` };
  }
  const [endpoints, nodes] = [found.endpoints ?? [], found.nodes ?? []];
  if (endpoints.length + nodes.length === 0)
    return { problem: `context "${wanted}" has no endpoints; add one: talosctl config endpoint <address>` };
  return { context: { name: wanted, endpoints, nodes } };
}
