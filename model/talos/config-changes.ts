import { isDeepStrictEqual } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { own } from '../support/json';
import { byBytes } from '../support/text';
import { isMap } from './written-patches';

/** A difference between two machine configurations, in words that show no secret. */
export interface ConfigChange {
  /** `machine.kubelet.image`, or `HostnameConfig.hostname` */
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

/** Documents of a machine configuration by kind and name; the big one has the name "". */
export type Documents = ReadonlyMap<string, unknown>;

/** A place where two machine configurations say different things. Its values may be secret. */
export interface ConfigDifference {
  /** Name of the document among all. */
  readonly document: string;
  /** Keys within the document; none where it is missing on one side. */
  readonly path: readonly string[];
  readonly before: unknown;
  readonly after: unknown;
}

/** @throws Error for a text that is no YAML; without a word of it */
export function readConfig(text: string): Documents {
  const documents = parseAllDocuments(text);
  if (!Array.isArray(documents) || documents.some(({ errors }) => errors.length > 0))
    throw new Error('the machine configuration is no YAML');
  return new Map(
    documents
      .map((one) => one.toJS() as Readonly<Record<string, unknown>> | null)
      .filter((one) => one !== null)
      .map((one) => [documentName(one), one]),
  );
}

/** The big document, whose keys are known by themselves, has no kind. */
const documentName = ({ kind, name }: Readonly<Record<string, unknown>>): string =>
  typeof kind === 'string' ? `${kind}${typeof name === 'string' ? `/${name}` : ''}` : '';

/**
 * What is different, in byte order of the paths; empty where two configurations say the same.
 *
 * @param secrets values that are shown nowhere, whatever their keys look like; nor is what stands in their place now
 */
export function configChanges(
  before: Documents,
  after: Documents,
  secrets: readonly string[] = [],
): ConfigChange[] {
  const hidden = secrets.map((secret) => JSON.stringify(secret).slice(1, -1));
  const isSecret = (value: unknown): boolean => {
    const text = value === undefined ? '' : JSON.stringify(value);
    return hidden.some((secret) => text.includes(secret));
  };
  return configDifferences(before, after)
    .map((one) => {
      const path = [...(one.document === '' ? [] : [one.document]), ...one.path];
      const hides = isSecret(one.before) || isSecret(one.after);
      const show = (value: unknown): string => (hides && value !== undefined ? HIDDEN : shown(value, path));
      return { path: path.join('.'), before: show(one.before), after: show(one.after) };
    })
    .sort((a, b) => byBytes(a.path, b.path));
}

/**
 * All places where two configurations differ in what they say, not in how: the order of keys, what is empty, and what is written
 * out although Talos has it so by itself, are no difference. Lists are one value.
 */
export function configDifferences(before: Documents, after: Documents): ConfigDifference[] {
  const names = [...new Set([...before.keys(), ...after.keys()])];
  return names.flatMap((document) => {
    const all = [...differences(before.get(document), after.get(document), [])];
    return all.filter((one) => document !== '' || !isByDefault(one)).map((one) => ({ document, ...one }));
  });
}

function* differences(
  before: unknown,
  after: unknown,
  path: readonly string[],
): Generator<Omit<ConfigDifference, 'document'>> {
  if (isMap(before) && isMap(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    for (const key of keys) yield* differences(before[key], after[key], [...path, key]);
  } else if (!isDeepStrictEqual(before, after) && !(path.length > 0 && isEmpty(before) && isEmpty(after)))
    yield { path, before, after };
}

const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  (Array.isArray(value) && value.length === 0) ||
  (isMap(value) && Object.keys(value).length === 0);

/** What Talos takes where nothing is written: the definition writes some of it out. */
const TALOS_DEFAULTS: Readonly<Record<string, unknown>> = {
  'cluster.allowSchedulingOnControlPlanes': false,
  'cluster.network.cni': { name: 'flannel' },
  'cluster.proxy': { disabled: false },
  'cluster.proxy.disabled': false,
  'machine.install.wipe': false,
};

const isByDefault = ({ path, before, after }: Omit<ConfigDifference, 'document'>): boolean => {
  const byDefault = own(TALOS_DEFAULTS, path.join('.'));
  return byDefault !== undefined && isDeepStrictEqual(before ?? byDefault, after ?? byDefault);
};

const HIDDEN = '(not shown)';

/** Keys whose values nobody may read. */
const SECRET =
  /token|secret|password|passphrase|auth|key$|^(keys|crt|env|environment|contents?|inlineManifests|configFiles)$/i;

/** Credentials in an address. */
const WITH_USER = /:\/\/[^/\s]*@/;

const MOST = 80;

/** A value for a person; of whole blocks, and of what may be secret, only that it is there. */
function shown(value: unknown, path: readonly string[]): string {
  if (value === undefined) return 'none';
  const keys = path[0]?.match(/^[A-Z]/) ? path.slice(1) : path;
  const text = JSON.stringify(value);
  if (keys.some((key) => SECRET.test(key)) || WITH_USER.test(text)) return HIDDEN;
  if (isMap(value)) return '(set)';
  if (Array.isArray(value) && value.some((item) => typeof item === 'object'))
    return `(${value.length} items)`;
  return text.length > MOST ? '(long)' : text;
}
