import type { Path } from '../diagnostics/source';
import { isMap } from './written-patches';

/** A place of the machine configuration that a patch sets. */
interface Setting {
  /** The same for the same place, whatever form it is written in: `machine.sysctls.vm.swappiness`. */
  readonly place: string;
  /** Where it stands in the patch. */
  readonly path: Path;
  readonly value: unknown;
}

/** A place that two patches set to different values. */
export interface Overlap {
  readonly place: string;
  /** Where it stands in the patch of the user. */
  readonly path: Path;
  readonly ours: unknown;
}

/**
 * Places that a patch of ours and a patch of the user set, to different values: whichever Talos merges last, one of the two is
 * lost without a word. Lists add up, but for items with the same name, destination or path, which are one.
 *
 * @param ours bodies of the patches that the definition makes
 */
export function overlaps(ours: unknown, written: unknown): Overlap[] {
  const made = [...settings(ours)];
  const byPlace = new Map(made.map((one) => [one.place, one]));
  return [...settings(written)].flatMap(({ place, path, value }): Overlap[] => {
    const same = value === DELETED ? made.find((one) => isWithin(one.place, place)) : byPlace.get(place);
    return same && show(same.value) !== show(value) ? [{ place: same.place, path, ours: same.value }] : [];
  });
}

/** `$patch: delete` in a map takes away all that is in it. */
const DELETED = Symbol('deleted');

const isWithin = (place: string, around: string): boolean =>
  place === around || place.startsWith(`${around}.`);

const show = (value: unknown): string => (value === DELETED ? '' : JSON.stringify(value));

function* settings(body: unknown): Generator<Setting> {
  if (!isMap(body)) return;
  const { apiVersion: _, kind, name, ...rest } = body;
  if (typeof kind !== 'string') yield* within(body, '', []);
  else if (kind === 'ResolverConfig') yield* within(resolver(rest), 'machine.network', []);
  else yield* within(rest, typeof name === 'string' ? `${kind}/${name}` : kind, []);
}

/** Name servers in the form that they have in the one big document. */
const resolver = ({ nameservers, ...rest }: Readonly<Record<string, unknown>>): unknown => ({
  ...rest,
  ...(Array.isArray(nameservers)
    ? { nameservers: nameservers.map((one: unknown) => (isMap(one) ? one['address'] : one)) }
    : {}),
});

function* within(value: unknown, place: string, path: Path): Generator<Setting> {
  const inner = (key: string) => (place === '' ? key : `${place}.${key}`);
  if (Array.isArray(value)) yield* items(value, place, path);
  else if (!isMap(value)) {
    if (value !== null && value !== undefined) yield { place, path, value };
  } else if (value['$patch'] === 'delete') yield { place, path, value: DELETED };
  else for (const [key, item] of Object.entries(value)) yield* within(item, inner(key), [...path, key]);
}

/** Lists that are one value: Talos tries their items in their order, or takes one list for another. */
const WHOLE_LISTS = /\.(?:nameservers|podSubnets|serviceSubnets|servers|endpoints|keys|auditPolicy\.rules)$/;

/** Keys by which Talos, or what it hands a list to, knows an item of a list again. */
const IDENTITIES = ['destination', 'path', 'name', 'interface', 'deviceSelector'];

function* items(list: readonly unknown[], place: string, path: Path): Generator<Setting> {
  if (WHOLE_LISTS.test(place)) yield { place, path, value: list };
  for (const [i, item] of list.entries()) {
    if (!isMap(item)) continue;
    const key = IDENTITIES.find((one) => item[one] !== undefined);
    if (key !== undefined) yield* within(item, `${place}[${show(item[key])}]`, [...path, i]);
  }
}
