import { z } from 'zod';
import type { Management } from '../management';

/** What the schema says of one key besides its shape. It feeds the JSON schema, the reference page and `TalosClusterProps`. */
export interface KeyDoc {
  /** Purpose of the key in a sentence. */
  readonly purpose: string;
  /** Value in force when the key is absent; what resolves the definition takes it from here. */
  readonly default?: unknown;
  /** The same in words, where it follows from something else. */
  readonly otherwise?: string;
  /** Example value. */
  readonly example?: string | number | readonly (string | number)[] | Readonly<Record<string, unknown>>;
  /** Limits of a number; the rules take them from here. */
  readonly minimum?: number;
  readonly maximum?: number;
  readonly pattern?: string;
  /** The key is accepted so that it can be refused with a better message than "unknown key". */
  readonly refused?: boolean;
  /** How a cluster must be managed for the key to mean something; absent: however it is. Told of the outermost key only. */
  readonly management?: readonly ManagedBy[];
}

/** How a cluster is managed. */
export type ManagedBy = Management['kind'];

type Described = {
  description: string;
  default?: unknown;
  examples?: unknown[];
  management?: readonly ManagedBy[];
};

/** zod copies this object into the JSON schema, for editors. */
function meta(doc: KeyDoc): Described {
  const { purpose, example, refused, ...rest } = doc;
  return {
    description: [purpose, ...(doc.management ? [`Only with ${managementWords(doc.management)}.`] : [])].join(
      ' ',
    ),
    ...rest,
    ...(example === undefined ? {} : { examples: [example] }),
    ...(refused ? { deprecated: true } : {}),
  };
}

/** A key that must be there. */
export function required<T extends z.ZodType>(type: T, doc: KeyDoc): T {
  return type.meta(meta(doc));
}

/** A key that has a value where nobody writes one. */
type Preset<T extends z.ZodType> = z.ZodOptional<T> & { readonly preset: z.output<T> };

/** A key that may be left out. */
export function optional<T extends z.ZodType>(
  type: T,
  doc: KeyDoc & { readonly default: z.output<T> },
): Preset<T>;
export function optional<T extends z.ZodType>(
  type: T,
  doc: KeyDoc & { readonly default?: never },
): z.ZodOptional<T>;
export function optional(type: z.ZodType, doc: KeyDoc): z.ZodOptional {
  const key = type.optional().meta(meta(doc));
  return doc.default === undefined ? key : Object.assign(key, { preset: doc.default });
}

/** Keys of an object. */
type Shape = Readonly<Record<string, z.ZodType>>;

/** The default of each key that has one. */
export type Presets<S> = {
  readonly [K in keyof S as S[K] extends { readonly preset: unknown } ? K : never]: S[K] extends {
    readonly preset: infer V;
  }
    ? V
    : never;
};

/** The defaults of the keys that have one. */
export const presetsOf = <S extends Shape>(shape: S): Presets<S> =>
  Object.fromEntries(
    Object.entries(shape).flatMap(([name, key]) => ('preset' in key ? [[name, key.preset]] : [])),
  ) as Presets<S>;

/** What is written, with the defaults of the keys that nobody wrote. */
export function withPresets<S extends Shape, V extends object>(shape: S, written: V): V & Presets<S> {
  const presets: Readonly<Record<string, unknown>> = presetsOf(shape);
  const given = written as Readonly<Record<string, unknown>>;
  const filled = Object.entries(presets).map(([name, preset]) => [name, given[name] ?? preset]);
  return { ...written, ...Object.fromEntries(filled) } as V & Presets<S>;
}

/** Limits of a number. */
export interface Limit {
  readonly min: number;
  readonly max: number;
}

/** The limits of a key. */
export function limitOf(key: z.ZodType): Limit {
  const { minimum = -Infinity, maximum = Infinity } = (key.meta() ?? {}) as Partial<KeyDoc>;
  return { min: minimum, max: maximum };
}

/** `management omni or standalone` */
export const managementWords = (kinds: readonly ManagedBy[]): string => `management ${kinds.join(' or ')}`;

/** How a cluster must be managed for a key to mean something; `undefined` where it means something anyway. */
export const managementOf = (key: z.core.$ZodType): readonly ManagedBy[] | undefined =>
  (z.globalRegistry.get(key) as Described | undefined)?.management;
