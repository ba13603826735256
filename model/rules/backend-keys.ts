import { backendFacts, type BackendType } from '../cluster/backends/facts';
import type { BackendBlock, Kind } from '../cluster/backends/types';
import type { Path } from '../diagnostics/source';
import { holdsTemplate, list, nearest } from '../support/text';
import { isSecret } from './lib/secrets';
import { clusterRule, error, type Finding } from './lib/rule';
import { own } from '../support/json';

export const backendKeys = clusterRule(
  'backend-keys',
  'The settings of a backend are those that Terraform knows, and what it needs is there',
  function* ({ definition, broken }) {
    const { type, config = {} } = definition.backend ?? {};
    if (type === undefined || broken.has('backend.config')) return;
    const facts = backendFacts(type);
    // A local backend has a path of its own where the definition says nothing.
    yield* block(['backend', 'config'], config, facts, type);
  },
);

type Keys = Readonly<Record<string, Kind | BackendBlock>>;

function* block(
  path: Path,
  values: object,
  { keys, required }: { readonly keys: Keys; readonly required: readonly string[] },
  type: BackendType,
): Generator<Finding> {
  for (const [key, value] of Object.entries(values) as [string, unknown][]) {
    const kind = own(keys, key);
    const at = [...path, key];
    if (kind === undefined) yield { ...error(at, unknownKey(key, keys, type)), atKey: true };
    else if (value !== null) yield* setting(at, value, kind, type);
  }
  for (const key of required) {
    const value = own(values as Readonly<Record<string, unknown>>, key);
    if (value === undefined || value === null || value === '')
      yield error(path, `the ${type} backend needs "${key}"; write it here`);
  }
}

function unknownKey(key: string, keys: Keys, type: BackendType): string {
  const near = nearest(key, Object.keys(keys));
  const repair = near === undefined ? known(keys, type) : `did you mean "${near}"?`;
  return `unknown key "${key}" of the ${type} backend; ${repair}`;
}

/** All keys, as far as a line can hold them. */
const known = (keys: Keys, type: BackendType): string => {
  const names = Object.keys(keys).sort();
  return names.length > 12 ? `docs/guide/backends/${type}.md shows what it needs` : `it has ${list(names)}`;
};

function* setting(
  path: Path,
  value: unknown,
  kind: Kind | BackendBlock,
  type: BackendType,
): Generator<Finding> {
  if (typeof kind === 'string') {
    if (!FITS[kind](value)) yield error(path, `${shown(path, value)} is not ${WORDS[kind]}`);
    else if (holdsTemplate(value))
      yield error(
        path,
        'a backend takes no "${" and "%{": Terraform evaluates nothing here, and OpenTofu would; write the value itself',
      );
    return;
  }
  const items = kind.form === 'block' && Array.isArray(value) ? (value as unknown[]) : [value];
  for (const [i, item] of items.entries()) {
    const at = items[0] === value ? path : [...path, i];
    if (isObject(item)) yield* block(at, item, kind, type);
    else yield error(at, `${shown(path, item)} is not an object with keys; ${known(kind.keys, type)}`);
  }
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isScalar = (value: unknown): boolean => ['string', 'number', 'boolean'].includes(typeof value);

/** Terraform converts between text, numbers and booleans where that can be done. */
const FITS: Readonly<Record<Kind, (value: unknown) => boolean>> = {
  string: isScalar,
  number: (value) => typeof value === 'number' || (typeof value === 'string' && /^-?\d+$/.test(value)),
  bool: (value) => typeof value === 'boolean' || value === 'true' || value === 'false',
  list: (value) => Array.isArray(value) && value.every(isScalar),
  map: (value) => isObject(value) && Object.values(value).every(isScalar),
};

const WORDS: Readonly<Record<Kind, string>> = {
  string: 'text; write one value',
  number: 'a number; write it in digits',
  bool: 'a boolean; write true or false',
  list: 'a list of texts; write [a, b]',
  map: 'an object of texts; write { key: value }',
};

/** Only one plain value is shown, and no secret: what is nested may hold one. */
function shown(path: Path, value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (isObject(value)) return 'an object';
  return isSecret(String(path[path.length - 1]), value)
    ? 'the value'
    : `"${typeof value === 'string' ? value : JSON.stringify(value)}"`;
}
