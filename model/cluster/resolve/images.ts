import type { Download, ImageSource } from '../cluster';
import type { ImageDraft, ServerDraft } from '../definition/draft';
import type { Path } from '../../diagnostics/source';
import type { DefinitionDraft, ImageInput } from '../definition/schema';
import { byBytes, withV } from '../../support/text';

/** Images sorted by key: those of `images`, and those that `talos_iso` and `talos_gpu_iso` stand for. */
export function resolveImages(definition: DefinitionDraft, servers: readonly ServerDraft[]): ImageDraft[] {
  const shorts = new Map<string, 'talos_iso' | 'talos_gpu_iso'>();
  for (const [key, short] of [
    ['talos', 'talos_iso'],
    ['gpu', 'talos_gpu_iso'],
  ] as const) {
    const onServer = Object.values(definition.proxmox_servers ?? {}).some(
      (server) => server[short] !== undefined,
    );
    if (definition[short] !== undefined || onServer) shorts.set(key, short);
  }
  const keys = new Set([...Object.keys(definition.images ?? {}), ...shorts.keys()]);
  return [...keys].sort(byBytes).map((key) => resolveImage(key, shorts.get(key), definition, servers));
}

function resolveImage(
  key: string,
  short: 'talos_iso' | 'talos_gpu_iso' | undefined,
  definition: DefinitionDraft,
  servers: readonly ServerDraft[],
): ImageDraft {
  const image: ImageInput = definition.images?.[key] ?? {};
  const shortIso = short && definition[short];
  const perServer = servers.flatMap((server) => {
    const iso = short && definition.proxmox_servers?.[server.key]?.[short];
    return iso === undefined ? [] : [[server.key, iso] as const];
  });
  const iso = image.iso ?? (shortIso === '' ? undefined : shortIso);
  const files = Object.fromEntries([
    ...(iso === undefined ? [] : servers.map((server) => [server.key, iso] as const)),
    ...perServer,
  ]);

  const sources: string[] = [];
  if (image.iso !== undefined) sources.push('iso');
  if (shortIso !== undefined) sources.push(short as string);
  else if (perServer.length > 0) sources.push(`${short} of a server`);
  if (image.schematic !== undefined) sources.push('schematic');
  if (image.url !== undefined) sources.push('url');
  if (image.url_variable !== undefined) sources.push('url_variable');
  if (image.pxe) sources.push('pxe');

  const isos = Object.keys(files).length > 0 ? Object.values(files) : [iso];
  const names = [image.file_name, image.url, ...isos].filter((name): name is string => name !== undefined);
  const version = image.version ? withV(image.version) : versionIn(names);
  const onServer = perServer[0]?.[0];
  const path: Path = definition.images?.[key]
    ? ['images', key]
    : shortIso === undefined && onServer !== undefined
      ? ['proxmox_servers', onServer, short ?? '']
      : [short ?? 'images'];
  return {
    key,
    path,
    sources,
    source: sourceOf(
      image,
      iso === undefined && perServer.length === 0 ? undefined : files,
      formerName(definition),
    ),
    platform:
      image.platform ??
      (image.schematic || names.some((name) => name.includes('nocloud')) ? 'nocloud' : 'metal'),
    ...(version ? { version } : {}),
  };
}

/** What identities derive from: a renamed cluster keeps those of its former name. */
export const formerName = ({ renamed_from, cluster_name }: DefinitionDraft): string =>
  renamed_from || (cluster_name ?? '');

export function sourceOf(
  image: ImageInput,
  files: Record<string, string> | undefined,
  cluster: string,
): ImageSource {
  const url: Download['url'] | undefined = image.url_variable
    ? { variable: image.url_variable }
    : image.url
      ? { literal: image.url }
      : undefined;
  if (!url) return files ? { kind: 'iso', files } : { kind: 'pxe' };
  const fileName = image.file_name ?? downloadName('literal' in url ? url.literal : '', cluster);
  const checksum = /^([a-z0-9]+):([0-9a-f]+)$/i.exec(image.checksum ?? '');
  const download: Download = {
    kind: 'download',
    url,
    fileName,
    content: fileName.endsWith('.iso') ? 'iso' : 'import',
    ...(checksum?.[1] && checksum[2]
      ? { checksum: { algorithm: checksum[1].toLowerCase(), value: checksum[2].toLowerCase() } }
      : {}),
  };
  return download;
}

/** `v1.11.5` from the first name that has a version; the address of a host is none. */
export function versionIn(names: readonly string[]): string | undefined {
  for (const name of names) {
    const match = /(?:^|[^0-9.])v?(\d+\.\d+\.\d+(?:-(?:alpha|beta|rc)\.\d+)?)(?!\.?[0-9])/.exec(name);
    if (match) return `v${match[1]}`;
  }
  return undefined;
}

/**
 * File name for a download. It carries version and schematic, so that a new image is a new file, and the cluster, so
 * that destroying one cluster never deletes the image of another.
 */
function downloadName(url: string, cluster: string): string {
  const factory = /\/image\/([0-9a-f]{64})\/(v[^/]+)\/([^/?#]+)/.exec(url);
  const file = factory ? `talos-${factory[2]}-${factory[1]?.slice(0, 12)}-${factory[3]}` : lastSegment(url);
  const dot = file.lastIndexOf('.');
  return storedName(dot < 0 ? `${file}-${cluster}` : `${file.slice(0, dot)}-${cluster}${file.slice(dot)}`);
}

/** The name under which Proxmox stores what it downloads: it knows no others, and a `+` becomes `_`. */
export const storedName = (name: string): string =>
  name.replace(/^.*[/\\]/s, '').replace(/[^a-zA-Z0-9_.-]/g, '_');

const lastSegment = (url: string): string => /([^/?#]*)(?:[?#].*)?$/.exec(url)?.[1] ?? '';
