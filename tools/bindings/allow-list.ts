/** `schemas/allow-list.yaml`: which provider, which version, and which of its resources get bindings. Pure. */
import { parse, parseDocument } from 'yaml';
import { z } from 'zod';

const selection = z.union([z.literal('all'), z.array(z.string()).readonly()]);
const entry = z
  .strictObject({
    source: z.string().regex(/^[a-z0-9-]+\/[a-z0-9-]+$/, 'must be namespace/name'),
    version: z.string().regex(/^\d+\.\d+\.\d+/, 'must be an exact version such as 1.2.3'),
    resources: selection,
    data_sources: selection,
  })
  .transform(({ data_sources, ...rest }) => ({ ...rest, dataSources: data_sources }));
const allowList = z.record(z.string(), entry);

/** `all`, or the full Terraform names. */
export type Selection = z.infer<typeof selection>;
export type AllowListEntry = z.infer<typeof entry>;
/** By the provider's short name, the one cdktf uses for file and folder names ("proxmox"). */
export type AllowList = Readonly<Record<string, AllowListEntry>>;

/** Reads the allow-list, or throws with every mistake in it. */
export function parseAllowList(text: string): AllowList {
  const result = allowList.safeParse(parse(text));
  if (!result.success) {
    throw new Error(`schemas/allow-list.yaml: ${z.prettifyError(result.error)}`);
  }
  for (const [name, { source }] of Object.entries(result.data)) {
    if (source.split('/')[1] !== name) {
      // cdktf names files and folders after the last part of the source; another key would never be found.
      throw new Error(
        `schemas/allow-list.yaml: the key of ${source} must be "${source.split('/')[1]}", not "${name}"`,
      );
    }
  }
  return result.data;
}

/** The same text with another version; comments stay. */
export function setAllowListVersion(text: string, name: string, version: string): string {
  const document = parseDocument(text);
  document.setIn([name, 'version'], version);
  return document.toString({ lineWidth: 0 });
}

/** `bpg/proxmox` as Terraform writes it in schemas and mirrors. */
export function sourceAddress(source: string): string {
  return `registry.terraform.io/${source}`;
}

/** File name in `schemas/`, dictated by cdktf's schema cache: the namespace is dropped. */
export function schemaFileName(name: string, version: string): string {
  return `${encodeURIComponent(name)}@${encodeURIComponent(version)}.json`;
}
