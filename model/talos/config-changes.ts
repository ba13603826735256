import { parseAllDocuments } from 'yaml';
import { byBytes } from '../support/text';

/** A difference between two machine configurations, in words that show no secret. */
export interface ConfigChange {
  /** `machine.kubelet.image`, or `HostnameConfig.hostname` */
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

/** Documents of a machine configuration by kind and name. */
type Documents = ReadonlyMap<string, unknown>;

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
  const names = [...new Set([...before.keys(), ...after.keys()])];
  const hidden = secrets.map((secret) => JSON.stringify(secret).slice(1, -1));
  return names
    .flatMap((name) => differences(before.get(name), after.get(name), name === '' ? [] : [name], hidden))
    .sort((a, b) => byBytes(a.path, b.path));
}

function differences(
  before: unknown,
  after: unknown,
  path: readonly string[],
  secrets: readonly string[],
): ConfigChange[] {
  if (isMap(before) && isMap(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].flatMap((key) => differences(before[key], after[key], [...path, key], secrets));
  }
  const [was, is] = [before, after].map((value) => (value === undefined ? '' : JSON.stringify(value)));
  if (was === is) return [];
  const isSecret = secrets.some((secret) => is?.includes(secret) || was?.includes(secret));
  const show = (value: unknown): string => (isSecret && value !== undefined ? HIDDEN : shown(value, path));
  return [{ path: path.join('.'), before: show(before), after: show(after) }];
}

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

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
