import type { ClusterDraft, NodeDraft } from '../../cluster/definition/draft';
import { nearest } from '../../support/text';

/** A DNS label in lower case, as Kubernetes wants it. */
export const isDnsLabel = (text: string): boolean => /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(text);

/** A key of `proxmox_servers`: part of the names of a provider and of a variable. */
export const SERVER_KEY = /^[A-Za-z0-9][A-Za-z0-9_-]*$/;

/** The DNS label that is nearest to a text; "" where nothing of it is left. */
export const toDnsLabel = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^-+|-+$/g, '');

/** `; use "x"`, or what to do where there is nothing to offer. */
export const use = (repaired: string, otherwise: string): string =>
  repaired === '' ? `; ${otherwise}` : `; use "${repaired}"`;

/** `did you mean "pve1"? Defined: pve1, pve2`, as far as it helps. */
export function oneOf(written: string, known: readonly string[]): string {
  const near = nearest(written, known);
  const some = known.slice(0, 8).join(', ') + (known.length > 8 ? ', …' : '');
  if (near !== undefined) return `did you mean "${near}"?${known.length > 1 ? ` Defined: ${some}` : ''}`;
  return `use ${known.length > 1 ? 'one of ' : ''}${some}`;
}

/** How a finding of one cluster names another: by its name, or by its file where the two have the same name. */
export const clusterTitle = (other: ClusterDraft, from: ClusterDraft): string =>
  other.name !== '' && other.name !== from.name ? other.name : fileOf(other, from);

/** How a finding of one cluster names a node: `cp-1`, or `prod/cp-1` where that belongs to another cluster. */
export const nameOf = (node: NodeDraft, owner: ClusterDraft, from: ClusterDraft): string =>
  owner === from ? node.name : `${clusterTitle(owner, from)}/${node.name}`;

/** The file of another cluster, by its name alone where both stand in the same folder. */
export function fileOf(other: ClusterDraft, from: ClusterDraft): string {
  const [folder, name] = splitPath(other.source.file);
  return folder === splitPath(from.source.file)[0] ? name : other.source.file;
}

function splitPath(file: string): [string, string] {
  const end = Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1;
  return [file.slice(0, end), file.slice(end)];
}
