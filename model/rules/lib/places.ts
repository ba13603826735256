import { formatPath } from '../../diagnostics/diagnostics';
import type { ClusterDraft, NodeDraft } from '../../cluster/definition/draft';
import type { Path } from '../../diagnostics/source';

/** Nodes whose value of a key is written in the same place, so that a default of many nodes is reported once. */
export function byPlace(
  nodes: Iterable<NodeDraft>,
  of: string | ((node: NodeDraft) => Path),
): { path: Path; nodes: [NodeDraft, ...NodeDraft[]] }[] {
  const places = new Map<string, { path: Path; nodes: [NodeDraft, ...NodeDraft[]] }>();
  for (const node of nodes) {
    const path = typeof of === 'string' ? node.where(of) : of(node);
    const id = formatPath(path);
    const place = places.get(id);
    if (place) place.nodes.push(node);
    else places.set(id, { path, nodes: [node] });
  }
  return [...places.values()];
}

/** `a`, `a and b`, `a and 29 more`. */
export function someOf([first, second, ...rest]: readonly string[]): string {
  if (second === undefined) return first ?? 'none';
  return rest.length === 0 ? `${first} and ${second}` : `${first} and ${rest.length + 1} more`;
}

/** `cp-1 and 2 more`. */
export const nodeNames = (nodes: readonly NodeDraft[]): string => someOf(nodes.map(({ name }) => name));

/** Texts that stand in a list for a second time, with their positions. */
export function repeated(items: readonly string[]): [number, string][] {
  const seen = new Set<string>();
  return [...items.entries()].filter(([, item]) => seen.size === seen.add(item).size);
}

/** Names of all keys that the shape check took out, for as many nodes as ask. */
const brokenKeys = new WeakMap<ReadonlySet<string>, ReadonlySet<string>>();

/** Whether the shape check took out a key of that name anywhere, so that what depends on it is not known. */
export function brokenSomewhere({ broken }: ClusterDraft, key: string): boolean {
  const keys = brokenKeys.get(broken) ?? new Set([...broken].flatMap((path) => path.split(/[.[]/)));
  brokenKeys.set(broken, keys);
  return keys.has(key);
}
