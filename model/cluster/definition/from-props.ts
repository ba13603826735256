import type { Source } from '../../diagnostics/source';
import type { TalosClusterProps } from './cluster-props';
import { inPropsKeys, mapKeys, snake } from './props-keys';
import type { Parsed } from './yaml';

/**
 * A cluster written in TypeScript as a definition, so that the same schema, rules and defaults apply.
 *
 * @param id    construct id: the cluster name unless the props have one
 * @param place construct path, shown in place of a file
 */
export function fromProps(id: string, props: TalosClusterProps, place: string): Parsed {
  const source: Source = {
    file: place,
    kind: 'typescript',
    starter: false,
    locate: () => undefined,
    inOwnKeys: inPropsKeys,
  };
  return { source, value: { cluster_name: id, ...snakeKeys(props) }, diagnostics: [] };
}

function snakeKeys(props: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(props)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [
        snake(key),
        mapKeys().named.has(key) ? mapValues(value as object) : convert(value, key),
      ]),
  );
}

const mapValues = (map: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(map).map(([name, value]) => [name, convert(value)]));

function convert(value: unknown, key?: string): unknown {
  if (mapKeys().verbatim.has(key ?? '') || typeof value !== 'object' || value === null) return value;
  return Array.isArray(value) ? value.map((item) => convert(item)) : snakeKeys(value);
}
