import type { ClusterDraft, ImageDraft, NodeDraft } from '../../cluster/definition/draft';
import type { Path } from '../../diagnostics/source';
import { isBroken } from './rule';
import { own } from '../../support/json';

/** A name in the definition that tells something of an image. */
export interface ImageName {
  readonly kind: 'iso' | 'file_name' | 'url';
  readonly name: string;
  readonly path: Path;
  /** Key of the server that the name is for, unless it is for all. */
  readonly server?: string;
}

/** Images that a short key stands for. */
const SHORTS: Readonly<Record<string, 'talos_iso' | 'talos_gpu_iso'>> = {
  talos: 'talos_iso',
  gpu: 'talos_gpu_iso',
};

export const shortKey = (image: string): 'talos_iso' | 'talos_gpu_iso' | undefined => own(SHORTS, image);

/** All names that the definition gives to an image, each with its place. */
export function imageNames({ definition, servers, images }: ClusterDraft, key: string): ImageName[] {
  const names: ImageName[] = [];
  const { iso, url, url_variable, file_name } = own(definition.images, key) ?? {};
  if (iso !== undefined) names.push({ kind: 'iso', name: iso, path: ['images', key, 'iso'] });
  if (file_name !== undefined && (url ?? url_variable) !== undefined) {
    names.push({ kind: 'file_name', name: file_name, path: ['images', key, 'file_name'] });
  }
  if (url !== undefined) names.push({ kind: 'url', name: url, path: ['images', key, 'url'] });
  const made = images.find((image) => image.key === key)?.source;
  if (made?.kind === 'download' && made.schematic && 'literal' in made.url)
    names.push({ kind: 'url', name: made.url.literal, path: ['images', key, 'schematic'] });

  const short = shortKey(key);
  if (short === undefined) return names;
  // "" means PXE.
  if (definition[short]) names.push({ kind: 'iso', name: definition[short], path: [short] });
  for (const server of servers) {
    const name = definition.proxmox_servers?.[server.key]?.[short];
    if (name !== undefined)
      names.push({ kind: 'iso', name, path: [...server.path, short], server: server.key });
  }
  return names;
}

/** Images that nodes boot from, each with its nodes; without those that have no source, or several. */
export function usedImages({ nodes }: ClusterDraft): Map<ImageDraft, NodeDraft[]> {
  const used = new Map<ImageDraft, NodeDraft[]>();
  for (const node of nodes) {
    if (node.image?.sources.length !== 1) continue;
    const users = used.get(node.image);
    if (users) users.push(node);
    else used.set(node.image, [node]);
  }
  return used;
}

/** Why an image takes no address from a cloud-init drive; `undefined` for nocloud images. */
export function notNocloud(cluster: ClusterDraft, { key, platform, source }: ImageDraft): string | undefined {
  if (platform === 'nocloud' || isBroken(cluster, ['images', key, 'platform'])) return undefined;
  if (source.kind === 'pxe') return `image "${key}" boots from the network`;
  const metal = imageNames(cluster, key).some(({ name }) => name.includes('metal'));
  return metal ? `image "${key}" is a metal image` : `image "${key}" has no "nocloud" in its name`;
}

/** Whether an address has a host and a file name to download. */
export const isDownloadUrl = (url: string): boolean =>
  /^https?:\/\/[^\s/?#]+\/(?:[^\s?#]*\/)?[^\s/?#]+(?:\?[^\s#]*)?$/.test(url);

/** An address to show: user, password and query may be secrets. */
export const withoutSecrets = (url: string): string =>
  url.replace(/\/\/[^/@\s]*@/, '//***@').replace(/[?#].*$/s, '?***');

/** The last part of an address or an ISO reference. */
export const baseName = (name: string): string => name.replace(/[?#].*$/s, '').replace(/^.*[/:]/s, '');
