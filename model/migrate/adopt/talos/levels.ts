import type { DefinitionDraft } from '../../../cluster/definition/schema';
import { ROLE_FACTS, ROLES, type Role } from '../../../cluster/roles';
import type { TalosDocument } from '../../../talos/documents';
import { NODE_ONLY_PLACES } from '../../../rules/patch-forbidden';
import { isMap, leaves } from '../../../talos/written-patches';
import { keyOf, patchesOf, type Piece } from './remainder';

/** What is left to be said of a node. */
export interface Left {
  readonly name: string;
  readonly role: Role;
  readonly pieces: readonly Piece[];
  /** What the definition makes of it so far. */
  readonly documents: readonly TalosDocument[];
}

type Settings = Readonly<Record<string, unknown>>;

/**
 * The definition with what all nodes, or all of a role, have in common in `defaults`. What the definition makes for new
 * nodes, and what these must not have, is left for the nodes.
 */
export function withDefaults(base: DefinitionDraft, nodes: readonly Left[]): DefinitionDraft {
  const blocks = new Map<string, Piece[]>();
  const manyRoles = new Set(nodes.map(({ role }) => role)).size > 1;
  const say = (block: string, piece: Piece): unknown =>
    blocks.set(block, [...(blocks.get(block) ?? []), piece]);
  for (const role of ROLES) {
    const own = nodes.filter((node) => node.role === role);
    const [first] = own;
    for (const piece of first?.pieces ?? []) {
      if (isOfNodes(piece, first?.documents ?? [])) continue;
      if (manyRoles && isOfEach(piece, nodes)) {
        if (first === nodes[0]) say('all', piece);
      } else if (isOfEach(piece, own)) say(ROLE_FACTS[role].key, piece);
    }
  }
  if (blocks.size === 0) return base;
  const defaults: Record<string, Settings> = { ...(base.defaults as Readonly<Record<string, Settings>>) };
  for (const [block, pieces] of blocks) defaults[block] = added(defaults[block] ?? {}, pieces);
  return { ...base, defaults: defaults };
}

const isOfEach = (piece: Piece, nodes: readonly Left[]): boolean =>
  nodes.every(({ pieces }) => pieces.some((other) => keyOf(other) === keyOf(piece)));

/** Whether only its nodes may have it: what the definition makes for new ones, and what these must not have. */
const isOfNodes = (piece: Piece, documents: readonly TalosDocument[]): boolean =>
  isNodeOnly(piece) || documents.some(({ body }) => touches(body, piece));

/** Whether new nodes must not have it. */
function isNodeOnly({ document, path, ...piece }: Piece): boolean {
  const place = document === '' ? path.join('.') : (document.split('/')[0] ?? '');
  const isNamed = NODE_ONLY_PLACES.some(
    (one) => place === one || one.startsWith(`${place}.`) || place.startsWith(`${one}.`),
  );
  return (
    isNamed ||
    ('value' in piece && [...leaves(piece.value, [])].some(({ value }) => /\/dev\//.test(String(value))))
  );
}

/** Whether a document sets the place, or one around or inside of it. */
function touches(body: unknown, { document, path }: Piece): boolean {
  if (!isMap(body)) return false;
  const { kind, name } = body;
  const title = typeof kind === 'string' ? `${kind}${typeof name === 'string' ? `/${name}` : ''}` : '';
  if (title !== document) return false;
  return title !== '' || meets(body, path);
}

function meets(body: unknown, [key, ...rest]: readonly string[]): boolean {
  if (key === undefined || !isMap(body)) return true;
  return Object.hasOwn(body, key) && meets(body[key], rest);
}

/** Keys of the definition for labels and kernel parameters, patches for all else. */
function settingsOf(pieces: readonly Piece[]): Settings {
  const maps = { node_labels: 'machine.nodeLabels', sysctls: 'machine.sysctls' } as const;
  let rest = [...pieces];
  const keys: Record<string, unknown> = {};
  for (const [key, place] of Object.entries(maps)) {
    const said = new Map(
      rest.flatMap((piece) => {
        const entries = entriesOf(piece, place);
        return entries ? [[piece, entries] as const] : [];
      }),
    );
    if (said.size > 0) keys[key] = Object.assign({}, ...said.values()) as unknown;
    rest = rest.filter((piece) => !said.has(piece));
  }
  return { ...keys, ...(rest.length > 0 ? { patches: patchesOf(rest) } : {}) };
}

function entriesOf(piece: Piece, place: string): Readonly<Record<string, string>> | undefined {
  if (piece.does !== 'with' || piece.document !== '') return undefined;
  const [first, second, key] = piece.path;
  if (`${first}.${second}` !== place || piece.path.length > 3) return undefined;
  const entries = key === undefined ? piece.value : { [key]: piece.value };
  const isSaid =
    isMap(entries) && Object.values(entries).every((value) => typeof value === 'string' && value !== '');
  return isSaid ? (entries as Readonly<Record<string, string>>) : undefined;
}

/** Settings of a block or a node, with what these pieces say besides. */
export function added<Block extends object>(block: Block, pieces: readonly Piece[]): Block {
  const entries = Object.entries(settingsOf(pieces)).map(([key, value]) => {
    const before = (block as Readonly<Record<string, Settings | undefined>>)[key];
    return [key, { ...before, ...(value as Settings) }];
  });
  return { ...block, ...(Object.fromEntries(entries) as Partial<Block>) };
}
