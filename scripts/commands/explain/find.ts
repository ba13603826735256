import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { definitionKeys, placesOf, type DefinitionKey } from '../../../model/cluster/definition/key-list';

/** What is told of one thing. */
export type Explanation = KeyExplanation | RuleExplanation | ErrorExplanation;

/** A key, wherever the same may be written. */
export interface KeyExplanation extends Omit<DefinitionKey, 'path'> {
  readonly kind: 'key';
  readonly name: string;
  /** `workers[].cpu_cores`, `defaults.all.cpu_cores`. */
  readonly places: readonly string[];
  /** Keys that may be written in it. */
  readonly keys: readonly string[];
  readonly page: string;
}

export interface RuleExplanation {
  readonly kind: 'rule';
  readonly name: string;
  readonly purpose: string;
  /** A part of a definition that it refuses, and what it says of that. */
  readonly wrong?: string;
  readonly says?: readonly string[];
  readonly right?: string;
  readonly page: string;
}

export interface ErrorExplanation {
  readonly kind: 'error';
  readonly name: string;
  readonly why?: string;
  readonly help?: string;
  readonly page: string;
}

interface Explanations {
  readonly rules: readonly {
    readonly id: string;
    readonly summary: string;
    readonly wrong?: string;
    readonly says?: readonly string[];
    readonly right?: string;
  }[];
  readonly errors: readonly {
    readonly id: string;
    readonly why?: string;
    readonly help?: string;
    readonly page: string;
  }[];
}

/** A value that is made when it is needed first. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

/** Made by `npm run docs`, and a part of the package. */
const told = once(
  () => JSON.parse(readFileSync(join(__dirname, 'explanations.json'), 'utf8')) as Explanations,
);

const allKeys = once(() => definitionKeys().map((key) => ({ key, places: placesOf(key) })));

/**
 * The keys that a name means: a path as it is in a definition or in a message, or its last parts.
 *
 * @param asked `workers[2].cpu_cores`, `cpu_cores`, `cpuCores`
 */
export function keysOf(asked: string): readonly KeyExplanation[] {
  if (!/^[A-Za-z][\w.[\]<>-]*$/.test(asked)) return [];
  const all = allKeys().map(({ key }) => key);
  const name = asked.replace(/(?<=[a-z0-9])[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  const exact = all.filter((key) => key.path === name);
  const written =
    exact.length > 0 ? exact : allKeys().flatMap(({ key, places }) => (places.test(name) ? [key] : []));
  const found = written.length > 0 ? written : all.filter((key) => key.path.endsWith(`.${name}`));
  // What is said of a key is said once for all places of it.
  const alike = new Map<string, DefinitionKey[]>();
  for (const key of found) {
    const { path, ...rest } = key;
    const text = JSON.stringify([rest, below(all, path)]);
    alike.set(text, [...(alike.get(text) ?? []), key]);
  }
  return [...alike.values()].map((keys) => {
    const { path, ...rest } = keys[0] as DefinitionKey;
    return {
      kind: 'key',
      name: path.split('.').at(-1) ?? path,
      places: keys.map((key) => key.path),
      keys: below(all, path),
      ...rest,
      page: 'docs/reference/definition.md',
    };
  });
}

/** Names of the keys right below a key. */
function below(all: readonly DefinitionKey[], path: string): string[] {
  const child = /^(?:\[\])?(?:\.<key>)?\.([^.]+)$/;
  return all.flatMap((key) =>
    key.path.startsWith(path) ? (child.exec(key.path.slice(path.length))?.[1] ?? []) : [],
  );
}

/** The rule of an id. */
export const rulesOf = (id: string): readonly RuleExplanation[] =>
  told()
    .rules.filter((rule) => rule.id === id)
    .map(({ id: name, summary, ...example }) => ({
      kind: 'rule',
      name,
      purpose: summary,
      ...example,
      page: 'docs/reference/rules.md',
    }));

/** What the guides say of a rule that is not about definitions, or of a text that was printed. */
export function errorsOf(asked: string): readonly ErrorExplanation[] {
  if (asked === '') return [];
  return told()
    .errors.filter(({ id }) => id === asked || (id.includes(' ') && fits(id, asked)))
    .map(({ id: name, ...rest }) => ({ kind: 'error', name, ...rest }));
}

/** Whether a text holds the parts of another, which may have … in it. */
const fits = (pattern: string, text: string): boolean =>
  pattern
    .split('…')
    .map((part) => part.trim())
    .every((part) => text.includes(part));

/** All names that can be asked for, for those that are misspelled. */
export const knownNames = (): readonly string[] => {
  const { rules, errors } = told();
  const keys = allKeys().map(({ key: { path } }) => path.split('.').at(-1)?.replace('[]', '') ?? path);
  const ids = [...rules, ...errors].map(({ id }) => id).filter((id) => !id.includes(' '));
  return [...new Set([...keys, ...ids])].filter((name) => name !== '<key>');
};
