import type { Cluster, Image, Node } from '../cluster/cluster';
import { withV } from '../support/text';

/** An image of an image factory, as its address tells. */
const FACTORY_URL =
  /^https?:\/\/([^/\s]+)\/image\/([0-9a-f]{64})\/v[^/\s]+\/(nocloud|metal)-(?:amd64|arm64)(-secureboot)?\.[a-z0-9.]+$/;

/**
 * The installer image that belongs to the image which a node boots from: of the same schematic, platform and factory, in the version that
 * the cluster is to run. `undefined` where its address is none of an image factory.
 */
export function installerOf({ source }: Pick<Image, 'source'>, talosVersion: string): string | undefined {
  if (source.kind !== 'download' || !('literal' in source.url)) return undefined;
  const match = FACTORY_URL.exec(source.url.literal);
  if (!match) return undefined;
  const [, host = '', schematic = '', platform = '', secure = ''] = match;
  return `${host}/${platform}-installer${secure}/${schematic}:${withV(talosVersion)}`;
}

/** The installer of a node without Omni: the one that is named, else that of its image, else the plain one of Talos. */
export function installerFor({ management, talosVersion }: Cluster, { image }: Pick<Node, 'image'>): string {
  const named = management.kind === 'standalone' ? management.installer : undefined;
  return named ?? installerOf(image, talosVersion) ?? plainInstaller(talosVersion);
}

/** The installer without extensions, that Talos itself is released with. */
export const plainInstaller = (talosVersion: string): string =>
  `ghcr.io/siderolabs/installer:${talosVersion}`;

/** A reference of an installer image, taken apart. */
export interface InstallerReference {
  readonly platform?: string;
  readonly tag?: string;
}

/** What a reference says; `undefined` for what is none. */
export function parseInstaller(text: string): InstallerReference | undefined {
  const match = /^[a-z0-9][\w.-]*(?::\d+)?(?:\/[\w.-]+)+(?::([\w][\w.-]*))?(?:@sha256:[0-9a-f]{64})?$/i.exec(
    text,
  );
  if (!match) return undefined;
  const platform = /\/([a-z]+)-installer(?:-secureboot)?(?:[/:@]|$)/.exec(text)?.[1];
  return {
    ...(platform === undefined ? {} : { platform }),
    ...(match[1] === undefined ? {} : { tag: match[1] }),
  };
}

/** Id of the schematic in a reference of an installer image; `undefined` where it has none. */
export const schematicIn = (installer: string): string | undefined =>
  /\/([0-9a-f]{64})(?::|$)/.exec(installer)?.[1];
