import type { ConfigDifference, Documents } from '../../../talos/config-changes';
import { configDifferences } from '../../../talos/config-changes';
import { document, type DocumentBody } from '../../../talos/document';

/** One thing that a patch has to do, so that a configuration that a definition makes becomes the one that a node has. */
export type Piece =
  /** A document, or a key of the big one, that the definition makes and the node has not. */
  | { readonly does: 'without'; readonly document: string; readonly path: readonly string[] }
  /** A document, or a key of the big one, as the node has it. */
  | {
      readonly does: 'with';
      readonly document: string;
      readonly path: readonly string[];
      readonly value: unknown;
    };

/** What the secrets of a cluster decide: no patch says it. */
const OF_SECRETS: readonly string[] = [
  'machine.token', 'machine.ca', 'cluster.id', 'cluster.secret', 'cluster.token', 'cluster.ca', 'cluster.aggregatorCA',
  'cluster.serviceAccount', 'cluster.etcd.ca', 'cluster.aescbcEncryptionSecret', 'cluster.secretboxEncryptionSecret',
]; // prettier-ignore

/** Whether a difference is one of the secrets of the cluster, and not of what it is. */
const isOfSecrets = ({ document: name, path }: Pick<ConfigDifference, 'document' | 'path'>): boolean =>
  name === '' && OF_SECRETS.some((place) => `${path.join('.')}.`.startsWith(`${place}.`));

/**
 * What is to be patched, in the order of the documents.
 *
 * Talos adds to lists and to documents, and takes no empty value for one. So what is there already goes before it comes anew.
 *
 * @param made what the definition makes so far
 * @param found what the node has
 */
export function remainder(made: Documents, found: Documents): Piece[] {
  const pieces = configDifferences(made, found)
    .filter((one) => !isOfSecrets(one))
    .flatMap((one) => (one.document === '' ? inBigDocument(one) : ofDocument(one, made, found)));
  const keys = new Set<string>();
  return pieces.filter((piece) => keys.size < keys.add(keyOf(piece)).size);
}

/** The same for the same piece. */
export const keyOf = (piece: Piece): string => JSON.stringify(piece);

function inBigDocument({ path, before, after }: ConfigDifference): Piece[] {
  const at = { document: '', path };
  const goes: Piece[] = before === undefined ? [] : [{ does: 'without', ...at }];
  if (after === undefined || after === null) return goes;
  const overwrites = before !== undefined && typeof after === 'string' && after !== '' && isScalar(before);
  return [...(overwrites ? [] : goes), { does: 'with', ...at, value: after }];
}

const isScalar = (value: unknown): boolean => typeof value !== 'object' || value === null;

function ofDocument({ document: name }: ConfigDifference, made: Documents, found: Documents): Piece[] {
  const at = { document: name, path: [] };
  return [
    ...(made.has(name) ? [{ does: 'without', ...at } as const] : []),
    ...(found.has(name) ? [{ does: 'with', ...at, value: found.get(name) } as const] : []),
  ];
}

/**
 * Patches by their names, which are in the order in which Talos is to merge them: what goes, and then what comes.
 *
 * @param pieces of one level
 */
export function patchesOf(pieces: readonly Piece[]): Readonly<Record<string, DocumentBody>> {
  const patches: Record<string, DocumentBody> = {};
  for (const piece of pieces) {
    const [prefix, value] =
      piece.does === 'without' ? ['adopted-1-without', DELETE] : ['adopted-2-with', piece.value];
    if (piece.document === '') patches[prefix] = put(patches[prefix] ?? {}, piece.path, value);
    else
      patches[`${prefix}-${nameOf(piece.document)}`] =
        piece.does === 'without' ? { ...headOf(piece.document), ...DELETE } : (value as DocumentBody);
  }
  return patches;
}

const DELETE = { $patch: 'delete' };

/** `LinkConfig/lan0` */
function headOf(name: string): DocumentBody {
  const slash = name.indexOf('/');
  return slash < 0 ? document(name) : { ...document(name.slice(0, slash)), name: name.slice(slash + 1) };
}

const nameOf = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/-+$/, '');

function put(body: DocumentBody, [key = '', ...rest]: readonly string[], value: unknown): DocumentBody {
  if (rest.length === 0) return { ...body, [key]: value };
  return { ...body, [key]: put((body[key] ?? {}) as DocumentBody, rest, value) };
}
