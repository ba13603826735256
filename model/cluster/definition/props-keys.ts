import { z } from 'zod';
import type { Path, Source } from '../../diagnostics/source';
import { definitionSchema } from './schema';

/** Keys of props whose own keys are names that the user chose: they are not camelCase. */
export const NAMED_MAPS: ReadonlySet<string> = new Set([
  'proxmoxServers',
  'images',
  'pciMappings',
  'sharedStorages',
  'healthchecks',
  'machineSets',
]);

/** Keys of props whose values are passed on as they are: maps with names of Terraform, Talos, Kubernetes or Omni. */
export const VERBATIM: ReadonlySet<string> = new Set([
  'config',
  'sysctls',
  'nodeLabels',
  'patches',
  'labels',
  'annotations',
]);

/** A key of props as a definition has it. */
export const snake = (key: string): string => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** A key of a definition as props have it. */
const camel = (key: string): string =>
  key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

/** A path of a definition in the keys of the props that it was made of. */
function propsPath(path: Path): Path {
  const verbatim = path.findIndex((part) => VERBATIM.has(camel(String(part))));
  return path.map((part, i) => {
    const isName = i > 0 && NAMED_MAPS.has(camel(String(path[i - 1])));
    const isVerbatim = verbatim !== -1 && i > verbatim;
    return typeof part === 'number' || isName || isVerbatim ? part : camel(part);
  });
}

let keys: ReadonlySet<string> | undefined;

/** A place in a definition and a message about it, for somebody who wrote props: with the keys that they know. */
export const inPropsKeys: NonNullable<Source['inOwnKeys']> = (path, message) => ({
  path: propsPath(path),
  message: messageInPropsKeys(message),
});

function messageInPropsKeys(message: string): string {
  keys ??= new Set(keysOf(z.toJSONSchema(definitionSchema, { io: 'input' })));
  const known = keys;
  return message.replace(/\b[a-z]+(?:_[a-z0-9]+)+\b/g, (word) => (known.has(word) ? camel(word) : word));
}

/** Keys of a definition that are spelt otherwise in props. */
function keysOf(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const { properties = {} } = schema as { readonly properties?: Readonly<Record<string, unknown>> };
  return [
    ...Object.keys(properties).filter((key) => key.includes('_')),
    ...Object.values(schema).flatMap(keysOf),
  ];
}
