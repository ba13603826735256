import type { Cluster } from '../cluster/cluster';
import { checkShape } from '../cluster/definition/shape';
import type { ClusterDraft } from '../cluster/definition/draft';
import type { Source } from '../diagnostics/source';
import { inPropsKeys } from '../cluster/definition/props-keys';
import type { Parsed } from '../cluster/definition/yaml';
import { resolve } from '../cluster/resolve';
import { issueWords } from '../support/issue-words';
import { parseJson } from '../support/json';
import { locateWritten } from './locate';
import { ASSEMBLY_FORMAT_VERSION, assemblySchema, type Assembly, type StoredCluster } from './schema';

/** A cluster as a synthesized assembly has it. */
export interface AssembledCluster {
  /** Stack of the cluster: its folder below `stacks`. */
  readonly stack: string;
  readonly cluster: Cluster;
  /** The definition on its way to the cluster, for checks that point at places in it. Made when it is asked for. */
  readonly draft: ClusterDraft;
}

/**
 * Reads `cluster.json`.
 *
 * @param written the definition in the file that it came from, to find places there; `undefined` where there is none
 * @returns the cluster, or in `problem` what is wrong with the file
 */
export function parseAssembly(
  text: string,
  written: (source: Assembly['source']) => Parsed | undefined = () => undefined,
): AssembledCluster | { readonly problem: string } {
  const json = parseJson(text);
  if ('problem' in json) return { problem: `${json.problem}; synthesize again` };
  const { value } = json;
  const version = (value as { readonly format_version?: unknown } | null)?.format_version;
  if (version !== ASSEMBLY_FORMAT_VERSION) return { problem: wrongVersion(version) };
  const { success, data, error } = assemblySchema.safeParse(value);
  if (!success) {
    return {
      problem: `is not what synth writes (${issueWords(error.issues[0])}); synthesize again`,
    };
  }
  const { stack, source } = data;
  const missing = missingKey(data.cluster);
  if (missing !== undefined) return { problem: `names ${missing}, which it does not have; synthesize again` };
  const cluster = restored(data.cluster);
  let draft: ClusterDraft | undefined;
  return {
    stack,
    cluster,
    get draft() {
      draft ??= draftOf(data, written(source));
      return draft;
    },
  };
}

const wrongVersion = (version: unknown): string =>
  typeof version === 'number' && version > ASSEMBLY_FORMAT_VERSION
    ? `has format_version ${version}, and this version of talos-proxmox-cdktf reads ${ASSEMBLY_FORMAT_VERSION}; update it`
    : 'has no format_version that is known here; synthesize again';

function draftOf(
  { source: { kind, file }, definition }: Assembly,
  written: Parsed | undefined,
): ClusterDraft {
  const locate = written
    ? locateWritten(written.value, definition, (path, of) => written.source.locate(path, of))
    : () => undefined;
  const source: Source = {
    kind,
    file: written?.source.file ?? file,
    starter: kind === 'tfvars',
    locate,
    ...(kind === 'typescript' && { inOwnKeys: inPropsKeys }),
  };
  const shape = checkShape(definition, source);
  return resolve(shape.draft, source, shape.broken);
}

/** What a node or mapping refers to, and is not there. */
function missingKey({ servers, images, nodes, pciMappings }: StoredCluster): string | undefined {
  const serverKeys = new Set(servers.map(({ key }) => key));
  const imageKeys = new Set(images.map(({ key }) => key));
  const devices = pciMappings.flatMap((mapping) => mapping.devices);
  const server = [...nodes, ...devices].find((item) => !serverKeys.has(item.server))?.server;
  if (server !== undefined) return `the server ${server}`;
  const image = nodes.find((node) => !imageKeys.has(node.image))?.image;
  return image === undefined ? undefined : `the image ${image}`;
}

function restored(stored: StoredCluster): Cluster {
  const servers = byKey(stored.servers);
  const images = byKey(stored.images);
  return {
    ...stored,
    nodes: stored.nodes.map((node) => ({
      ...node,
      server: servers(node.server),
      image: images(node.image),
    })),
    pciMappings: stored.pciMappings.map((mapping) => ({
      ...mapping,
      devices: mapping.devices.map((device) => ({ ...device, server: servers(device.server) })),
    })),
  };
}

function byKey<T extends { readonly key: string }>(items: readonly T[]): (key: string) => T {
  const map = new Map(items.map((item) => [item.key, item]));
  return (key) => {
    const item = map.get(key);
    if (item === undefined) throw new Error(`bug: nothing has the key ${key}`);
    return item;
  };
}
